"""Runs jobs: one elected worker per workspace, or the command line in its own process.

    run_worker(url, {"train": train, "generate": generate}, stop=threading.Event())
    run_here(store, "train", {"version": "v1"}, train)        # the same rows, this process, the result comes back

Several workers on one workspace are fine: one holds the lease and works, the others wait for it. A worker
that dies loses the lease and its heartbeat, and the next one takes its jobs over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from erc_engine.domain.jobs import Job
from erc_engine.errors import ConflictError, NotFoundError, UnavailableError
from erc_engine.jobs import queue
from erc_engine.jobs.context import JobContext, JobStopped
from erc_engine.store.database import Store, open_store

Handler = Callable[[JobContext, Mapping[str, Any]], Mapping[str, Any] | None]

LEASE = "worker"
HEARTBEAT_SECONDS = 5.0


def run_worker(
    store_url: str,
    handlers: Mapping[str, Handler],
    *,
    stop: threading.Event,
    poll_seconds: float = 1.0,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
    stale_seconds: float = queue.STALE_SECONDS,
) -> None:
    """Works until `stop` is set; the job then running is told, and queued again if it stops early."""
    with open_store(store_url) as store:
        worker = Worker(store, queue.worker_name(), handlers, stop, heartbeat_seconds, stale_seconds)
        try:
            while not stop.is_set():
                if not worker.work_once():
                    stop.wait(poll_seconds)
        finally:
            store.jobs.resign(LEASE, worker.name)


@dataclass(frozen=True)
class Worker:
    """One turn at a time: `work_once` takes the lease, takes over what is stale, and runs one job."""

    store: Store
    name: str
    handlers: Mapping[str, Handler]
    stop: threading.Event
    heartbeat_seconds: float
    stale_seconds: float

    def work_once(self) -> bool:
        """Runs the next job; False when nothing waits, another worker is elected, or the database is away."""
        try:
            if not self._elected():
                return False
            queue.recover(self.store, self.stale_seconds)
            job = queue.claim(self.store, self.name)
            if job is None:
                return False
            self._run(job)
        except (UnavailableError, ConflictError):  # it may come back; a job that was given away is another's
            return False
        return True

    def _elected(self) -> bool:
        return self.store.jobs.elect(LEASE, self.name, 4 * self.heartbeat_seconds)

    def _run(self, job: Job) -> None:
        handler = self.handlers.get(job.kind)
        if handler is None:
            hint = f"known kinds: {', '.join(sorted(self.handlers)) or 'none'}"
            queue.fail(self.store, job, NotFoundError(f"no worker here runs jobs of kind '{job.kind}'", hint=hint))
            return
        context = JobContext(
            self.store, job, stop=self.stop, heartbeat_seconds=self.heartbeat_seconds, also=self._elected
        )
        try:
            with context:
                result = handler(context, job.arguments)
            if context.stopped_early:
                self._stopped(job, context, result)
            else:
                queue.finish(self.store, job, result)
        except JobStopped:
            self._stopped(job, context, None)
        except Exception as error:  # whatever a handler raises is the job's end, not the worker's
            if not context.is_lost:
                queue.fail(self.store, job, error)
        except BaseException:  # the process itself has to end
            self.store.jobs.give_back(job.id, job.claim)
            raise

    def _stopped(self, job: Job, context: JobContext, result: Mapping[str, Any] | None) -> None:
        if context.is_lost:
            return
        if context.cancel_requested:
            queue.cancelled(self.store, job, result)
        else:
            self.store.jobs.give_back(job.id, job.claim)


def run_here(
    store: Store,
    kind: str,
    arguments: Mapping[str, Any],
    handler: Handler,
    *,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> Mapping[str, Any] | None:
    """The handler's result. Its errors are written to the job and raised again; Ctrl-C leaves it cancelled."""
    queue.recover(store)
    job = store.jobs.add(kind, arguments, run_by=queue.worker_name())
    context = JobContext(store, job, stop=threading.Event(), heartbeat_seconds=heartbeat_seconds)
    try:
        with context:
            result = handler(context, job.arguments)
        if not context.is_lost:
            end = queue.cancelled if context.stopped_early else queue.finish
            end(store, job, result)
    except (JobStopped, KeyboardInterrupt):
        if not context.is_lost:
            queue.cancelled(store, job)
        raise
    except Exception as error:
        if not context.is_lost:
            queue.fail(store, job, error)
        raise
    return result
