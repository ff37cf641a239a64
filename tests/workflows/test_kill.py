"""SIGKILL at ten set points of a run with faults on: nothing accepted is lost, nothing is there twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.domain.generation_runs import Attempt, AttemptState, RunState
from erc_engine.settings import Settings
from erc_engine.workflows.generation import generate, resume
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.workflows.conftest import add_sitcom
from tests.workflows.killed_run import WHERE

SCRIPT = Path(__file__).with_name("killed_run.py")
POINTS = [(where, accepted) for where in WHERE for accepted in (3, 14)]


def settings_in(home: Path) -> Settings:
    return Settings.from_environment({"ERC_HOME": str(home)})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the corpus in it, copied for every kill."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    with open_workspace(settings_in(home)) as workspace:
        add_sitcom(workspace, Path(__file__).parents[2] / "assets")
    return home


@pytest.fixture(scope="module")
def uninterrupted(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Attempt, ...]:
    home = tmp_path_factory.mktemp("uninterrupted") / "home"
    shutil.copytree(prepared, home)
    with open_workspace(settings_in(home)) as workspace:
        report = generate(
            workspace,
            recipe="meld-balanced",
            like="sitcom",
            utterances=300,
            model="replay:?faults=all:0.3",
            seed=7,
            name="made",
        )
        assert report.state == RunState.COMPLETE
        return accepted(workspace)


def accepted(workspace: Workspace) -> tuple[Attempt, ...]:
    """What a run accepted, without what may differ: timing, and how often the attempt was lost before."""
    found = [a for a in workspace.store.runs.attempts("made") if a.state == AttemptState.ACCEPTED]
    return tuple(replace(a, seconds=0.0, number=0) for a in sorted(found, key=lambda a: a.plan))


def kill(home: Path, where: str, count: int, window: int) -> None:
    environment = {**os.environ, "ERC_HOME": str(home)}
    environment.pop("ERC_DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), where, str(count), str(window)],
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(("where", "count"), POINTS)
def test_a_killed_run_at_window_1_ends_exactly_as_an_uninterrupted_one(
    prepared: Path, uninterrupted: tuple[Attempt, ...], tmp_path: Path, where: str, count: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    kill(home, where, count, window=1)
    with open_workspace(settings_in(home)) as workspace:
        before = workspace.store.runs.books("made")
        assert 0 < before.accepted < len(uninterrupted)
        assert before.balanced
        report = resume(workspace, "made")
        assert report.state == RunState.COMPLETE
        assert report.books.balanced
        assert report.books.in_flight == 0
        assert report.books.lost == before.in_flight
        assert accepted(workspace) == uninterrupted


@pytest.mark.parametrize(("where", "count"), POINTS)
def test_a_killed_run_at_window_16_keeps_what_was_accepted_and_accepts_no_plan_twice(
    prepared: Path, tmp_path: Path, where: str, count: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    kill(home, where, count, window=16)
    with open_workspace(settings_in(home)) as workspace:
        before = accepted(workspace)
        assert before
        report = resume(workspace, "made")
        after = accepted(workspace)
        assert report.state == RunState.COMPLETE
        assert report.books.balanced
        assert report.books.in_flight == 0
        assert report.books.accepted > len(before)
        kept = {a.plan: replace(a, surplus=False) for a in after}
        assert [kept[a.plan] for a in before] == list(before)
        assert len({a.plan for a in after}) == len(after)
        recordings = [p.recording for p in workspace.store.runs.plans("made")]
        assert len(set(recordings)) == len(recordings)
        assert report.utterances >= 300
