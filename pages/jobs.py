"""Jobs: all long work of this workspace, how far it is, how it ended, its log; cancel and retry."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from erc_engine.domain.jobs import Job, JobState
from erc_engine.workflows import jobs
from ui import frame, resources
from ui.components import job_progress, tables
from ui.components.marks import nothing_yet

SHOWN = 200
GROUPS = {
    "all": tuple(JobState),
    "under way": (JobState.RUNNING, JobState.QUEUED),
    "ended well": (JobState.DONE,),
    "ended badly": (JobState.FAILED, JobState.LOST, JobState.CANCELLED),
}


def row(job: Job) -> dict[str, object]:
    until = job.finished_at or (datetime.now(UTC) if job.state == JobState.RUNNING else None)
    took = (until - job.started_at).total_seconds() if until and job.started_at else None
    return {
        "job": job.id,
        "kind": job.kind,
        "state": str(job.state),
        "asked for": job.created_at,
        "seconds": None if took is None else round(took, 1),
        "progress": None if job.progress is None else round(100 * job.progress),
        "last words": job_progress.words(job),
        "by": "command line or app" if job.here else "worker",
    }


@st.fragment(run_every="2s")
def listing() -> None:
    """Drawn again by itself; nothing else on the page moves."""
    with frame.shown_errors():
        found = jobs.jobs(resources.workspace())
        if not found:
            nothing_yet(
                "No jobs yet. Building the demo, generating, training, importing and audits stand here as they run.",
                key="jobs",
            )
            return
        for job in [j for j in found if not j.ended][:10]:
            job_progress.draw(job, key="jobs")
        group = st.segmented_control(
            "Show", list(GROUPS), default="all", key="jobs.group", required=True, label_visibility="collapsed"
        )
        chosen = [job for job in found if job.state in GROUPS[group or "all"]]
        if len(chosen) > SHOWN:
            st.caption(f"The newest {SHOWN} of {len(chosen):,}.")
        tables.table(
            [row(job) for job in chosen[:SHOWN]],
            key="jobs.table",
            columns={
                "asked for": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss"),
                "progress": st.column_config.ProgressColumn(min_value=0, max_value=100, format="%d %%"),
            },
        ) if chosen else st.caption("None of this kind.")
        one(found)


def one(found: Sequence[Job]) -> None:
    """The job that was chosen, or named in the address (`?job=`)."""
    by_id = {job.id: job for job in found}
    asked = st.query_params.get("job", "")
    if asked and asked not in by_id:
        st.warning(f"There is no job {frame.plain(asked[:40])} in this workspace.")
    first = list(by_id).index(asked) if asked in by_id else 0
    chosen = st.selectbox(
        "Look at a job",
        list(by_id),
        index=first,
        key="jobs.chosen",
        format_func=lambda id_: f"{by_id[id_].kind}, {by_id[id_].state}, {id_}",
        on_change=lambda: st.query_params.update({"job": st.session_state["jobs.chosen"]}),
    )
    if chosen:
        detail(by_id[chosen])


def detail(job: Job) -> None:
    with st.container(border=True):
        st.badge(str(job.state), color=job_progress.COLOURS[job.state])  # type: ignore[arg-type]
        job_progress.show_end(job)
        again = "Queued again for the worker; what was stored is kept."
        if job.state in GROUPS["ended badly"] and st.button("Retry", key="jobs.retry", help=again):
            jobs.retry(resources.workspace(), job.id)
            st.rerun(scope="fragment")
        lines = jobs.lines(resources.workspace(), job.id)
        log = "\n".join(f"{line.at:%H:%M:%S}  {line.text}" for line in lines)
        st.caption(f"Log ({len(lines):,}), times in UTC")
        st.code(log or "no line yet", language=None, wrap_lines=True, height=220 if len(lines) > 8 else "content")
        with st.expander("Arguments and result"):
            st.code(json.dumps(dict(job.arguments), indent=2), language="json", wrap_lines=True)
            if job.result is not None:
                st.code(json.dumps(job.result, indent=2), language="json", wrap_lines=True, height=300)


with frame.page("jobs"):
    listing()
