"""The first minute: an empty workspace, one click, the worker builds the demo, and the page says what comes next."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from erc_engine.domain.jobs import JobState
from erc_engine.settings import Settings
from erc_engine.workflows import jobs
from erc_engine.workflows.workspace import open_workspace
from tests.browser.conftest import Served, Tab, opened


def test_one_click_builds_the_demo_workspace(serve: Callable[[Path], Served], tmp_path: Path, tab: Tab) -> None:
    served = serve(tmp_path / "home")
    page = opened(tab(), served.address)
    page.get_by_text("This workspace is empty.").wait_for()
    page.get_by_role("button", name="Build the demo workspace").click()
    page.get_by_role("progressbar").first.wait_for()
    page.get_by_text(re.compile(r"^demo: (importing|generating|looking|reading|freezing)")).first.wait_for()
    page.get_by_text("The demo workspace is built").wait_for(timeout=150_000)
    assert page.get_by_role("button", name="Build the demo workspace").count() == 0
    page.get_by_text("every dialogue in it is recorded text").wait_for()
    page.get_by_role("heading", name="Corpora").wait_for()
    main = page.get_by_test_id("stMain")
    for step in ("Datasets", "Generate", "Review", "Experiments"):
        assert main.locator(f"a[href*='{step.lower()}']").count() >= 1, f"no way on to {step}"
    with open_workspace(Settings.from_environment({"ERC_HOME": str(served.home)})) as workspace:
        (job,) = jobs.jobs(workspace)
        assert (job.kind, job.state, job.here) == ("demo", JobState.DONE, False)
        assert workspace.store.corpora.names() == ("demo-balanced", "demo-copies", "demo-sitcom")
        assert workspace.store.versions.names() == ("demo-mixed", "demo-real")
