"""Label by label: what a run asked for, what came of it, and what the rest would take.

label_evidence(view)        # a table; open where the run fell short
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.generation_runs import RunState
from erc_engine.domain.label_evidence import LabelEvidence
from erc_engine.workflows.run_views import RunView
from ui.charts.numbers import number
from ui.components import tables


def label_evidence(view: RunView) -> None:
    report = view.report
    if not any(label.attempts for label in report.evidence):
        return
    with st.expander("Evidence for each label", expanded=report.state is RunState.INFEASIBLE):
        rows = [evidence_row(label) for label in report.evidence]
        tables.table(rows, key="generate.evidence")
        tables.download(rows, key="generate.evidence.csv", name=f"evidence-{report.name}")
        st.caption(
            "Passed: accepted of asked utterances, with a 95 % interval over attempts. Needed: attempts for what is "
            "missing, at the lower end of that interval."
        )
        if report.repair is not None:
            st.caption(
                f"Train alone is {number(report.repair.distance_before)} from the wanted shares (total variation), "
                f"with what was generated {number(report.repair.distance_after)}."
            )


def evidence_row(label: LabelEvidence) -> dict[str, object]:
    refused = ", ".join(f"{round(n):,} {reason.replace('_', ' ')}" for reason, n in label.rejected.items())
    low, high = label.interval or (0.0, 0.0)
    passed = "" if label.pass_rate is None else f"{label.pass_rate:.0%} [{low:.0%}, {high:.0%}]"
    return {
        "label": label.label,
        "wanted": label.wanted,
        "accepted": label.accepted,
        "planned": round(label.planned),
        "attempts": label.attempts,
        "passed": passed,
        "masked": round(label.masked),
        "refused utterances": refused,
        "needed": "unknown" if label.needed is None else f"{label.needed:,}",
        "verdict": "given up" if label.given_up else "over budget" if label.over_budget and label.missing else "",
    }
