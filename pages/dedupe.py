"""Dedupe: near copies under a threshold, borrowed benchmark text, a map of the corpus, and what was dropped."""

import streamlit as st

from erc_engine.workflows.similarity import similarities
from ui import frame, resources
from ui.components.addressed import chosen_corpus, section
from ui.components.marks import nothing_yet, recorded
from ui.dedupe import borrowed, clusters, comparing, plane

SECTIONS = {"duplicates": "Duplicates", "contamination": "Contamination", "map": "Map", "dropped": "Dropped"}


with frame.page("dedupe"):
    space = resources.workspace()
    names = space.store.corpora.names()
    if not names:
        nothing_yet(
            "Near copies and borrowed text of your corpora belong here. Import one, or build the demo workspace.",
            key="dedupe",
        )
    else:
        corpus = chosen_corpus("dedupe", names)
        found = similarities(space, corpus)
        if not found.may_drop:
            st.caption("This corpus is imported: a benchmark is never changed, so nothing can be dropped from it here.")
        elif found.origin == "recorded":
            recorded(f"{corpus}; copies in demo corpora are planted")
        told = st.session_state.pop("dedupe.told", None)
        if told:
            st.success(frame.plain(told))
        part = section("dedupe", SECTIONS, default="duplicates")
        if part == "duplicates" and not found.compared:
            comparing.section(found)
        elif part == "duplicates":
            clusters.section(found)
        elif part == "contamination":
            borrowed.section(found)
        elif part == "map":
            plane.section(corpus, len(found.states))
        else:
            clusters.dropped(found)
