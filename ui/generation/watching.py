"""A run to look at: its books, its funnel label by label, what was refused and why; pause, cancel, go on.

watch(space, "meld-extra")        # a fragment that draws itself again while the run goes
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.generation import FailReason, LabelMode
from erc_engine.domain.generation_runs import RunReport, RunState
from erc_engine.domain.jobs import Job
from erc_engine.workflows import jobs
from erc_engine.workflows.run_views import RunView, job_of, run_view
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.charts.funnel import funnel_bars, funnel_rows, reason_bars, reason_rows
from ui.charts.numbers import number
from ui.charts.shares import Shares, label_shares, share_rows
from ui.components import job_progress, tables
from ui.generation.evidence import label_evidence
from ui.generation.model_choice import mark

COLOURS = {
    RunState.RUNNING: "blue",
    RunState.PAUSED: "gray",
    RunState.CANCELLED: "gray",
    RunState.COMPLETE: "green",
    RunState.INFEASIBLE: "orange",
}
EVERY = "2s"
FAILED = frozenset(str(reason) for reason in FailReason)


def watch(space: Workspace, run: str) -> None:
    """Polls only while a job of the run is under way."""
    job = job_of(space, run)
    going = job is not None and not job.ended
    st.fragment(_drawn, run_every=EVERY if going else None)(space, run, going)


def _drawn(space: Workspace, run: str, was_going: bool) -> None:
    with frame.shown_errors():
        job = job_of(space, run)
        going = job is not None and not job.ended
        if was_going and not going:
            st.rerun()
        view = run_view(space, run)
        _head(space, run, job, view)
        if view is not None:
            _pictures(view)
            label_evidence(view)


def _head(space: Workspace, run: str, job: Job | None, view: RunView | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if view is None:
            st.badge("waiting to begin" if job and not job.ended else "not begun", color="gray")
        else:
            st.badge(_state(view.report, job), color=COLOURS[view.report.state])  # type: ignore[arg-type]
            mark(view.report.recorded, view.report.injected)
        _buttons(space, run, job, view)
    if job is not None and job.ended:
        job_progress.show_end(job)
    if view is None:
        st.caption("The worker has not begun it yet." if job and not job.ended else "Nothing of it was stored.")
        return
    report, wanted = view.report, view.settings.utterances
    done = min(1.0, report.utterances / wanted)
    whole = f"{report.dialogues:,} dialogue{'' if report.dialogues == 1 else 's'}"
    st.progress(done, text=f"{report.utterances:,} of {wanted:,} utterances in {whole}")
    if report.message and report.state is not RunState.COMPLETE:
        st.caption(frame.plain(report.message))
    books_line(view)


def _state(report: RunReport, job: Job | None) -> str:
    if report.state is RunState.RUNNING and (job is None or job.ended):
        return "interrupted, or driven by the command line"
    if job is not None and job.cancel_requested and not job.ended:
        return "stopping"
    return str(report.state)


def _buttons(space: Workspace, run: str, job: Job | None, view: RunView | None) -> None:
    if job is not None and not job.ended:
        stop = "Ends after the replies under way. All that was accepted stays, and the run can go on later."
        asked = job.cancel_requested
        if st.button("Stopping" if asked else "Pause or cancel", key="generate.stop", help=stop, disabled=asked):
            jobs.cancel(space, job.id)
            st.rerun(scope="fragment")
    elif view is not None and view.report.state is not RunState.COMPLETE:
        beyond = False
        if view.settings.model.startswith("openai:http"):
            beyond = st.checkbox("The address may be on another machine", key="generate.resume.allow")
        if st.button("Go on with it", key="generate.resume", type="primary", help="From its ledger, nothing twice."):
            jobs.submit(space, "resume", {"run_id": view.report.run} | ({"allow_address": True} if beyond else {}))
            st.rerun()


def books_line(view: RunView) -> None:
    b = view.report.books
    parts = (
        f"{b.accepted:,} accepted + {b.rejected:,} refused + {b.failed:,} without reply + {b.lost:,} lost + "
        f"{b.in_flight:,} in flight"
    )
    st.markdown(f"**Books**: {b.submitted:,} submitted {'=' if b.balanced else '≠'} {parts}")
    if not b.balanced:
        st.error("The books of this run do not balance. Please report it with the workspace's database.")
    words = [f"{view.plans:,} plans", f"{view.report.surplus:,} surplus dialogues"]
    if view.report.masked:
        words.append(f"{view.report.masked:,} turns masked, their labels not confirmed")
    if view.report.turn_repairs.asked:
        words.append(f"{view.report.turn_repairs.mended:,} of {view.report.turn_repairs.asked:,} repairs mended")
    if view.busy_tokens_per_second:
        words.append(f"{number(view.busy_tokens_per_second)} tokens per second of a request, {view.tokens:,} in all")
    if view.report.usage is not None:
        words.append(frame.plain(str(view.report.usage)))
    if view.report.distance is not None:
        words.append(f"distance to the target {number(view.report.distance)}, n = {view.report.utterances:,}")
    st.caption(" · ".join(words))


def _pictures(view: RunView) -> None:
    report = view.report
    funnel, actual = st.columns(2, gap="large")
    with funnel:
        st.subheader("From plan to accepted")
        tables.chart_with_data(
            funnel_bars(view.scheme, view.funnel), funnel_rows(view.funnel), key="generate.funnel", name="funnel"
        )
        estimate = " The model chooses the labels itself, so these are what was counted on."
        st.caption(
            "Utterances asked for, each attempt counted, by the labels of its plan; a tick is what the plans count on."
            + (estimate if view.label_mode is LabelMode.FREE else "")
        )
    with actual:
        st.subheader("Plan against actual")
        parts = [Shares("accepted", report.labels)]
        figure = label_shares(view.scheme, parts, outline=report.target, outline_name="target")
        tables.chart_with_data(figure, share_rows(view.scheme, parts), key="generate.actual", name="plan-and-actual")
        missing = ", ".join(f"{frame.plain(k)} {n:,}" for k, n in report.shortfall.items())
        st.caption(f"Still missing: {missing}." if missing else "Surplus dialogues are left out.")
    if report.reasons:
        st.subheader("Refused, by reason")
        figure = reason_bars(report.reasons, failed=FAILED)
        tables.chart_with_data(figure, reason_rows(report.reasons), key="generate.reasons", name="refusals")
