"""One process at a time drives a run; two different runs share a workspace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from erc_engine.domain.generation_runs import RunState
from erc_engine.errors import ConflictError, UnavailableError
from erc_engine.workflows.generation import generate, report
from erc_engine.workflows.run_lock import only_driver
from erc_engine.workflows.workspace import Workspace

HOLDER = """
import sys
from erc_engine.workflows.run_lock import only_driver
from erc_engine.workflows.workspace import open_workspace
with open_workspace() as workspace, only_driver(workspace, "made"):
    print("held", flush=True)
    sys.stdin.read()
"""


def start(workspace: Workspace, *arguments: str) -> subprocess.Popen[str]:
    """A Python process on the same workspace."""
    environment = {**os.environ, "ERC_HOME": str(workspace.home), "PYTHONPATH": str(Path(__file__).parents[2])}
    environment.pop("ERC_DATABASE_URL", None)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def erc(workspace: Workspace, *arguments: str) -> subprocess.Popen[str]:
    return start(workspace, "-m", "erc_engine.cli.main", *arguments, "--json")


def arguments(name: str, seed: int) -> list[str]:
    return [
        *("generate", "--recipe", "meld-balanced", "--like", "sitcom", "--utterances", "200", "--window", "8"),
        *("--model", "replay:?faults=all:0.3", "--seed", str(seed), "--name", name),
    ]


def test_the_lock_is_held_against_other_processes_and_is_free_at_once_when_its_holder_is_killed(
    workspace: Workspace,
) -> None:
    with start(workspace, "-c", HOLDER) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(ConflictError, match="another process is at work on run 'made'"),
            only_driver(workspace, "made"),
        ):
            pass
        with only_driver(workspace, "other"):
            pass
        holder.kill()
        holder.wait()
        with only_driver(workspace, "made"):
            pass


def test_the_lock_is_free_again_after_an_error(workspace: Workspace) -> None:
    with pytest.raises(OSError, match="from inside"), only_driver(workspace, "made"):
        raise OSError("from inside")
    with only_driver(workspace, "made"):
        pass


def test_a_folder_that_cannot_hold_locks_is_said(workspace: Workspace) -> None:
    (workspace.home / "locks").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError, match="run 'made' cannot be locked") as error, only_driver(workspace, "made"):
        pass
    assert error.value.hint


def test_a_second_process_on_a_run_at_work_is_refused_and_the_first_does_not_notice(sitcom: Workspace) -> None:
    seen: list[dict] = []

    def meanwhile() -> RunState | None:
        if not seen and report(sitcom, "made").books.accepted == 3:
            second = erc(sitcom, "resume", "made")
            out, _ = second.communicate()
            seen.append({"exit": second.returncode, **json.loads(out)})
        return None

    first = generate(
        sitcom,
        recipe="meld-balanced",
        like="sitcom",
        utterances=60,
        model="replay:",
        seed=1,
        name="made",
        stop=meanwhile,
    )
    assert seen[0]["exit"] != 0
    assert seen[0]["error"]["code"] == "conflict"
    assert first.state == RunState.COMPLETE
    assert (first.books.balanced, first.books.lost) == (True, 0)


def test_two_processes_drive_two_runs_at_once_on_one_workspace(sitcom: Workspace) -> None:
    both = [erc(sitcom, *arguments(name, seed)) for name, seed in (("one", 1), ("two", 2))]
    answers = [json.loads(process.communicate()[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    for name, answer in zip(("one", "two"), answers, strict=True):
        found = report(sitcom, name)
        assert (answer["name"], answer["state"]) == (name, "complete")
        assert found.utterances == answer["utterances"] >= 200
        assert found.books.balanced
        assert found.books.in_flight == found.books.lost == 0
        stored = sitcom.store.corpora.states(name)
        assert sum(stored.values()) == found.books.accepted
