"""A job where it was asked for: how far it is, a button to cancel it, and how it ended.

    if st.button("Audit", key="datasets.audit"):
        remember("datasets.audit.job", start_beside(workspace, "audit", {…}))
    job = follow("datasets.audit.job")          # None when nothing was asked for in this tab
    if job and job.state == JobState.DONE: …

While the job runs only its own small part of the page is drawn again; at its end the page runs once as a whole.
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.jobs import Job, JobState
from erc_engine.errors import ErcError
from erc_engine.workflows import jobs
from ui import frame, resources

COLOURS = {
    JobState.QUEUED: "gray",
    JobState.RUNNING: "blue",
    JobState.DONE: "green",
    JobState.FAILED: "red",
    JobState.CANCELLED: "gray",
    JobState.LOST: "orange",
}


def remember(key: str, job: Job) -> None:
    """From now on `follow(key)` shows this job, in this tab."""
    st.session_state[key] = job.id


def forget(key: str) -> None:
    st.session_state.pop(key, None)


def follow(key: str, *, every_seconds: float = 1.0) -> Job | None:
    """The job remembered under `key`, drawn as far as it is; errors with their hint."""
    job_id = st.session_state.get(key)
    if not job_id:
        return None
    try:
        job = jobs.job(resources.workspace(), str(job_id))
    except ErcError:  # of another workspace
        forget(key)
        return None
    if job.ended:
        show_end(job)
    else:
        st.fragment(_under_way, run_every=every_seconds)(job.id, key)
    return job


def _under_way(job_id: str, key: str) -> None:
    with frame.shown_errors():
        job = jobs.job(resources.workspace(), job_id)
        if job.ended:
            st.rerun()
        draw(job, key=f"{key}.card")


def draw(job: Job, *, key: str) -> None:
    """One running or waiting job: what, how far, its last words, and cancel."""
    bar, button = st.columns([6, 1], vertical_alignment="center")
    bar.progress(min(1.0, max(0.0, job.progress or 0.0)), text=frame.plain(f"{job.kind}: {words(job)}"))
    if job.cancel_requested:
        button.caption("stopping")
    elif button.button("Cancel", key=f"{key}.cancel.{job.id}"):
        jobs.cancel(resources.workspace(), job.id)
        st.rerun(scope="fragment")


def words(job: Job) -> str:
    """The last words of a job, or what its state means."""
    if job.state == JobState.QUEUED:
        return job.message or "waiting for the worker"
    if job.state in (JobState.FAILED, JobState.LOST):
        return str((job.error or {}).get("message", job.message))
    return job.message or str(job.state)


def show_end(job: Job) -> None:
    """Nothing for a job that is done, for its page says what came of it; else the reason, and what to do."""
    if job.state in (JobState.FAILED, JobState.LOST):
        told = job.error or {}
        frame.show_error(ErcError(str(told.get("message", "it failed")), hint=str(told.get("hint", ""))))
    elif job.state == JobState.CANCELLED:
        st.info(f"The {job.kind} job was cancelled. What it had stored is kept.")
