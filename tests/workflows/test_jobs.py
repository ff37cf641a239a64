"""Long work leaves a row that says what was asked for and how it ended, whoever did it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from erc_engine.classifiers.majority import MajorityClassifier
from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Split
from erc_engine.domain.jobs import Job, JobState
from erc_engine.errors import InputError, NotFoundError
from erc_engine.jobs import queue
from erc_engine.jobs.context import JobStopped
from erc_engine.workflows import jobs as workflow
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.jobs import in_this_process, jobs, submit, work
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

TRAIN = {"version_name": "v", "classifier": "majority", "seed": 1}


@pytest.fixture
def frozen(workspace: Workspace) -> Workspace:
    """A version `v` of a few turns."""
    small = corpus(
        dialogue("Ana: Pass the salt. [neutral]", "Bo: Lovely! [joy]", id="t"),
        dialogue("Ana: Is it six? [neutral]", id="d", split=Split.DEV),
        dialogue("Bo: Half past. [neutral]", id="e", split=Split.TEST),
        name="small",
    )
    save_corpus(workspace, Loaded(small, (), "a file"))
    freeze(workspace, "v", train=["small:train"], dev="small:dev", test="small:test")
    return workspace


def generate(**changes: Any) -> dict[str, Any]:
    recipe = {"recipe": "meld-balanced", "like": "sitcom", "utterances": 30, "model": "replay:", "seed": 1}
    return {**recipe, "name": "made", **changes}


def only(workspace: Workspace) -> Job:
    (job,) = jobs(workspace)
    return job


# ---- in this process


def test_work_in_this_process_leaves_a_done_row_with_its_report(frozen: Workspace) -> None:
    run = in_this_process(frozen, "train", TRAIN)
    job = only(frozen)
    assert run == frozen.store.training.get(run.id)
    assert (job.kind, job.arguments, job.state, job.here, job.progress) == ("train", TRAIN, "done", True, 1.0)
    assert job.result == run.to_json()
    assert job.error is None
    assert job.finished_at is not None


def test_work_that_fails_leaves_a_failed_row_with_the_error(frozen: Workspace) -> None:
    with pytest.raises(NotFoundError) as raised:
        in_this_process(frozen, "train", {**TRAIN, "version_name": "w"})
    job = only(frozen)
    assert (job.state, job.result) == ("failed", None)
    assert job.error == raised.value.to_json()


def test_a_fault_of_the_program_leaves_its_traceback_in_the_log(
    frozen: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*arguments: Any, **more: Any) -> None:
        raise ZeroDivisionError("no turns")

    monkeypatch.setattr(MajorityClassifier, "fit", fit)
    with pytest.raises(ZeroDivisionError):
        in_this_process(frozen, "train", TRAIN)
    job = only(frozen)
    assert job.error is not None
    assert (job.state, job.error["message"]) == ("failed", "ZeroDivisionError: no turns")
    assert "test_jobs.py" in queue.lines(frozen.store, job.id)[-1].text


def test_an_interrupted_command_leaves_a_cancelled_row(frozen: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(*arguments: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(MajorityClassifier, "fit", fit)
    with pytest.raises(KeyboardInterrupt):
        in_this_process(frozen, "train", TRAIN)
    assert only(frozen).state == "cancelled"


def test_what_is_told_on_the_way_stands_in_the_row(sitcom: Workspace) -> None:
    told: list[str] = []
    report = in_this_process(sitcom, "generate", generate(), tell=told.append)
    assert told[0].startswith("1 accepted of 1 submitted")
    assert only(sitcom).message == told[-1]
    assert only(sitcom).result == report.to_json()


def test_a_run_that_ended_short_is_a_done_job_and_can_be_resumed(sitcom: Workspace) -> None:
    short = in_this_process(sitcom, "generate", generate(utterances=60, max_attempts=2))
    assert short.state == "infeasible"
    again = in_this_process(sitcom, "resume", {"run_id": "made"})
    assert again.state == "infeasible"
    assert [(job.kind, job.state) for job in jobs(sitcom)] == [("resume", "done"), ("generate", "done")]


@pytest.mark.parametrize("how", [in_this_process, submit])
def test_an_unknown_kind_is_refused_with_those_there_are_and_leaves_no_row(workspace: Workspace, how: Any) -> None:
    with pytest.raises(InputError, match="'bake'") as error:
        how(workspace, "bake", {})
    assert error.value.hint.startswith("kinds: generate, resume, rerun, train, demo")
    assert jobs(workspace) == ()


# ---- by the worker


def test_the_worker_does_what_is_queued_in_order_and_stops(sitcom: Workspace) -> None:
    freeze(sitcom, "v", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    queued = [submit(sitcom, "train", TRAIN), submit(sitcom, "generate", generate())]
    assert [job.state for job in queued] == [JobState.QUEUED] * 2
    assert work(sitcom, once=True) == 2
    generated, trained = jobs(sitcom)
    assert (trained.id, trained.state, trained.here) == (queued[0].id, "done", False)
    assert trained.result is not None
    assert sitcom.store.training.get(trained.result["run"]).state == "done"
    assert (generated.id, generated.state) == (queued[1].id, "done")
    assert generated.result is not None
    assert generated.result["state"] == "complete"
    assert sum(len(d) for d in sitcom.store.corpora.get("made").dialogues) >= 30


def test_the_worker_goes_on_after_a_job_that_fails(frozen: Workspace) -> None:
    submit(frozen, "train", {**TRAIN, "version_name": "w"})
    submit(frozen, "train", {**TRAIN, "depth": 3})
    submit(frozen, "train", TRAIN)
    assert work(frozen, once=True) == 3
    done, wrong, unknown = jobs(frozen)
    assert (done.state, wrong.state, unknown.state) == ("done", "failed", "failed")
    assert unknown.error is not None
    assert unknown.error["code"] == "not_found"


def test_a_worker_with_nothing_to_do_stops_at_once(workspace: Workspace) -> None:
    assert work(workspace, once=True) == 0


def test_a_worker_does_not_wait_for_what_a_command_line_is_doing(workspace: Workspace) -> None:
    workspace.store.jobs.add("train", TRAIN, run_by="another shell")
    assert work(workspace, once=True) == 0
    assert only(workspace).state == "running"


def test_a_worker_that_is_told_to_stop_leaves_the_queue_alone(workspace: Workspace) -> None:
    submit(workspace, "train", TRAIN)
    stop = threading.Event()
    stop.set()
    assert work(workspace, stop=stop) == 0
    assert only(workspace).state == "queued"


# ---- cancelled


def test_a_queued_job_that_was_cancelled_is_not_done(frozen: Workspace) -> None:
    queue.cancel(frozen.store, submit(frozen, "train", TRAIN).id)
    assert work(frozen, once=True) == 0
    assert only(frozen).state == "cancelled"
    assert frozen.store.training.list() == ()


def cancelled_when_it_says_something(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, somebody cancels the job as soon as it has told how far it is."""
    quiet = workflow.JobContext.progress

    def told(context: workflow.JobContext, fraction: float | None = None, message: str | None = None) -> None:
        queue.cancel(workspace.store, context.job.id)
        quiet(context, fraction, message)

    monkeypatch.setattr(workflow.JobContext, "progress", told)


