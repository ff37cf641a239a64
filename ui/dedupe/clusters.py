"""Section "Duplicates": a threshold with what it gives, pairs about it, and clusters to read, drop and restore.

Everything here is a fragment: moving the slider asks nothing of the store but the states.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.domain.curation import DuplicateCluster
from erc_engine.workflows import curation
from erc_engine.workflows.similarity import FLOOR, Similarities
from ui import frame, resources
from ui.charts.similarity import threshold_curve, threshold_rows
from ui.components import tables
from ui.dedupe.diff import difference

KINDS = {
    "exact": "equal but for case and punctuation",
    "near": "most of their different words are the same",
    "neighbour": "spelt alike: misspelt or cut copies",
}
MOST_CLUSTERS = 500


def who() -> str:
    return frame.annotator() or "the app"


@st.fragment
def section(found: Similarities) -> None:
    with frame.shown_errors():
        _section(found)


def _section(found: Similarities) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        threshold = st.slider(
            "Threshold: share of different words in common",
            FLOOR,
            1.0,
            0.7,
            0.01,
            key="dedupe.threshold",
            persist_state="session",
            width=420,
            help="Jaccard similarity of the sets of different words. Equal text is found at any threshold, and copies "
            "that are spelt alike by the cosine of character runs, from 0.65 on.",
        )
        clusters = found.clusters(threshold)
        repeats = sum(len(c.members) - 1 for c in clusters)
        for name, value in (
            ("clusters", len(clusters)),
            ("in clusters", repeats + len(clusters)),
            ("repeats", repeats),
        ):
            st.metric(name, f"{value:,}", width="content")
    st.caption(
        f"{len(found.kept):,} kept dialogues. Repeats are members beyond the first of each cluster: what dropping "
        "would take away."
    )
    counts = found.counts()
    tables.chart_with_data(
        threshold_curve(counts, threshold), threshold_rows(counts), key="dedupe.curve", name="thresholds"
    )
    about(found, threshold)
    if clusters:
        the_clusters(found, clusters, repeats)
    else:
        st.info("No two kept dialogues are this similar.")


def about(found: Similarities, threshold: float) -> None:
    """Pairs just over and just under, to judge by reading where the line should be."""
    st.subheader("Pairs about the threshold")
    pairs = found.around(threshold)
    if not pairs:
        st.caption(f"No pair of kept dialogues reaches {FLOOR:.2f}, the lowest similarity that is looked for.")
        return
    begins = found.openings(p.left for p in pairs)
    rows = [
        {
            "similarity": round(p.similarity, 3),
            "at this threshold": "together" if p.similarity >= threshold else "apart",
            "found as": p.kind,
            "left": p.left,
            "right": p.right,
            "left begins": begins[p.left],
        }
        for p in pairs
    ]
    shown = st.dataframe(
        rows, key=f"dedupe.about.{found.corpus}.{threshold}", hide_index=True, width="stretch",
        on_select="rerun", selection_mode="single-row",
    )  # fmt: skip
    chosen = [pairs[i] for i in shown["selection"]["rows"] if i < len(pairs)]
    if chosen:
        difference(found, chosen[0].left, chosen[0].right)
    else:
        st.caption("Choose a row to see the two side by side.")


def the_clusters(found: Similarities, clusters: Sequence[DuplicateCluster], repeats: int) -> None:
    head, button = st.columns([3, 2], vertical_alignment="bottom")
    head.subheader("Clusters")
    if found.may_drop and button.button(f"Drop all {repeats:,} repeats, keep the first of each", key="dedupe.drop.all"):
        drop(found, [m for c in clusters for m in c.members if m != c.keep])
    rows = [
        {
            "dialogues": len(c.members),
            "found as": c.kind,
            "similarity": c.similarity,
            "first": c.keep,
            "members": ", ".join(c.members[1:]),
            "example": c.example,
        }
        for c in clusters
    ]
    tables.table(
        rows[:MOST_CLUSTERS],
        key="dedupe.clusters",
        height=min(38 * len(rows) + 42, 260),
        columns={
            "found as": st.column_config.TextColumn(help="; ".join(f"{k}: {v}" for k, v in KINDS.items())),
            "similarity": st.column_config.NumberColumn(help="The weakest link that holds the cluster together."),
        },
    )
    tables.download(rows, key="dedupe.clusters.csv", name=f"clusters-{found.corpus}")
    one(found, clusters)


def one(found: Similarities, clusters: Sequence[DuplicateCluster]) -> None:
    by_name = {f"{c.keep}  ({len(c.members):,} dialogues, {c.kind} {c.similarity:.2f})": c for c in clusters}
    if st.session_state.get("dedupe.cluster") not in by_name:
        st.session_state["dedupe.cluster"] = next(iter(by_name))
    cluster = by_name[st.selectbox("Read a cluster", list(by_name), key="dedupe.cluster")]
    left, right = st.columns(2)
    a = left.selectbox("Left", cluster.members, key=f"dedupe.left.{cluster.keep}")
    others = [m for m in cluster.members if m != a]
    b = right.selectbox("Right", others, key=f"dedupe.right.{cluster.keep}")
    if found.may_drop:
        with left.container(horizontal=True):
            if st.button("Drop left", key="dedupe.drop.left"):
                drop(found, [a])
            if st.button(f"Keep left alone, drop the other {len(others):,}", key="dedupe.keep.left"):
                drop(found, others)
        if right.button("Drop right", key="dedupe.drop.right"):
            drop(found, [b])
    difference(found, a, b)


def drop(found: Similarities, ids: Sequence[str]) -> None:
    """Whole dialogues, and the page once more with the new states; "Dropped" below brings them back."""
    done = curation.drop(resources.workspace(), found.corpus, ids, reason="duplicate", who=who())
    st.session_state["dedupe.told"] = f"{done:,} dialogues dropped. They can be brought back under Dropped."
    st.rerun()


def dropped(found: Similarities) -> None:
    """What is dropped, and the way back."""
    ids = found.dropped
    if not ids:
        st.caption("Nothing is dropped in this corpus.")
        return
    begins = found.openings(ids)
    rows = [{"dialogue": i, "begins": begins[i]} for i in ids]
    shown = st.dataframe(
        rows, key=f"dedupe.dropped.{found.corpus}.{len(ids)}", hide_index=True, width="stretch",
        height=min(38 * len(rows) + 42, 340), on_select="rerun", selection_mode="multi-row",
    )  # fmt: skip
    chosen = [ids[i] for i in shown["selection"]["rows"] if i < len(ids)]
    word = f"the {len(chosen):,} chosen" if chosen else f"all {len(ids):,}"
    if st.button(f"Restore {word}", key="dedupe.restore"):
        done = curation.restore(resources.workspace(), found.corpus, chosen or ids, who=who())
        st.session_state["dedupe.told"] = f"{done:,} dialogues are back."
        st.rerun()
