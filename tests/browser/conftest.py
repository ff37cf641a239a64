"""The real app in a real browser: `serve` starts it over a workspace folder, `tab` opens a page in it.

    def test_something(demo, tab):
        demo.home              # its workspace, for looking into the store; `shared_demo` for tests that only read
        page = tab()           # each call is another person: own cookies, own storage
        opened(page, f"{demo.address}/review")

On a busy machine a click can come while a page still moves: a test that fails is tried once more, and the summary warns
of it. A tab fails its test when the browser saw any error: on the console, of a script, of a request. Only a test that
takes the server away may say `tab(outage=True)`. Needs Playwright and a Chromium (of the system, or Playwright's own).
"""

from __future__ import annotations

import os
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

import pytest
from _pytest.runner import runtestprotocol

from tests.browser.chromium import Tab as Tab
from tests.pages.conftest import demo_home as demo_home

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
STILL = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if any(report.failed for report in reports) and isinstance(item, pytest.Function):
        why = next(str(report.longrepr).strip().splitlines()[-1] for report in reports if report.failed)
        item.warn(pytest.PytestWarning(f"{item.name} failed and was tried once more: {why}"))
        item._initrequest()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


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


def opened(page: Any, address: str) -> Any:
    """Open an address and wait until the page stands still."""
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_selector(STILL)
    assert page.locator('[data-testid="stException"]').count() == 0, f"{address} raised"
    return page


def chosen(page: Any, label: str, option: str, *, last: bool = False) -> None:
    """A list closes again when the page still moves under it."""
    found = page.get_by_role("combobox", name=label, exact=True)
    box, wanted = found.last if last else found.first, page.get_by_role("option", name=option).first
    for _ in range(20):
        box.scroll_into_view_if_needed()
        box.press("ArrowDown")
        page.wait_for_timeout(300)
        if wanted.is_visible():
            break
        box.press("Escape")
    wanted.click()
    page.wait_for_selector(STILL)


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
