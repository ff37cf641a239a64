"""Section "Map": every dialogue as a point; a lasso makes a list for Review."""

from __future__ import annotations

import streamlit as st

from erc_engine.workflows.similarity import MOST_POINTS, CorpusMap, Layout, content, corpus_map, layouts
from ui import frame, resources
from ui.charts.projection import BY, corpus_plane, picked, plane_rows
from ui.components import tables

LAYOUTS = {Layout.COMPONENTS: "principal components", Layout.NEIGHBOURS: "neighbours (UMAP)"}


def layout_said(found: CorpusMap) -> str:
    if found.explained is None:
        return (
            "UMAP of spelling (runs of 3 to 5 characters): neighbours on the map are much alike. Distances, sizes and "
            "gaps of islands say little."
        )
    return (
        f"Two principal components of spelling (runs of 3 to 5 characters), {100 * sum(found.explained):.1f} % of the "
        "variance: points on one spot are much alike, distances across the map say little."
    )


@st.fragment
def section(corpus: str, dialogues: int) -> None:
    chosen: list[str] = []
    with frame.shown_errors():
        space = resources.workspace()
        colour, lay = st.columns(2)
        by = colour.radio("Colour by", BY, horizontal=True, key="dedupe.by", persist_state="session")
        offered = layouts(dialogues)
        layout = Layout.COMPONENTS
        if len(offered) > 1:
            layout = lay.radio(
                "Laid out by",
                offered,
                horizontal=True,
                key="dedupe.layout",
                format_func=LAYOUTS.__getitem__,
                help=f"UMAP keeps neighbours together; distances say little. For {MOST_POINTS:,} dialogues at most.",
            )
        asked = ("map", corpus, layout, content(space, corpus))
        found = resources.worked_out(asked, lambda: corpus_map(space, corpus, layout))
        if found is None:
            frame.working(asked, "Laying out the map")
            return
        shown = tables.chart_with_data(
            tables.drawn(corpus_plane, found, by),
            lambda: plane_rows(found),
            key=f"dedupe.map.{corpus}.{by}.{layout}",
            name=f"map-{corpus}",
            on_select="rerun",
            selection_mode=("lasso", "box", "points"),
        )
        st.caption(
            f"{layout_said(found)} Hollow points are not kept. The leading label is a dialogue's most frequent one other "
            "than neutral."
        )
        chosen = picked(shown)
    if not chosen:
        st.caption("Draw a lasso around points, or click one, to make a list of dialogues for Review.")
        return
    if st.button(f"Review these {len(chosen):,} dialogues", type="primary", key="dedupe.review"):
        st.session_state["review.queue"] = {"corpus": corpus, "dialogues": chosen, "why": "chosen on the map"}
        st.switch_page("pages/review.py", query_params={"corpus": corpus})
    names = ", ".join(chosen[:12]) + (f" and {len(chosen) - 12:,} more" if len(chosen) > 12 else "")
    st.caption(frame.plain(names))
