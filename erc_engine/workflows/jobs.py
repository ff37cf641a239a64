"""Long work as job rows: run here by the command line, or by the workspace's worker for the app.

    in_this_process(workspace, "train", {"version_name": "v1", "classifier": "tfidf", "seed": 1})   → TrainingRun
    submit(workspace, "train", {…})        for the worker
    start_beside(workspace, "audit", {…})  in a thread of this process, when it is short
    work(workspace, once=True)             be the worker

A job's arguments are those of the workflow function of its kind, so that a row says all that is needed to do it again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol

from erc_engine.domain.curation import AnnotatorKind
from erc_engine.domain.generation_runs import Books, RunReport, RunState
from erc_engine.domain.jobs import Job, JobLine, JobState
from erc_engine.errors import InputError, UnavailableError
from erc_engine.jobs import queue
from erc_engine.jobs.context import JobContext
from erc_engine.jobs.worker import Handler, run_here, run_worker
from erc_engine.workflows import (
    audits,
    borrowed_text,
    downloads,
    experiments,
    generation,
    imports,
    prompt_lab,
    quality,
    release,
    similarity,
    verify,
    versions,
)
from erc_engine.workflows import demo as demo_workspace
from erc_engine.workflows.workspace import Workspace

Say = Callable[[str], None]
SAID_EVERY_SECONDS = 2.0  # of a lab, whose replies come fast


class Report(Protocol):
    def to_json(self) -> dict[str, Any]: ...


def _generate(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> RunReport:
    return generation.generate(workspace, **arguments, progress=_books(say), stop=_stop(context))


def _resume(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> RunReport:
    return generation.resume(workspace, **arguments, progress=_books(say), stop=_stop(context))


def _rerun(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> RunReport:
    return generation.rerun(workspace, **arguments, progress=_books(say), stop=_stop(context))


def _train(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return experiments.train(workspace, **arguments, progress=_unless_stopped(context, say))


def _lab(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    said = 0.0

    def told(there: int, asked: int) -> None:
        nonlocal said
        context.check()
        context.progress(there / asked, f"{there:,} of {asked:,} replies")
        if there == asked or time.monotonic() - said >= SAID_EVERY_SECONDS:
            said = time.monotonic()
            say(f"{there:,} of {asked:,} replies")

    return prompt_lab.compare_prompts(workspace, **arguments, progress=told)


def _demo(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    begun = 0

    def step(text: str) -> None:
        nonlocal begun
        context.progress(begun / demo_workspace.STEPS, text)
        begun += 1
        say(text)

    return demo_workspace.demo(workspace, say=_unless_stopped(context, step))


def _import(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return imports.import_files(workspace, **arguments, progress=_unless_stopped(context, say))


def _audit(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return audits.audit_and_keep(workspace, **arguments, progress=_unless_stopped(context, say))


def _similar(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return similarity.compare_and_keep(workspace, **arguments, progress=_unless_stopped(context, say))


def _quality(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return quality.make_card(workspace, **arguments, progress=_unless_stopped(context, say))


def _verify(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return verify.verify(workspace, **arguments, progress=_unless_stopped(context, say))


def _borrowed(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return borrowed_text.look_and_keep(workspace, **arguments, progress=_unless_stopped(context, say))


def _freeze(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    _unless_stopped(context, say)("checking the sources against dev and test")
    kind = arguments.get("votes")
    return versions.freeze(workspace, **{**arguments, "votes": AnnotatorKind(kind) if kind else None})


def _export(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return downloads.make_download(workspace, **arguments, progress=_unless_stopped(context, say))


def _release(workspace: Workspace, context: JobContext, arguments: Mapping[str, Any], say: Say) -> Report:
    return release.release(workspace, **arguments, progress=_unless_stopped(context, say), stop=_stop(context))


WORK: Mapping[str, Callable[[Workspace, JobContext, Mapping[str, Any], Say], Report]] = {
    "generate": _generate,
    "resume": _resume,
    "rerun": _rerun,
    "train": _train,
    "demo": _demo,
    "import": _import,
    "audit": _audit,
    "similar": _similar,
    "quality": _quality,
    "verify": _verify,
    "borrowed": _borrowed,
    "freeze": _freeze,
    "export": _export,
    "release": _release,
    "lab": _lab,
}
_CHATTY = ("generate", "resume", "rerun", "release", "lab", "verify")  # say more than a log should keep


def _said(kind: str, context: JobContext) -> Say:
    """What work says stands in its row, and in its log unless it says too much."""

    def say(text: str) -> None:
        context.progress(message=text)
        if kind not in _CHATTY:
            context.log(text)

    return say


def _books(say: Say) -> Callable[[Books], None]:
    return lambda b: say(f"{b.accepted:,} accepted of {b.submitted:,} submitted, {b.rejected:,} rejected")


def _stop(context: JobContext) -> Callable[[], RunState | None]:
    """A cancelled job cancels its run; a worker that has to end pauses it."""

    def wanted() -> RunState | None:
        if context.cancelled:
            return RunState.CANCELLED
        return RunState.PAUSED if context.stopping else None

    return wanted


def _unless_stopped(context: JobContext, say: Say) -> Say:
    """Work without a `stop` of its own ends where it next says how far it is."""

    def told(text: str) -> None:
        context.check()
        say(text)

    return told


def in_this_process(
    workspace: Workspace, kind: str, arguments: Mapping[str, Any], *, tell: Say = lambda text: None
) -> Any:
    """Do the work of a kind now, with a job row beside it; the workflow's own report comes back."""
    _refuse_unknown(kind)
    reports: list[Report] = []

    def handler(context: JobContext, given: Mapping[str, Any]) -> Mapping[str, Any]:
        note = _said(kind, context)

        def say(text: str) -> None:
            note(text)
            tell(text)

        reports.append(WORK[kind](workspace, context, given, say))
        return reports[0].to_json()

    run_here(workspace.store, kind, arguments, handler)
    return reports[0]


