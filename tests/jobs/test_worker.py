"""The worker and the command line: every way a job can end, and who may work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from erc_engine.domain.jobs import Job, JobState
from erc_engine.errors import ConflictError, InputError
from erc_engine.jobs import queue
from erc_engine.jobs.context import JobContext, JobStopped
from erc_engine.jobs.worker import LEASE, Handler, Worker, run_here, run_worker
from erc_engine.store.database import Store

Arguments = Mapping[str, Any]
PATIENCE_SECONDS = 20.0


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@contextmanager
def working(store: Store, stop: threading.Event, **handlers: Handler) -> Iterator[threading.Thread]:
    """A worker in a thread, with a store of its own on the same address."""
    address = store._database.url.render_as_string(hide_password=False)
    rhythm = {"poll_seconds": 0.01, "heartbeat_seconds": 0.02}
    thread = threading.Thread(target=run_worker, args=(address, handlers), kwargs={"stop": stop, **rhythm})
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def wait_for(store: Store, job: Job, *states: JobState) -> Job:
    """The job as soon as it stands in one of the states."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.01)):
        now = store.jobs.get(job.id)
        if now.state in states:
            return now
        pause.wait(0.01)
    raise AssertionError(f"job is still {now.state}")


def until(told: Callable[[], bool]) -> None:
    """Computes until it is told to stop."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.005)):
        if told():
            return
        pause.wait(0.005)
    raise AssertionError("was never told to stop")


def add(context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
    context.progress(0.5, "adding")
    context.log(f"{arguments['a']} + {arguments['b']}")
    return {"sum": arguments["a"] + arguments["b"]}


def refuse(context: JobContext, arguments: Arguments) -> None:
    raise InputError("no such split", hint="train, dev or test")


def test_the_worker_runs_what_was_submitted_and_goes_on_after_failures(store: Store, stop: threading.Event) -> None:
    kinds = ("refuse", "strange", "add")
    jobs = [queue.submit(store, kind, {"a": 1, "b": 2}) for kind in kinds]
    with working(store, stop, add=add, refuse=refuse):
        refused, strange, added = (wait_for(store, job, JobState.DONE, JobState.FAILED) for job in jobs)
    assert refused.error == {"code": "input", "message": "no such split", "hint": "train, dev or test"}
    assert strange.error is not None
    assert strange.error["hint"] == "known kinds: add, refuse"
    assert (added.result, added.progress, added.message) == ({"sum": 3}, 1.0, "adding")
    assert [line.text for line in queue.lines(store, added.id)] == ["1 + 2"]


def test_a_running_job_is_cancelled_and_keeps_what_it_had(store: Store, stop: threading.Event) -> None:
    def patient(context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
        until(lambda: context.cancelled)
        return {"so_far": 7}

    job = queue.submit(store, "patient", {})
    with working(store, stop, patient=patient):
        wait_for(store, job, JobState.RUNNING)
        queue.cancel(store, job.id)
        ended = wait_for(store, job, JobState.CANCELLED, JobState.DONE)
    assert (ended.state, ended.result) == (JobState.CANCELLED, {"so_far": 7})


def test_a_job_that_never_noticed_a_cancel_is_done(store: Store, stop: threading.Event) -> None:
    def deaf(context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
        queue.cancel(store, context.job.id)
        return {"all": True}

    job = queue.submit(store, "deaf", {})
    with working(store, stop, deaf=deaf):
        assert wait_for(store, job, JobState.DONE, JobState.CANCELLED).state == JobState.DONE


def test_a_worker_that_has_to_stop_gives_its_job_back(store: Store, stop: threading.Event) -> None:
    def checking(context: JobContext, arguments: Arguments) -> None:
        def checked() -> bool:
            context.check()
            return False

        until(checked)

    job = queue.submit(store, "checking", {})
    with working(store, stop, checking=checking):
        wait_for(store, job, JobState.RUNNING)
    assert store.jobs.get(job.id).state == JobState.QUEUED


def test_a_job_given_to_another_worker_is_told_and_writes_nothing_more(store: Store, stop: threading.Event) -> None:
    seen: list[str] = []

    def slow(context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
        if context.job.claim == 1:
            queue.recover(store, 0)
            until(lambda: context.cancelled)
            with pytest.raises(ConflictError):
                context.progress(0.9)
            seen.append("told")
        return {"claim": context.job.claim}

    job = queue.submit(store, "slow", {})
    with working(store, stop, slow=slow):
        ended = wait_for(store, job, JobState.DONE)
    assert seen == ["told"]
    assert (ended.claim, ended.result) == (2, {"claim": 2})


def test_one_worker_is_elected_and_the_next_follows_when_it_resigns(store: Store, stop: threading.Event) -> None:
    first, second = (Worker(store, name, {"add": add}, stop, 60.0, 60.0) for name in ("first", "second"))
    assert first.work_once() is False  # nothing waits, but the lease is taken
    job = queue.submit(store, "add", {"a": 1, "b": 1})
    assert second.work_once() is False
    assert store.jobs.get(job.id).state == JobState.QUEUED
    store.jobs.resign(LEASE, "first")
    assert second.work_once() is True
    assert store.jobs.get(job.id).worker == "second"


def test_a_worker_leaves_the_lease_to_others_when_it_stops(store: Store, stop: threading.Event) -> None:
    job = queue.submit(store, "add", {"a": 1, "b": 1})
    with working(store, stop, add=add):
        wait_for(store, job, JobState.DONE)
        assert store.jobs.elect(LEASE, "somebody else", 60) is False
    assert store.jobs.elect(LEASE, "somebody else", 60) is True


def test_an_interrupted_worker_gives_its_job_back(store: Store, stop: threading.Event) -> None:
    def interrupted(context: JobContext, arguments: Arguments) -> None:
        raise KeyboardInterrupt

    job = queue.submit(store, "interrupted", {})
    with pytest.raises(KeyboardInterrupt):
        Worker(store, "w", {"interrupted": interrupted}, stop, 60.0, 60.0).work_once()
    assert store.jobs.get(job.id).state == JobState.QUEUED


def test_a_result_that_cannot_be_stored_fails_the_job_and_not_the_worker(store: Store, stop: threading.Event) -> None:
    def odd(context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
        return {"model": object()}

    job = queue.submit(store, "odd", {})
    assert Worker(store, "w", {"odd": odd}, stop, 60.0, 60.0).work_once() is True
    failed = store.jobs.get(job.id)
    assert failed.state == JobState.FAILED
    assert failed.error is not None
    assert failed.error["code"] == "input"


def test_a_dead_workers_job_is_taken_over(store: Store, stop: threading.Event) -> None:
    job = queue.submit(store, "add", {"a": 1, "b": 1})
    queue.claim(store, "a dead worker")
    queue.recover(store, 0)
    with working(store, stop, add=add):
        assert wait_for(store, job, JobState.DONE).claim == 2


def test_the_command_line_runs_its_own_job_and_gets_the_result(store: Store) -> None:
    assert run_here(store, "add", {"a": 2, "b": 3}, add) == {"sum": 5}
    (job,) = queue.listing(store)
    assert (job.state, job.result, job.here, job.kind) == (JobState.DONE, {"sum": 5}, True, "add")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (InputError("bad"), JobState.FAILED),
        (ZeroDivisionError("division by zero"), JobState.FAILED),
        (KeyboardInterrupt(), JobState.CANCELLED),
        (JobStopped("stopped"), JobState.CANCELLED),
    ],
)
def test_an_error_on_the_command_line_is_written_down_and_raised(
    store: Store, error: BaseException, state: JobState
) -> None:
    def raising(context: JobContext, arguments: Arguments) -> None:
        raise error

    with pytest.raises(type(error)):
        run_here(store, "raising", {}, raising)
    assert [job.state for job in queue.listing(store)] == [state]


def test_a_job_of_the_command_line_can_be_cancelled_from_elsewhere(store: Store) -> None:
    def patient(context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
        queue.cancel(store, context.job.id)
        until(lambda: context.cancelled)
        return {"so_far": 1}

    assert run_here(store, "patient", {}, patient, heartbeat_seconds=0.02) == {"so_far": 1}
    assert [job.state for job in queue.listing(store)] == [JobState.CANCELLED]


def test_the_last_word_on_progress_is_written_even_if_it_came_quickly(store: Store) -> None:
    def quick(context: JobContext, arguments: Arguments) -> None:
        for n in range(50):
            context.progress(n / 50, f"step {n}")
        raise InputError("enough")

    with pytest.raises(InputError):
        run_here(store, "quick", {}, quick)
    (job,) = queue.listing(store)
    assert (job.progress, job.message) == (0.98, "step 49")
