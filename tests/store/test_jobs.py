"""Rows of the queue: claims, leases, states, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from erc_engine.domain.jobs import JobState
from erc_engine.errors import ConflictError, InputError, NotFoundError
from erc_engine.store.database import Store


def test_the_oldest_job_is_claimed_first_and_each_once(store: Store) -> None:
    first, second = (store.jobs.add("train", {"n": n}) for n in range(2))
    taken = [store.jobs.claim("w"), store.jobs.claim("w")]
    assert [job.id for job in taken if job] == [first.id, second.id]
    assert [(job.state, job.claim, job.worker) for job in taken if job] == [(JobState.RUNNING, 1, "w")] * 2
    assert store.jobs.claim("w") is None


def test_two_workers_never_get_the_same_job(store: Store) -> None:
    for n in range(12):
        store.jobs.add("train", {"n": n})
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda n: store.jobs.claim(f"w{n}"), range(16)))
    ids = [job.id for job in taken if job]
    assert len(ids) == len(set(ids)) == 12


def test_a_job_says_how_far_it_is_and_ends_with_its_result(store: Store) -> None:
    store.jobs.add("train", {"version": "v1"})
    job = store.jobs.claim("w")
    assert job is not None
    assert store.jobs.beat(job.id, job.claim, progress=0.5, message="half") is False
    store.jobs.log(job.id, job.claim, "one")
    store.jobs.log(job.id, job.claim, "two\x00")
    halfway = store.jobs.get(job.id)
    assert (halfway.progress, halfway.message, halfway.arguments) == (0.5, "half", {"version": "v1"})
    ended = store.jobs.end(job.id, job.claim, JobState.DONE, result={"run": "r1"})
    assert (ended.state, ended.result, ended.progress, ended.message) == (JobState.DONE, {"run": "r1"}, 1.0, "half")
    assert ended.finished_at is not None
    assert [line.text for line in store.jobs.lines(job.id)] == ["one", "two\x00"]


def test_a_worker_that_was_given_up_cannot_write_any_more(store: Store) -> None:
    store.jobs.add("train", {})
    slow = store.jobs.claim("slow")
    assert slow is not None
    assert [job.state for job in store.jobs.recover(0, tries=3)] == [JobState.QUEUED]
    quick = store.jobs.claim("quick")
    assert quick is not None
    assert (quick.id, quick.claim) == (slow.id, 2)
    writes = (
        lambda: store.jobs.beat(slow.id, slow.claim, progress=0.9),
        lambda: store.jobs.log(slow.id, slow.claim, "late"),
        lambda: store.jobs.end(slow.id, slow.claim, JobState.DONE, result={"late": True}),
        lambda: store.jobs.give_back(slow.id, slow.claim),
    )
    for write in writes:
        with pytest.raises(ConflictError, match=r"claim 1 .* no longer holds"):
            write()
    assert store.jobs.lines(slow.id) == ()
    assert store.jobs.get(slow.id) == quick


def test_silent_jobs_are_queued_again_until_they_were_tried_enough(store: Store) -> None:
    store.jobs.add("train", {})
    store.jobs.claim("w1")
    assert store.jobs.recover(3600, tries=2) == ()
    assert [job.state for job in store.jobs.recover(0, tries=2)] == [JobState.QUEUED]
    store.jobs.claim("w2")
    (lost,) = store.jobs.recover(0, tries=2)
    assert lost.state == JobState.LOST
    assert lost.error is not None
    assert "w2" in lost.error["message"]


def test_a_silent_command_line_is_lost_and_never_claimed_by_a_worker(store: Store) -> None:
    job = store.jobs.add("generate", {}, run_by="me")
    assert (job.state, job.claim, job.here) == (JobState.RUNNING, 1, True)
    assert store.jobs.claim("w") is None
    assert [found.state for found in store.jobs.recover(0, tries=9)] == [JobState.LOST]
    again = store.jobs.retry(job.id)
    assert (again.state, again.here, again.error) == (JobState.QUEUED, False, None)


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked(store: Store) -> None:
    running, waiting = (store.jobs.add("train", {}) for _ in range(2))
    store.jobs.claim("w")
    assert store.jobs.cancel(waiting.id).state == JobState.CANCELLED
    assert store.jobs.cancel(running.id).state == JobState.RUNNING
    assert store.jobs.beat(running.id, 1) is True
    assert [job.state for job in store.jobs.recover(0, tries=3)] == [JobState.CANCELLED]
    assert store.jobs.cancel(running.id).state == JobState.CANCELLED
    assert store.jobs.claim("w") is None


def test_only_what_did_not_succeed_is_retried(store: Store) -> None:
    job = store.jobs.add("train", {})
    with pytest.raises(ConflictError, match="is queued"):
        store.jobs.retry(job.id)
    store.jobs.claim("w")
    store.jobs.end(job.id, 1, JobState.FAILED, error={"code": "x"})
    assert store.jobs.retry(job.id).state == JobState.QUEUED
    store.jobs.claim("w")
    store.jobs.end(job.id, 2, JobState.DONE)
    with pytest.raises(ConflictError, match="is done"):
        store.jobs.retry(job.id)


def test_jobs_are_listed_newest_first_and_by_state(store: Store) -> None:
    ids = [store.jobs.add("train", {"n": n}).id for n in range(3)]
    store.jobs.claim("w")
    assert [job.id for job in store.jobs.list()] == ids[::-1]
    assert [job.id for job in store.jobs.list([JobState.RUNNING])] == ids[:1]


def test_a_lease_has_one_holder_until_it_ends(store: Store) -> None:
    assert store.jobs.elect("worker", "a", 60) is True
    assert store.jobs.elect("worker", "b", 60) is False
    assert store.jobs.elect("worker", "a", 60) is True
    store.jobs.resign("worker", "b")
    assert store.jobs.elect("worker", "b", 60) is False
    store.jobs.resign("worker", "a")
    assert store.jobs.elect("worker", "b", -1) is True
    assert store.jobs.elect("worker", "a", 60) is True  # the lease of b ran out


def test_of_many_who_want_the_lease_at_once_one_gets_it(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda n: store.jobs.elect("worker", f"w{n}", 60), range(6))) == 1


def test_strange_ids_and_arguments_are_refused(store: Store) -> None:
    with pytest.raises(NotFoundError, match="no job 'x'"):
        store.jobs.cancel("x")
    with pytest.raises(InputError, match="no form in JSON"):
        store.jobs.add("train", {"file": object()})
    assert store.jobs.list() == ()
