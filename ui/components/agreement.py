"""How much annotators differ: entropy of soft labels, coefficients of agreement, one against the others.

entropy_part(study, study.report)
agreement_part(study.report)
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.disagreement import DisagreementReport
from erc_engine.workflows.disagreement import Study
from ui.charts.agreement import agreement_forest, agreement_rows
from ui.charts.entropy import entropy_histogram, entropy_means, entropy_rows
from ui.charts.numbers import said
from ui.components import tables

MEASURES = (
    "1 is full agreement. Percent agreement counts what chance alone gives; the others take it off: 0 is chance. Cohen's "
    "kappa is for two annotators, Fleiss' for several, Krippendorff's alpha also where votes are missing; Gwet's AC1 "
    "holds up when one label is very frequent."
)
REFERENCE = {
    "weighted F1": "F1 of each label, weighted by how often the others gave it; points.",
    "accuracy": "Share of votes that are the plurality of the others; points.",
    "weighted F1, others not tied": "The same where the others have one leading label.",
    "others tied, %": "How often the others have no single leading label.",
}


def entropy_part(study: Study, report: DisagreementReport) -> None:
    st.subheader("Soft-label entropy", help="−Σ p log2 p over the shares of votes: 0 when all agree.")
    found = report.entropy
    if found is None:
        st.info(f"Entropy is undefined because {report.entropy_reason}.")
        return
    scheme, left, right = study.corpus.scheme, *st.columns(2)
    with left:
        tables.chart_with_data(
            tables.drawn(entropy_histogram, scheme, found),
            entropy_rows(found),
            key="disagreement.entropy",
            name="entropy",
        )
    with right:
        tables.chart_with_data(
            tables.drawn(entropy_means, scheme, found),
            entropy_rows(found),
            key="disagreement.means",
            name="mean-entropy",
        )
    votes = ", ".join(f"{count:,} with {n} votes" for n, count in found.votes.items())
    st.caption(
        f"Mean {said(found.all.mean)} bits, n = {found.all.mean.n:,} utterances ({votes}); {found.unanimous:,} are "
        f"unanimous; at most {found.most:.3g} bits. Stacked by the {report.label_word} label. "
        f"Rule: {found.rule} of votes."
    )


def agreement_part(report: DisagreementReport) -> None:
    st.subheader("Agreement", help="For each kind of annotators apart; 95 % intervals from resampling dialogues.")
    left, right = st.columns(2)
    with left:
        st.plotly_chart(tables.drawn(agreement_forest, report.agreement), key="disagreement.agreement", width="stretch")
    with right:
        rows = agreement_rows(report.agreement)
        tables.table(
            rows,
            key="disagreement.agreement.table",
            columns={
                "measure": st.column_config.TextColumn(help=MEASURES),
                "value [95 % interval]": st.column_config.TextColumn(width="large"),
            },
        )
        tables.download(rows, key="disagreement.agreement.csv", name="agreement")
    who = "One person" if report.kind in ("human", "anonymous") else f"One {report.kind} annotator"
    st.markdown(f"**{who} against the plurality of the others**")
    if not report.reference:
        st.caption(f"Undefined because {report.reference_reason}.")
        return
    rows = [
        {
            "utterances": row.rows,
            "n": row.utterances,
            "weighted F1": said(row.weighted_f1, points=True),
            "accuracy": said(row.accuracy, points=True),
            "weighted F1, others not tied": said(row.untied_f1, points=True),
            "others tied, %": "–" if row.tied is None else f"{100 * row.tied:.1f}",
        }
        for row in report.reference
    ]
    tables.table(
        rows,
        key="disagreement.reference",
        columns={name: st.column_config.TextColumn(help=text) for name, text in REFERENCE.items()},
    )
    st.caption(
        "Each vote taken out and scored against the other votes; ties of the others count evenly. A reference for "
        "models, no ceiling: with a majority it is easy by construction, without one it cannot be won."
    )
