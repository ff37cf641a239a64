"""What a running job sees: its arguments' job, where to say how far it is, and whether it should stop.

    def train(context: JobContext, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        for fold in range(5):
            context.check()                                  # raises JobStopped when it should stop
            context.progress(fold / 5, f"fold {fold + 1} of 5")

A thread sends a heartbeat meanwhile, so a handler may compute for long without a word. A handler that has
been told to stop and returns has stopped early; what it returns is kept as the result so far.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from erc_engine.domain.jobs import Job
from erc_engine.errors import ConflictError, ErcError, UnavailableError
from erc_engine.store.database import Store

_WRITES_APART_SECONDS = 0.2


class JobStopped(ErcError):
    """Raised inside a handler by `check`: the job was cancelled, given to another worker, or the worker stops."""

    code = "cancelled"


class JobContext:
    """Used as a context manager by whoever runs the job; handlers get it inside."""

    def __init__(
        self,
        store: Store,
        job: Job,
        *,
        stop: threading.Event,
        heartbeat_seconds: float,
        also: Callable[[], object] | None = None,
    ) -> None:
        self.store = store
        self.job = job
        self._stop = stop
        self._every_seconds = heartbeat_seconds
        self._also = also  # done at every heartbeat, too: the worker renews its lease
        self._over = threading.Event()
        self._cancel = False
        self._lost = False
        self._told = False
        self._latest: tuple[float | None, str | None] = (None, None)
        self._written = 0.0
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat of job {job.id}", daemon=True)

    def progress(self, fraction: float | None = None, message: str | None = None) -> None:
        """How far it is (0 to 1); written at most five times a second. ConflictError when the job is not ours."""
        self._latest = (fraction, message)
        if time.monotonic() - self._written >= _WRITES_APART_SECONDS:
            self._write()
        if self._lost:
            raise ConflictError(f"job {self.job.id} was given to another worker", hint="nothing more is written for it")

    def log(self, text: str) -> None:
        self.store.jobs.log(self.job.id, self.job.claim, text)

    @property
    def cancelled(self) -> bool:
        """Somebody asked to cancel it, or it was given to another worker."""
        told = self._cancel or self._lost
        self._told = self._told or told
        return told

    @property
    def stopping(self) -> bool:
        """It should end soon: cancelled, or the worker itself has to stop (the job is then queued again)."""
        told = self.cancelled or self._stop.is_set()
        self._told = self._told or told
        return told

    def check(self) -> None:
        if self.stopping:
            raise JobStopped(f"job {self.job.id} ({self.job.kind}) was stopped before its end")

    @property
    def stopped_early(self) -> bool:
        """The handler has been told to stop, so its end is not the end of the work."""
        return self._told

    @property
    def is_lost(self) -> bool:
        return self._lost

    @property
    def cancel_requested(self) -> bool:
        return self._cancel

    def _write(self) -> None:
        fraction, message = self._latest
        self._written = time.monotonic()
        try:
            self._cancel = self.store.jobs.beat(self.job.id, self.job.claim, progress=fraction, message=message)
        except ConflictError:
            self._lost = True

    def _beat(self) -> None:
        while not self._lost and not self._over.wait(self._every_seconds):
            try:
                self._write()
                if self._also is not None:
                    self._also()
            except UnavailableError:  # the database may come back; if not, the job goes stale by itself
                continue

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        if not self._lost and self._latest != (None, None):
            try:
                self._write()
            except UnavailableError:  # what ends the job meets the same trouble, and reports it
                return
