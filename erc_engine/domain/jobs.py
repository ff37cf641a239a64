"""Background jobs: what was asked for, how far it is, and how it ended.

    Job("5f0c…", "train", {"version": "v1"}, JobState.RUNNING, claim=1, progress=0.4, message="fold 2 of 5")

`claim` counts how often a worker took the job; every write carries it, so that a slow worker which was
given up cannot write any more. `error` is an `ErcError` as JSON. How jobs are run stands in `jobs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.LOST})


@dataclass(frozen=True)
class Job:
    """One row of the queue. `here` marks a job that a command line runs in its own process, never the worker."""

    id: str
    kind: str
    arguments: Mapping[str, Any]
    state: JobState
    claim: int = 0
    worker: str = ""
    here: bool = False
    progress: float | None = None
    message: str = ""
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    cancel_requested: bool = False
    created_at: datetime | None = None
    started_at: datetime | None = None
    heartbeat_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def to_json(self) -> dict[str, Any]:
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["state"] = str(self.state)
        for name in ("created_at", "started_at", "heartbeat_at", "finished_at"):
            data[name] = data[name].isoformat() if data[name] else None
        return data


@dataclass(frozen=True)
class JobLine:
    """One line of a job's log."""

    job: str
    at: datetime
    text: str = field(default="")
