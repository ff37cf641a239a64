"""The app without a browser, over an empty workspace and over a copy of the demo workspace.

    def test_something(demo_app):
        demo_app.switch_page("pages/jobs.py").run()
        demo_app.button(key="jobs.cancel")

No worker runs: a job that a page submits stays queued, or a test does it with `workflows.jobs.work(…, once=True)`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from erc_engine.settings import Settings
from erc_engine.workflows.demo import demo
from erc_engine.workflows.workspace import open_workspace
from ui import resources

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 30


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo workspace, built once for all test processes. Never changed: tests copy it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    home = shared / "demo-workspace"
    with (shared / "demo-workspace.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "done").exists():
            with open_workspace(Settings.from_environment({"ERC_HOME": str(home)})) as workspace:
                demo(workspace)
            (home / "done").touch()
    return home


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest does not draw a page again by itself, so that it waits for work in the background."""
    monkeypatch.setattr(resources, "PATIENCE_SECONDS", TIMEOUT_SECONDS)


def _as_after_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run of AppTest begins like a server's very first, in which a page goes through `app.py` and clicks are lost.

    This makes it begin like every later one. The first is tested in the browser.
    """
    begin = PagesManager.__init__

    def later(self: PagesManager, *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", later)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder as the app's workspace; no worker, nothing cached from the test before."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("ERC_HOME", str(folder))
    monkeypatch.delenv("ERC_DATABASE_URL", raising=False)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(resources, "ensure_worker", lambda: 0)
    _as_after_the_first_page(monkeypatch)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield folder
    resources.workspace().store.close()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def empty_app(home: Path) -> AppTest:
    """The app on its first day."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_SECONDS).run()


@pytest.fixture
def demo_app(demo_home: Path, home: Path) -> AppTest:
    """The app over a full, small workspace of its own."""
    shutil.copytree(demo_home, home)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_SECONDS).run()
