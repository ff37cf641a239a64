"""The app under a stopwatch: a server over a workspace, and a Chromium that says when a page is painted.

    with server(home) as app, browser() as chromium, tab(chromium) as page:
        painted(page, f"{app.address}/imbalance")           # seconds
        rerun(page, lambda: page.keyboard.press("Enter"))
        app.cpu_seconds()                                   # of the server so far: other people's load leaves it alone

Painted: the heading stands and no script runs. The script's state is the one that Streamlit writes on the app's
element; an observer in the page keeps when it last came to rest, so that asking late costs nothing.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measurement import ROOT

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_SECONDS = 120
REST_MS = 250  # a page whose script state did not change for so long is at rest
_WATCH = """
(() => {
  const seen = window.__states = [];
  const read = () => {
    const app = document.querySelector('[data-testid="stApp"]');
    const state = app && app.getAttribute("data-test-script-state");
    const h1 = document.querySelector("h1");
    const now = state === "notRunning" && h1 && h1.offsetHeight ? "rest" : "busy";
    if (!seen.length || seen[seen.length - 1].now !== now) seen.push({ now, at: Date.now() });
  };
  const begin = () => new MutationObserver(read).observe(document.documentElement,
    { subtree: true, childList: true, attributes: true, attributeFilter: ["data-test-script-state"] });
  document.documentElement ? begin() : document.addEventListener("readystatechange", begin, { once: true });
})();
"""
_AT_REST = """
(since) => {
  const seen = window.__states || [];
  const last = seen[seen.length - 1];
  if (!last || last.now !== "rest" || Date.now() - last.at < REST) return false;
  return seen.some((s) => s.now === "busy" && s.at >= since) ? last.at : false;
}
""".replace("REST", str(REST_MS))


@dataclass(frozen=True)
class Server:
    """A running app; `healthy_seconds` from its start until it said that it is healthy."""

    address: str
    healthy_seconds: float
    process_id: int

    def cpu_seconds(self) -> float | None:
        """All threads of the server, without its worker; None where there is no /proc."""
        try:
            told = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(home: Path) -> Iterator[Server]:
    """The app over a workspace, on a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "ERC_HOME": str(home), "OMP_NUM_THREADS": "1"}
    environment.pop("ERC_DATABASE_URL", None)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        while not _healthy(address):
            if process.poll() is not None or time.perf_counter() - start > PATIENCE_SECONDS:
                raise SystemExit("the app did not start")
            time.sleep(0.02)
        yield Server(address, time.perf_counter() - start, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium; None, with a word on why, where there is none or no Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("# Playwright is not installed (pip install playwright): the app in a browser is not measured")
        yield None
        return
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield opened
        opened.close()


@contextmanager
def tab(opened: Any) -> Iterator[Any]:
    """A person of their own: empty storage, an empty session."""
    context = opened.new_context(viewport={"width": 1440, "height": 950})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    page.add_init_script(_WATCH)
    yield page
    context.close()


def painted(page: Any, address: str) -> float:
    """Seconds from asking for the address until its heading stands and its script rests."""
    begun = time.time()
    page.goto(address, wait_until="commit")
    return _rested(page, begun)


def answered(page: Any) -> bool:
    """Wait until the page has what it works out in the background; False when it works nothing out."""
    working = page.get_by_text("This is done once")
    if not working.count():
        return False
    working.first.wait_for(state="detached")
    page.wait_for_function(_AT_REST, arg=0)
    return True


def rerun(page: Any, act: Callable[[], Any]) -> float:
    """Seconds from an act, as a key that changes a widget, until the script it starts has come to rest."""
    begun = time.time()
    act()
    return _rested(page, begun)


def _rested(page: Any, begun: float) -> float:
    rested = page.wait_for_function(_AT_REST, arg=begun * 1000, polling=20).json_value()
    return float(rested / 1000 - begun)