def submit(workspace: Workspace, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Queue work for the worker."""
    _refuse_unknown(kind)
    return queue.submit(workspace.store, kind, arguments)


def start_beside(workspace: Workspace, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Short work in a thread of this process, with the same job row, so that it does not wait behind a long run."""
    _refuse_unknown(kind)
    begun: SimpleQueue[Job | Exception] = SimpleQueue()
    handler = _handlers(workspace)[kind]

    def first(context: JobContext, given: Mapping[str, Any]) -> Mapping[str, Any] | None:
        begun.put(context.job)
        return handler(context, given)

    def run() -> None:
        try:
            run_here(workspace.store, kind, arguments, first)
        except Exception as error:  # the job row has it; only what came before there was a row is told here
            begun.put(error)

    threading.Thread(target=run, name=f"erc job {kind}", daemon=True).start()
    job = begun.get()
    if isinstance(job, Exception):
        raise job
    return job


def _refuse_unknown(kind: str) -> None:
    if kind not in WORK:
        raise InputError(f"there is no kind of job '{kind}'", hint=f"kinds: {', '.join(WORK)}")


def jobs(workspace: Workspace) -> tuple[Job, ...]:
    """All jobs, newest first; those of processes that are gone are found out on the way."""
    with suppress(UnavailableError):  # another process writes for long: they are found out the next time
        queue.recover(workspace.store)
    return queue.listing(workspace.store)


def job(workspace: Workspace, job_id: str) -> Job:
    return queue.get(workspace.store, job_id)


def lines(workspace: Workspace, job_id: str) -> tuple[JobLine, ...]:
    """The log of a job, oldest line first."""
    return queue.lines(workspace.store, job_id)


def cancel(workspace: Workspace, job_id: str) -> Job:
    """At once if it waits, at its next word if it runs; an ended one stays as it is."""
    return queue.cancel(workspace.store, job_id)


def retry(workspace: Workspace, job_id: str) -> Job:
    """Queue an ended job again; ConflictError unless it failed, was cancelled or lost."""
    return queue.retry(workspace.store, job_id)


def under_way(workspace: Workspace) -> tuple[Job, ...]:
    """Jobs that wait or run, the newest first; cheap enough to ask often."""
    return queue.listing(workspace.store, (JobState.QUEUED, JobState.RUNNING))


def work(workspace: Workspace, *, once: bool = False, stop: threading.Event | None = None) -> int:
    """Be the worker until stopped, or until nothing is queued; how many jobs ended meanwhile."""
    before = _ended(workspace)
    ending = stop or threading.Event()
    if once:
        _stop_when_idle(workspace, ending)
    run_worker(workspace.settings.database_url, _handlers(workspace), stop=ending, poll_seconds=0.1 if once else 1.0)
    return _ended(workspace) - before


def start_worker(workspace: Workspace) -> int:
    """A worker process beside this one, which ends when this one does; its process id."""
    command = [sys.executable, "-m", "erc_engine.cli.main", "worker", "--with-parent"]
    settings = workspace.settings
    environment = {**os.environ, "ERC_HOME": str(settings.home), "ERC_DATABASE_URL": settings.database_url}
    log = (workspace.home / "worker.log").open("ab")
    with log:
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log).pid


def stop_with_parent(stop: threading.Event) -> None:
    """Set `stop` as soon as the process that started this one is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            if stop.wait(1.0):
                return
        stop.set()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def _stop_when_idle(workspace: Workspace, stop: threading.Event) -> None:
    def watch() -> None:
        # a command line's own job is none of the worker's business
        while any(not job.here for job in queue.listing(workspace.store, (JobState.QUEUED, JobState.RUNNING))):
            if stop.wait(0.2):
                return
        stop.set()

    threading.Thread(target=watch, name="idle watch", daemon=True).start()


def _handlers(workspace: Workspace) -> dict[str, Handler]:
    def handler(kind: str) -> Handler:
        def run(context: JobContext, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
            return WORK[kind](workspace, context, arguments, _said(kind, context)).to_json()

        return run

    return {kind: handler(kind) for kind in WORK}


def _ended(workspace: Workspace) -> int:
    return sum(job.ended for job in queue.listing(workspace.store))
