"""The job queue, seen from outside: ask for work, watch it, stop it, try it again.

    job = submit(store, "train", {"version": "v1", "seed": 1})
    cancel(store, job.id)                     # at once if it waits, soon if it runs
    recover(store, stale_seconds=60)          # jobs of workers that went silent
    listing(store, [JobState.RUNNING])        # newest first

Kinds are names only; which function runs a kind is told to the worker. What a worker does with a job that
it has claimed goes through its claim number: see `context`.
"""

from __future__ import annotations

import os
import socket
import threading
import traceback
from collections.abc import Iterable, Mapping
from typing import Any

from erc_engine.domain.jobs import Job, JobLine, JobState
from erc_engine.errors import ErcError
from erc_engine.store.database import Store

STALE_SECONDS = 60.0
TRIES = 3
_FRAMES = 6  # of a traceback that go into the log


def submit(store: Store, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Queues a job; InputError when the arguments have no form in JSON."""
    return store.jobs.add(kind, arguments)


def claim(store: Store, worker: str) -> Job | None:
    return store.jobs.claim(worker)


def heartbeat(store: Store, job: Job, *, progress: float | None = None, message: str | None = None) -> bool:
    """Whether the job should be cancelled; ConflictError when it is no longer ours."""
    return store.jobs.beat(job.id, job.claim, progress=progress, message=message)


def log(store: Store, job: Job, text: str) -> None:
    store.jobs.log(job.id, job.claim, text)


def finish(store: Store, job: Job, result: Mapping[str, Any] | None = None) -> Job:
    return store.jobs.end(job.id, job.claim, JobState.DONE, result=result)


def fail(store: Store, job: Job, error: BaseException) -> Job:
    """Our errors are kept as they are; of a foreign one the log has the end of the traceback."""
    if isinstance(error, ErcError):
        return store.jobs.end(job.id, job.claim, JobState.FAILED, error=error.to_json())
    frames = "".join(traceback.format_exception(error, limit=-_FRAMES))
    store.jobs.log(job.id, job.claim, frames.rstrip())
    told = {
        "code": "internal",
        "message": f"{type(error).__name__}: {error}",
        "hint": "this is a fault of the program: please report it with the job's log",
    }
    return store.jobs.end(job.id, job.claim, JobState.FAILED, error=told)


def cancelled(store: Store, job: Job, result: Mapping[str, Any] | None = None) -> Job:
    return store.jobs.end(job.id, job.claim, JobState.CANCELLED, result=result)


def cancel(store: Store, job_id: str) -> Job:
    return store.jobs.cancel(job_id)


def retry(store: Store, job_id: str) -> Job:
    return store.jobs.retry(job_id)


def recover(store: Store, stale_seconds: float = STALE_SECONDS, *, tries: int = TRIES) -> tuple[Job, ...]:
    """Jobs that were taken from silent workers: queued again, or lost after so many tries."""
    return store.jobs.recover(stale_seconds, tries=tries)


def get(store: Store, job_id: str) -> Job:
    return store.jobs.get(job_id)


def listing(store: Store, states: Iterable[JobState] | None = None) -> tuple[Job, ...]:
    return store.jobs.list(states)


def lines(store: Store, job_id: str) -> tuple[JobLine, ...]:
    return store.jobs.lines(job_id)


def worker_name() -> str:
    """Host, process and thread: unique among all that may work on one store."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_native_id()}"