def test_a_cancelled_generation_ends_cancelled_and_keeps_what_it_has(
    sitcom: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled_when_it_says_something(sitcom, monkeypatch)
    submit(sitcom, "generate", generate(utterances=300))
    work(sitcom, once=True)
    job = only(sitcom)
    assert job.state == "cancelled"
    assert job.result is not None
    assert job.result["state"] == "cancelled"
    assert 0 < job.result["utterances"] < 300
    assert job.result["submitted"] == job.result["accepted"]


def test_cancelled_training_stops_where_it_next_says_how_far_it_is(
    frozen: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def fit(self: MajorityClassifier, data: Any, *, progress: Any) -> None:
        for step in ("first fold", "second fold", "third fold"):
            said.append(step)
            progress(step)

    monkeypatch.setattr(MajorityClassifier, "fit", fit)
    cancelled_when_it_says_something(frozen, monkeypatch)
    submit(frozen, "train", TRAIN)
    work(frozen, once=True)
    assert said == ["first fold", "second fold"]
    assert only(frozen).state == "cancelled"
    assert [run.state for run in frozen.store.training.list()] == ["failed"]


def test_cancelled_work_in_this_process_is_raised(frozen: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def demo(workspace: Workspace, *, say: Any) -> Mapping[str, Any]:
        for step in ("one", "two"):
            say(step)
        raise AssertionError("it went on")

    monkeypatch.setattr(workflow.demo_workspace, "demo", demo)
    cancelled_when_it_says_something(frozen, monkeypatch)
    with pytest.raises(JobStopped):
        in_this_process(frozen, "demo", {})
    assert only(frozen).state == "cancelled"


def test_work_of_the_command_line_writes_its_words_to_the_log(sitcom: Workspace) -> None:
    told: list[str] = []
    in_this_process(sitcom, "audit", {"names": ["sitcom"]}, tell=told.append)
    (job,) = jobs(sitcom)
    assert [line.text for line in workflow.lines(sitcom, job.id)] == told == ["comparing sitcom"]


@pytest.mark.parametrize("kind", list(workflow.WORK))
def test_waiting_work_of_every_kind_can_be_cancelled_and_queued_again(workspace: Workspace, kind: str) -> None:
    job = submit(workspace, kind, {})
    assert workflow.cancel(workspace, job.id).state == JobState.CANCELLED
    assert workflow.retry(workspace, job.id).state == JobState.QUEUED


@pytest.mark.parametrize("kind", [kind for kind in workflow.WORK if kind != "demo"])  # a demo takes no arguments
def test_work_of_every_kind_fails_with_a_reason_can_be_retried_and_cancelled(workspace: Workspace, kind: str) -> None:
    job = submit(workspace, kind, {"nonsense": 1})
    work(workspace, once=True)
    failed = workflow.job(workspace, job.id)
    assert failed.state == JobState.FAILED
    assert failed.error
    assert failed.started_at <= failed.finished_at
    assert workflow.retry(workspace, job.id).state == JobState.QUEUED
    assert workflow.cancel(workspace, job.id).state == JobState.CANCELLED
