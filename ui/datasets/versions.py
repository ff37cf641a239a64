"""Section "Versions": what is frozen and where it came from, and the form that freezes.

A version never changes. What may not be data is refused by the engine, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.domain.conversation import Origin, Split
from erc_engine.domain.experiment import DatasetVersion
from erc_engine.domain.jobs import JobState
from erc_engine.workflows import browsing
from erc_engine.workflows.browsing import CorpusShape
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.jobs import start_beside
from erc_engine.workflows.overview import frozen_versions
from erc_engine.workflows.versions import LABEL_RULES
from ui import frame, resources
from ui.charts.lineage import lineage
from ui.charts.shares import Shares, label_shares, share_rows
from ui.components import job_progress, tables

JOB = "datasets.freeze.job"
AUTOMATIC = "as they stand"
RULES = {
    AUTOMATIC: "as they stand: gold of imported, intended of generated corpora",
    "gold": "gold: imported corpora only",
    "intended": "intended: what the plan asked for",
    "majority": "majority of votes; ties become context",
    "soft": "soft: shares of votes",
}
KINDS = {
    "": "people, else anonymous counts",
    "human": "people",
    "anonymous": "anonymous counts",
    "llm": "language models",
}


def section(corpora: Sequence[CorpusShape]) -> None:
    versions = frozen_versions(resources.workspace())
    if versions:
        names = [v.name for v in versions]
        asked = st.query_params.get("version", "")
        if asked and asked not in names:
            st.warning(f"There is no version {frame.plain(asked[:64])} in this workspace.")
        chosen = st.selectbox(
            "Version",
            names,
            index=names.index(asked) if asked in names else 0,
            key="datasets.version",
            on_change=lambda: st.query_params.update({"version": st.session_state["datasets.version"]}),
        )
        one(next(v for v in versions if v.name == chosen))
    else:
        st.info(
            "No version yet. A version is an immutable set of train, dev and test dialogues that classifiers train on."
        )
    _freeze(corpora)


def one(version: DatasetVersion) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if version.demo:
            st.badge("demo", color="orange", help="Recorded text in dev and test; never enters the leaderboard.")
        licences = " + ".join(dict.fromkeys(s.licence for s in version.sources))
        st.caption(frame.plain(f"labels {version.labels}  ·  scheme {version.scheme.name}  ·  licences {licences}"))
    st.plotly_chart(lineage(version), key="datasets.version.lineage", width="stretch", config={"displaylogo": False})
    tables.table(
        [
            {
                "role": s.role,
                "source": f"{s.corpus}:{s.split}",
                "origin": s.origin,
                "dialogues": s.dialogues,
                "utterances": s.utterances,
                "left out": ", ".join(f"{n:,} {why}" for why, n in s.excluded.items()),
                "licence": s.licence,
                "hash": s.hash[:12],
            }
            for s in version.sources
        ],
        key="datasets.version.sources",
    )
    splits = browsing.version_splits(resources.workspace(), version.name)
    parts = [Shares(split, summary.labels) for split, summary in splits.items()]
    figure = label_shares(version.scheme, parts, outline=parts[0].fractions, outline_name=parts[0].name)
    rows = share_rows(version.scheme, parts)
    tables.chart_with_data(figure, rows, key="datasets.version.shares", name=f"{version.name}-label-shares")
    for note in version.notes:
        st.caption(f"Note: {frame.plain(note)}")
    st.caption("Content hash (sha256)")
    st.code(version.hash, language=None)
    st.page_link("pages/experiments.py", label="Train on it", query_params={"version": version.name})


def _sources(corpora: Sequence[CorpusShape], split: Split) -> list[str]:
    return [f"{c.stored.name}:{split}" for c in corpora if split in c.splits]


def _freeze(corpora: Sequence[CorpusShape]) -> None:
    st.subheader("Freeze a version")
    train, dev, test = (_sources(corpora, split) for split in Split)
    if not (train and dev and test):
        st.info("A version needs train, dev and test dialogues. Import a corpus that has the three, or build the demo.")
        return
    with st.form("datasets.freeze", border=True):
        left, middle, right = st.columns(3)
        name = left.text_input("Name", key="datasets.freeze.name", max_chars=64)
        on_dev = middle.selectbox("Dev", dev, key="datasets.freeze.dev")
        on_test = right.selectbox("Test", test, key="datasets.freeze.test")
        chosen = st.multiselect("Train on", train, default=train[:1], key="datasets.freeze.train")
        labels, votes = st.columns(2)
        rules = [AUTOMATIC, *LABEL_RULES]
        rule = labels.selectbox("Labels", rules, format_func=RULES.__getitem__, key="datasets.freeze.labels")
        by = votes.selectbox("Votes of", list(KINDS), format_func=KINDS.__getitem__, key="datasets.freeze.votes")
        first, second, third = st.columns(3)
        drop = first.checkbox("Leave out contaminated dialogues", value=True, key="datasets.freeze.drop")
        reviewed = second.checkbox("Generated: only reviewed ones", key="datasets.freeze.reviewed")
        recorded = any(c.stored.origin == Origin.RECORDED for c in corpora)
        demo = third.checkbox(
            "Mark as demo",
            key="datasets.freeze.demo",
            disabled=not recorded,
            help="Only a demo may have recorded dev or test dialogues; the leaderboard leaves it out.",
        )
        go = st.form_submit_button("Freeze", type="primary", key="datasets.freeze.go")
    if go:
        checked_name(name.strip(), "a version name")
        arguments = {
            "name": name.strip(),
            "train": chosen,
            "dev": on_dev,
            "test": on_test,
            "labels": None if rule == AUTOMATIC else rule,
            "votes": by or None,
            "reviewed_only": reviewed,
            "drop_contaminated": drop,
            "demo": demo,
        }
        job_progress.remember(JOB, start_beside(resources.workspace(), "freeze", arguments))
        st.rerun()
    job = job_progress.follow(JOB)
    if job and job.state == JobState.DONE and job.result:
        st.success(f"{frame.plain(job.result['name'])} is frozen.")
        st.page_link(
            "pages/datasets.py", label="Look at it", query_params={"section": "versions", "version": job.result["name"]}
        )
