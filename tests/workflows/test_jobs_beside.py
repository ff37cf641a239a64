"""Short jobs in a thread of the app: the same rows as the worker's, and errors that stay with their job."""

from __future__ import annotations

import threading

import pytest

from erc_engine.domain.jobs import JobState
from erc_engine.errors import InputError
from erc_engine.workflows import jobs
from erc_engine.workflows.workspace import Workspace


def joined() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("erc job"):
            thread.join(20)


def test_its_row_is_there_at_once_and_tells_its_end(sitcom: Workspace) -> None:
    job = jobs.start_beside(sitcom, "audit", {"names": ["sitcom"]})
    joined()
    ended = jobs.job(sitcom, job.id)
    assert (ended.state, ended.here) == (JobState.DONE, True)
    assert ended.result is not None
    assert ended.result["corpora"] == ["sitcom"]
    assert [line.text for line in jobs.lines(sitcom, job.id)] == ["comparing sitcom"]


def test_an_error_stands_in_the_row_and_a_retry_goes_to_the_worker(workspace: Workspace) -> None:
    job = jobs.start_beside(workspace, "audit", {"names": ["none"]})
    joined()
    failed = jobs.job(workspace, job.id)
    assert failed.state == JobState.FAILED
    assert failed.error is not None
    assert failed.error["code"] == "not_found"
    assert jobs.retry(workspace, job.id).state == JobState.QUEUED
    assert jobs.work(workspace, once=True) == 1


def test_an_unknown_kind_is_refused_before_anything_is_stored(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="no kind of job"):
        jobs.start_beside(workspace, "dance", {})
    assert jobs.jobs(workspace) == ()


def test_arguments_that_no_row_can_hold_are_refused_here(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="JSON"):
        jobs.start_beside(workspace, "audit", {"names": object()})


def test_freezing_as_a_job_takes_plain_arguments(sitcom: Workspace) -> None:
    arguments = {"name": "v1", "train": ["sitcom:train"], "dev": "sitcom:dev", "test": "sitcom:test", "votes": None}
    jobs.submit(sitcom, "freeze", arguments)
    jobs.work(sitcom, once=True)
    assert sitcom.store.versions.names() == ("v1",)
