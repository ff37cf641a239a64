"""The real app in a real browser: `serve` starts it over a workspace folder, `tab` opens a page in it.

    def test_something(demo, tab):
        demo.home              # its workspace, for looking into the store; `shared_demo` for tests that only read
        page = tab()           # each call is another person: own cookies, own storage
        opened(page, f"{demo.address}/review")

A tab fails its test when the browser saw any error: on the console, of a script, of a request. Only a test that takes
the server away may say `tab(outage=True)`. Needs Playwright and a Chromium (of the system, or Playwright's own).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import absent
from tests.pages.conftest import demo_home as demo_home

ROOT = Path(__file__).parents[2]
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
START_SECONDS = 60
STILL = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# Streamlit looks for its server below the page's own path first, and then at the root.
PROBE = re.compile(r"^/[a-z_]+/_stcore/(health|host-config)$")

Tab = Callable[..., Any]


@dataclass
class Served:
    """A running server; `kill` and `start` take it away and bring it back at the same address."""

    home: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Served:
        environment = {**os.environ, "ERC_HOME": str(self.home), "OMP_NUM_THREADS": "1"}
        environment.pop("ERC_DATABASE_URL", None)
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1):
                    return self
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"the app did not start:\n{self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """As a crash would, without a chance to say anything."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """By force, too: a polite end would wait for the browser's connections."""
        if self.process is not None and self.process.poll() is None:
            self.kill()


def server_over(home: Path) -> Served:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Served(home, port, home.parent / f"server-{port}.log").start()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        absent("Playwright is not installed: pip install playwright")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=found, args=QUIET)
        except Error as error:
            absent(f"no Chromium can be started (Debian package chromium): {str(error).splitlines()[0]}")
        yield launched
        launched.close()


def watched(page: Any) -> list[str]:
    """All that goes wrong in the page from now on: script errors, failed requests, errors on the console."""
    troubles: list[str] = []

    def console(message: Any) -> None:
        # a failed request is on the console too, and `response` below has it with its address
        if message.type == "error" and not message.text.startswith("Failed to load resource: the server responded"):
            troubles.append(f"console: {message.text}")

    def response(seen: Any) -> None:
        if seen.status >= 400 and not (seen.status == 404 and PROBE.match(urlsplit(seen.url).path)):
            troubles.append(f"{seen.status} for {seen.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("response", response)
    return troubles


@pytest.fixture
def tab(browser: Any) -> Iterator[Tab]:
    contexts: list[Any] = []
    watches: list[list[str]] = []

    def open_tab(*, scheme: str = "light", outage: bool = False) -> Any:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 950}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        if not outage:
            watches.append(watched(page))
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert [trouble for found in watches for trouble in found] == []


def opened(page: Any, address: str) -> Any:
    """Open an address and wait until the page stands still."""
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_selector(STILL)
    assert page.locator('[data-testid="stException"]').count() == 0, f"{address} raised"
    return page


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path], Served]]:
    """Starts the app over a workspace folder; stopped when the test ends."""
    started: list[Served] = []

    def start(home: Path) -> Served:
        started.append(server_over(home))
        return started[-1]

    yield start
    for served in started:
        served.stop()


@pytest.fixture
def demo(serve: Callable[[Path], Served], demo_home: Path, tmp_path: Path) -> Served:
    """The demo workspace, a copy and a server of the test's own."""
    return serve(Path(shutil.copytree(demo_home, tmp_path / "home")))


@pytest.fixture(scope="session")
def shared_demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server over the demo workspace, for tests that change nothing in it."""
    served = server_over(Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("shared") / "home")))
    yield served
    served.stop()
