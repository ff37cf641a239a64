"""Rows of the job queue. Every write of a running job carries its claim number; a stale one is refused.

    job = store.jobs.add("train", {"version": "v1"})
    mine = store.jobs.claim("host:4711")                    # the oldest queued job, now running with claim 1
    store.jobs.beat(mine.id, mine.claim)                    # True as soon as somebody wants it cancelled
    store.jobs.end(mine.id, mine.claim, JobState.DONE, result={"run": "r1"})

Who runs jobs, how often they are tried and what a worker does stands in the package `jobs`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Update, insert, or_, select, update

from erc_engine.domain.jobs import Job, JobLine, JobState
from erc_engine.errors import ConflictError, NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import job_lines, jobs, leases

_FRESH: dict[str, Any] = {
    "progress": None,
    "message": "",
    "result": None,
    "error": None,
    "cancel_requested": False,
    "finished_at": None,
}


class Jobs:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, kind: str, arguments: Mapping[str, Any], *, run_by: str | None = None) -> Job:
        """A queued job; or with `run_by`, one that this process runs itself and no worker ever claims."""
        job_id = uuid.uuid4().hex[:12]
        here = run_by is not None

        def work(connection: Connection) -> Job:
            at = self._db.now(connection)
            row = dict(id=job_id, kind=kind, arguments=dict(arguments), created_at=at, here=here, **_FRESH)
            row |= _running(run_by, 1, at) if run_by is not None else {"state": "queued", "claim": 0, "worker": ""}
            connection.execute(insert(jobs).values(row))
            return _required(connection, job_id)

        return self._db.write(work)

    def get(self, job_id: str) -> Job:
        return self._db.read(lambda c: _required(c, job_id))

    def list(self, states: Iterable[JobState] | None = None) -> tuple[Job, ...]:
        """Newest first."""
        query = select(jobs).order_by(jobs.c.seq.desc())
        if states is not None:
            query = query.where(jobs.c.state.in_([str(s) for s in states]))
        return tuple(_job(row) for row in self._db.read(lambda c: c.execute(query).all()))

    def claim(self, worker: str) -> Job | None:
        """The oldest queued job, now this worker's; None when nothing waits."""
        queued = select(jobs).where(jobs.c.state == str(JobState.QUEUED)).order_by(jobs.c.seq).limit(1)

        def work(connection: Connection) -> Job | None:
            row = connection.execute(queued.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            at = self._db.now(connection)
            connection.execute(_of(row.id).values(**_running(worker, row.claim + 1, at), **_FRESH))
            return _required(connection, row.id)

        return self._db.write(work)

    def beat(self, job_id: str, claim: int, *, progress: float | None = None, message: str | None = None) -> bool:
        """Says that the job is alive, and how far; whether somebody asked to cancel it."""
        told: dict[str, Any] = {} if progress is None else {"progress": progress}
        told |= {} if message is None else {"message": message}

        def work(connection: Connection) -> bool:
            self._write_claimed(connection, job_id, claim, heartbeat_at=self._db.now(connection), **told)
            return bool(connection.scalar(select(jobs.c.cancel_requested).where(jobs.c.id == job_id)))

        return self._db.write(work)

    def log(self, job_id: str, claim: int, text: str) -> None:
        def work(connection: Connection) -> None:
            at = self._db.now(connection)
            self._write_claimed(connection, job_id, claim, heartbeat_at=at)
            connection.execute(insert(job_lines).values(job=job_id, at=at, text=text))

        self._db.write(work)

    def lines(self, job_id: str) -> tuple[JobLine, ...]:
        query = select(job_lines).where(job_lines.c.job == job_id).order_by(job_lines.c.seq)
        rows = self._db.read(lambda c: c.execute(query).all())
        return tuple(JobLine(row.job, row.at, row.text) for row in rows)

    def end(
        self,
        job_id: str,
        claim: int,
        state: JobState,
        *,
        result: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
        message: str | None = None,
    ) -> Job:
        def work(connection: Connection) -> Job:
            values: dict[str, Any] = {"state": str(state), "result": result, "error": error}
            values |= {"progress": 1.0} if state == JobState.DONE else {}
            values |= {} if message is None else {"message": message}
            self._write_claimed(connection, job_id, claim, finished_at=self._db.now(connection), **values)
            return _required(connection, job_id)

        return self._db.write(work)

    def give_back(self, job_id: str, claim: int) -> None:
        """Back to the queue, because the worker has to stop."""
        queued = {"state": str(JobState.QUEUED), "worker": ""}
        self._db.write(lambda c: self._write_claimed(c, job_id, claim, **queued))

    def cancel(self, job_id: str) -> Job:
        """A queued job is cancelled at once, a running one is asked to stop, an ended one stays as it is."""

        def work(connection: Connection) -> Job:
            job = _required(connection, job_id, lock=True)
            if job.state == JobState.QUEUED:
                at = self._db.now(connection)
                connection.execute(_of(job_id).values(state=str(JobState.CANCELLED), finished_at=at))
            elif job.state == JobState.RUNNING:
                connection.execute(_of(job_id).values(cancel_requested=True))
            return _required(connection, job_id)

        return self._db.write(work)

    def retry(self, job_id: str) -> Job:
        """An ended job goes back to the queue, for the worker, too, if a command line ran it before."""

        def work(connection: Connection) -> Job:
            job = _required(connection, job_id, lock=True)
            if not job.ended or job.state == JobState.DONE:
                raise ConflictError(
                    f"job {job_id} is {job.state}: only one that failed, was cancelled or lost is retried"
                )
            queued = {"state": str(JobState.QUEUED), "worker": "", "here": False}
            connection.execute(_of(job_id).values(**queued, **_FRESH))
            return _required(connection, job_id)

        return self._db.write(work)

    def recover(self, stale_seconds: float, *, tries: int) -> tuple[Job, ...]:
        """Takes running jobs without a heartbeat for so long from their workers; how they stand now.

        A worker's job is queued again until it was claimed `tries` times; then, and if a command line ran
        it, it is lost. One that was to be cancelled is cancelled.
        """

        def work(connection: Connection) -> tuple[Job, ...]:
            at = self._db.now(connection)
            silent = or_(jobs.c.heartbeat_at.is_(None), jobs.c.heartbeat_at <= at - stale_seconds)
            query = select(jobs).where(jobs.c.state == str(JobState.RUNNING), silent).order_by(jobs.c.seq)
            found = [_job(row) for row in connection.execute(query.with_for_update(skip_locked=True))]
            for job in found:
                connection.execute(_of(job.id).values(_after_loss(job, at, tries)))
            return tuple(_required(connection, job.id) for job in found)

        return self._db.write(work)

    def elect(self, name: str, holder: str, seconds: float) -> bool:
        """Takes or renews a lease; False while somebody else holds it."""

        def work(connection: Connection) -> bool:
            self._db.hold(connection, f"lease {name}")
            at = self._db.now(connection)
            there = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
            if there is None:
                connection.execute(insert(leases).values(name=name, holder=holder, expires_at=at + seconds))
                return True
            if there.holder != holder and there.expires_at.timestamp() > at:
                return False
            renewed = update(leases).where(leases.c.name == name)
            connection.execute(renewed.values(holder=holder, expires_at=at + seconds))
            return True

        return self._db.write(work)

    def resign(self, name: str, holder: str) -> None:
        ended = update(leases).where(leases.c.name == name, leases.c.holder == holder).values(expires_at=0.0)
        self._db.write(lambda c: c.execute(ended))

    def _write_claimed(self, connection: Connection, job_id: str, claim: int, **values: Any) -> None:
        mine = _of(job_id).where(jobs.c.claim == claim, jobs.c.state == str(JobState.RUNNING))
        if connection.execute(mine.values(**values)).rowcount == 0:
            job = _required(connection, job_id)
            raise ConflictError(
                f"claim {claim} of job {job_id} no longer holds (the job is {job.state} with claim {job.claim})",
                hint="another worker was given the job; nothing was written",
            )


def _of(job_id: str) -> Update:
    return update(jobs).where(jobs.c.id == job_id)


def _running(worker: str, claim: int, at: float) -> dict[str, Any]:
    state = str(JobState.RUNNING)
    return {"state": state, "claim": claim, "worker": worker, "started_at": at, "heartbeat_at": at}


def _after_loss(job: Job, at: float, tries: int) -> dict[str, Any]:
    if job.cancel_requested:
        return {"state": str(JobState.CANCELLED), "finished_at": at}
    if not job.here and job.claim < tries:
        return {"state": str(JobState.QUEUED), "worker": "", "message": "its worker went silent; queued again"}
    error = {
        "code": "lost",
        "message": f"its process ({job.worker}) went silent",
        "hint": "run the same command again, or retry the job: what was done is kept",
    }
    return {"state": str(JobState.LOST), "finished_at": at, "error": error}


def _required(connection: Connection, job_id: str, *, lock: bool = False) -> Job:
    query = select(jobs).where(jobs.c.id == job_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no job '{job_id}'", hint="job ids are listed with: erc jobs")
    return _job(row)


def _job(row: Row[Any]) -> Job:
    data = dict(row._mapping)
    del data["seq"]
    return Job(**{**data, "state": JobState(data["state"])})
