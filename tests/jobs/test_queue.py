"""Jobs from outside: what is submitted, what a failure leaves, who is told of a claim that no longer holds."""

from __future__ import annotations

import pytest

from erc_engine.domain.jobs import Job, JobState
from erc_engine.errors import ConflictError, RefusedError
from erc_engine.jobs import queue
from erc_engine.store.database import Store


def claimed(store: Store) -> Job:
    queue.submit(store, "train", {"version": "v1"})
    job = queue.claim(store, "w")
    assert job is not None
    return job


def test_a_job_goes_from_queued_to_done(store: Store) -> None:
    submitted = queue.submit(store, "train", {"version": "v1", "seed": 2**64})
    assert (submitted.state, submitted.arguments) == (JobState.QUEUED, {"version": "v1", "seed": 2**64})
    job = queue.claim(store, "w")
    assert job is not None
    assert queue.heartbeat(store, job, progress=0.25) is False
    queue.log(store, job, "fold 1")
    assert queue.finish(store, job, {"run": "r1"}).to_json()["result"] == {"run": "r1"}
    assert [line.text for line in queue.lines(store, job.id)] == ["fold 1"]
    assert [j.id for j in queue.listing(store, [JobState.DONE])] == [job.id]
    assert queue.claim(store, "w") is None


def test_one_of_our_errors_is_kept_with_its_hint(store: Store) -> None:
    job = claimed(store)
    failed = queue.fail(store, job, RefusedError("test data in train", hint="choose another split"))
    assert failed.state == JobState.FAILED
    assert failed.error == {"code": "refused", "message": "test data in train", "hint": "choose another split"}
    assert queue.lines(store, job.id) == ()


def test_of_a_foreign_error_the_log_has_the_end_of_the_traceback(store: Store) -> None:
    job = claimed(store)

    def dig(depth: int) -> None:
        if depth == 0:
            raise ValueError("odd shape")
        dig(depth - 1)

    with pytest.raises(ValueError) as caught:
        dig(50)
    failed = queue.fail(store, job, caught.value)
    assert failed.error is not None
    assert (failed.error["code"], failed.error["message"]) == ("internal", "ValueError: odd shape")
    (line,) = queue.lines(store, job.id)
    assert line.text.endswith("ValueError: odd shape")
    assert 2 < len(line.text.splitlines()) < 20


def test_a_job_that_was_given_up_can_neither_finish_nor_fail(store: Store) -> None:
    job = claimed(store)
    assert [j.state for j in queue.recover(store, 0)] == [JobState.QUEUED]
    for end in (queue.finish, queue.cancelled):
        with pytest.raises(ConflictError):
            end(store, job)
    with pytest.raises(ConflictError):
        queue.fail(store, job, ValueError("late"))
    assert queue.get(store, job.id).state == JobState.QUEUED


def test_fresh_jobs_are_not_taken_for_stale(store: Store) -> None:
    claimed(store)
    assert queue.recover(store) == ()


def test_a_cancelled_job_can_be_tried_again(store: Store) -> None:
    job = queue.submit(store, "train", {})
    assert queue.cancel(store, job.id).state == JobState.CANCELLED
    assert queue.retry(store, job.id).state == JobState.QUEUED
