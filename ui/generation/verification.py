"""What verifiers said of a run's set, and what people who reviewed a sample blind say of the verifiers.

verification(space, "meld-extra")     # nothing while the run has no set; another verifier can be asked at any time
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.curation import Measured
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.verification import GateAudit, GateRow, VerifierReport
from erc_engine.workflows import jobs
from erc_engine.workflows.models import check_typed
from erc_engine.workflows.verification_views import queue_for_review, scheme_of, verification_view, verifying_runs
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.components import job_progress, tables
from ui.generation.verifying import CLASSIFIER_HELP, JUDGE_HELP, JUDGES

JOB = "generate.verify.job"


def verification(space: Workspace, run: str) -> None:
    with frame.shown_errors():
        scheme = scheme_of(space, run)
        if scheme is None:
            return
        st.subheader("Verification")
        _ask(space, run, scheme)
        view = verification_view(space, run)
        if view is None:
            st.caption("No label of this set was verified yet.")
            return
        for number, report in enumerate(view.reports):
            _said(report, number)
        _worth(view.audit)
        if st.button(
            "Review a sample blind",
            key="generate.check",
            help="Dialogues that were passed, masked and rejected, in drawn order and without labels.",
        ):
            st.session_state["review.queue"] = queue_for_review(space, run)
            st.switch_page("pages/review.py")


def _ask(space: Workspace, run: str, scheme: LabelScheme) -> None:
    """One more verifier for the set as it stands. It changes no dialogue: what it is worth is seen first."""
    with st.expander("Ask a verifier about this set"):
        left, middle, right = st.columns([3, 1, 3])
        judge = left.text_input("Judge", key="generate.verify.judge", placeholder=JUDGES, help=JUDGE_HELP).strip()
        votes = int(middle.number_input("Votes", 1, 25, 3, key="generate.verify.votes"))
        classifier = right.selectbox(
            "or a classifier",
            verifying_runs(space, scheme),
            index=None,
            key="generate.verify.classifier",
            placeholder="a training run",
            help=CLASSIFIER_HELP,
        )
        if st.button("Verify", key="generate.verify", disabled=bool(judge) == bool(classifier)):
            asked: dict[str, object] = {"classifier": classifier}
            if judge:
                check_typed(space, judge)
                asked = {"judge": judge, "votes": votes}
            job_progress.remember(f"{JOB}.{run}", jobs.submit(space, "verify", {"corpus": run, **asked}))
        st.caption("Verdicts are kept beside the set and change none of its dialogues; freeze a version to use them.")
    job_progress.follow(f"{JOB}.{run}")


def _said(report: VerifierReport, number: int) -> None:
    st.caption(f"{frame.plain(report.verifier.spec)} · {report.verified:,} verdicts on the intended labels")
    for warning in report.warnings:
        st.warning(frame.plain(warning))
    rows = [
        {
            "intended": row.label,
            "turns": row.turns,
            "agrees": "" if row.agreement is None else f"{row.agreement:.0%}",
            "unread": row.unread,
        }
        for row in report.labels
    ]
    tables.table(rows, key=f"generate.verdicts.{number}")


def _worth(audit: GateAudit) -> None:
    for line in audit.told:
        st.markdown(frame.plain(line))
    if audit.overall.n:
        tables.table([audit_row(row) for row in (audit.overall, *audit.labels)], key="generate.audit")
        st.caption(
            f"{audit.reviewed:,} of {audit.dialogues:,} drawn dialogues were reviewed. Right: people agree with the "
            "intended label. Weighted to the whole set, with 95 % intervals over dialogues."
        )


def audit_row(row: GateRow) -> dict[str, object]:
    return {
        "intended": row.label,
        "reviewed": row.n,
        "passed": row.passed,
        "right at all": _percent(row.right),
        "right of passed (precision)": _percent(row.precision),
        "passed of right (recall)": _percent(row.recall),
    }


def _percent(value: Measured) -> str:
    if value.value is None:
        return ""
    if value.interval is None:
        return f"{value.value:.0%}"
    return f"{value.value:.0%} [{value.interval[0]:.0%}, {value.interval[1]:.0%}]"
