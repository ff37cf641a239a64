"""The real app in a real browser: `served` is a server over a workspace of the test's own, `tab` opens a page in it.

    def test_something(served, tab):
        served.home            # its workspace, for looking into the store
        page = tab()           # each call is another person: own cookies, own storage
        page.goto(f"{served.address}/review")

Needs Playwright and a Chromium (of the system, or Playwright's own).
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import absent

ROOT = Path(__file__).parents[2]
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
START_SECONDS = 40


@dataclass(frozen=True)
class Served:
    address: str
    home: Path


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        absent("Playwright is not installed: pip install playwright")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=found, args=QUIET)
        except Error as error:
            absent(f"no Chromium can be started (Debian package chromium): {str(error).splitlines()[0]}")
        yield opened
        opened.close()


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[[], Any]]:
    contexts = []

    def open_tab() -> Any:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 950}))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        return page

    yield open_tab
    for context in contexts:
        context.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path], Served]]:
    """Starts the app over a workspace folder; stopped when the test ends."""
    processes = []

    def start(home: Path) -> Served:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "ERC_HOME": str(home), "OMP_NUM_THREADS": "1"}
        environment.pop("ERC_DATABASE_URL", None)
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        log = (tmp_path / "server.log").open("wb")
        with log:
            processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    return Served(address, home)
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"the app did not start:\n{(tmp_path / 'server.log').read_text()[-2000:]}")

    yield start
    for process in processes:
        process.terminate()
        process.wait(10)
