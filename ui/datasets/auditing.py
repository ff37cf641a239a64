"""Section "Audit": which version it is, what is wrong, what repeats; pictures first, then tables and the paragraph.

The shares and the faults of reading are there at once; what repeats is compared when asked for, and then kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from erc_engine.domain.reports import AuditReport, Fault, SplitSummary
from erc_engine.workflows import audits, browsing
from erc_engine.workflows.browsing import CorpusShape
from erc_engine.workflows.jobs import start_beside
from ui import frame, resources
from ui.charts.faults import fault_dots, fault_rows, overlap_map, overlap_rows, units
from ui.charts.shares import Shares, label_shares, share_rows
from ui.components import job_progress, tables
from ui.datasets.browser import facts

JOB = "datasets.audit.job"


def section(corpus: CorpusShape, others: Sequence[str]) -> None:
    name = corpus.stored.name
    facts(corpus)
    with_ = st.multiselect(
        "Compare with",
        [other for other in others if other != name],
        key=f"datasets.audit.with.{name}",
        placeholder="alone",
        help="Text that stands in two corpora: train on one, test on the other, and the score is too good.",
    )
    reports = audits.kept_audit(resources.workspace(), [name, *with_])
    job = job_progress.follow(JOB)
    running = job is not None and not job.ended
    if reports is None and not running:
        st.info(
            "Shares and what reading found stand below. What repeats inside and between corpora is not compared yet."
        )
        if st.button(f"Audit {1 + len(with_)} corpora" if with_ else "Audit", type="primary", key="datasets.audit.go"):
            names = [name, *with_]
            job_progress.remember(JOB, start_beside(resources.workspace(), "audit", {"names": names}))
            st.rerun()
    mine = next((r for r in reports or () if r.name == name), None)
    shares_part(corpus, mine.counts if mine else corpus.splits)
    faults_part(mine.faults if mine else corpus.stored.faults, name)
    if reports and mine:
        _overlaps_part(reports, name)
        _words_part(mine)


def shares_part(corpus: CorpusShape, counts: Mapping[str, SplitSummary]) -> None:
    st.subheader("Label shares")
    parts = [Shares(split, summary.labels) for split, summary in counts.items()]
    if not any(part.n for part in parts):
        st.caption("No utterance here carries a label.")
        return
    first = parts[0]
    outline = first.fractions if len(parts) > 1 else None
    figure = label_shares(corpus.stored.scheme, parts, outline=outline, outline_name=first.name)
    rows = share_rows(corpus.stored.scheme, parts)
    tables.chart_with_data(figure, rows, key="datasets.audit.shares", name=f"{corpus.stored.name}-label-shares")
    numbers = [
        {
            "split": split,
            "dialogues": s.dialogues,
            "utterances": s.utterances,
            "labelled": s.utterances - s.unlabelled,
            "without a label": s.unlabelled,
        }
        for split, s in counts.items()
    ]
    tables.table(numbers, key="datasets.audit.counts")


def faults_part(faults: Sequence[Fault], name: str) -> None:
    st.subheader("What was found")
    if not faults:
        st.caption("No fault found.")
        return
    meanings = {f.code: browsing.meaning(f.code) for f in faults}
    st.caption(
        "How often each was found, on a logarithmic axis; what each counts and what was done stands in the data."
    )
    rows = fault_rows(faults, meanings)
    tables.chart_with_data(fault_dots(faults, meanings), rows, key="datasets.audit.faults", name=f"{name}-faults")


def _overlaps_part(reports: Sequence[AuditReport], name: str) -> None:
    st.subheader("What stands in two places")
    overlaps = [o for report in reports for o in report.overlaps]
    compared = units(overlaps)
    if not compared:
        st.caption("Nothing to compare: one split, one corpus.")
        return
    unit = st.selectbox("Compare by", compared, key="datasets.audit.unit")
    st.caption("Row: a dev or test split. Column: where its text stands, too. Percent of the row.")
    chart = overlap_map(overlaps, unit)
    tables.chart_with_data(chart, overlap_rows(overlaps), key="datasets.audit.overlaps", name=f"{name}-overlaps")


def _words_part(report: AuditReport) -> None:
    st.subheader("For a paper")
    st.code(report.paragraph, language=None, wrap_lines=True)
    for note in report.notes:
        st.caption(f"Note: {frame.plain(note)}")
