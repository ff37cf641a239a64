"""A run in a browser, longer than the test: planned, started, watched, paused, resumed and cancelled."""

from __future__ import annotations

import re
from typing import Any

from erc_engine.domain.generation_runs import AttemptState, RunReport, RunState
from erc_engine.settings import Settings
from erc_engine.workflows import generation
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.browser.conftest import Served, Tab, opened


def checked(workspace: Workspace, run: str) -> RunReport:
    """The report of a run whose books balance, with nothing open and no plan accepted twice."""
    report = generation.report(workspace, run)
    attempts = tuple(workspace.store.runs.attempts(run))
    accepted = [a.plan for a in attempts if a.state is AttemptState.ACCEPTED]
    assert report.books.balanced
    assert report.books.in_flight == 0
    assert report.books.submitted == len(attempts)
    assert len(accepted) == len(set(accepted)) == report.books.accepted
    assert len(workspace.store.corpora.get(run).dialogues) == report.books.accepted - report.surplus
    return report


def accepted_beyond(page: Any, before: int) -> int:
    """Waits until the page itself shows more accepted attempts than before; how many."""
    page.wait_for_function(
        """before => Number(/= ([\\d,]+) accepted/.exec(document.body.innerText)?.[1].replace(",", "")) > before""",
        arg=before,
    )
    found = re.search(r"= ([\d,]+) accepted", page.inner_text("body"))
    assert found is not None
    return int(found[1].replace(",", ""))


def test_a_run_is_planned_started_paused_resumed_and_cancelled(demo: Served, tab: Tab) -> None:
    page = opened(tab(), f"{demo.address}/generate")
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="type a model").click()
    page.get_by_role("textbox", name="Model spec").fill("replay:?faults=all:0.2&delay_ms=300")
    page.get_by_role("spinbutton", name="Utterances").fill("1000")
    page.get_by_role("textbox", name="Name of the set").fill("mine")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="The plan before it runs").wait_for()
    page.get_by_role("button", name="Start mine").click()
    stop = page.get_by_role("button", name="Pause or cancel")
    resume = page.get_by_role("button", name="Go on with it")
    with open_workspace(Settings.from_environment({"ERC_HOME": str(demo.home)})) as workspace:
        seen = accepted_beyond(page, 0)
        assert "run=mine" in page.url
        stop.click()
        resume.wait_for()
        first = checked(workspace, "mine")
        assert first.state in (RunState.PAUSED, RunState.CANCELLED)
        assert seen <= first.books.accepted
        assert first.utterances < 1000

        resume.click()
        accepted_beyond(page, first.books.accepted)
        stop.click()
        resume.wait_for()
        second = checked(workspace, "mine")
        assert first.books.accepted < second.books.accepted
        assert second.utterances < 1000
