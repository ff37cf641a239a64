"""Dedupe: near copies under a threshold, borrowed benchmark text, a map of the corpus, and what was dropped."""

import streamlit as st

from erc_engine.workflows.similarity import similarities
from ui import frame, resources
from ui.dedupe import borrowed, clusters, comparing, plane

SECTIONS = {"duplicates": "Duplicates", "contamination": "Contamination", "map": "Map", "dropped": "Dropped"}


def section() -> str:
    """The chosen section; the address wins when it says another one, and follows what is clicked."""
    asked = st.query_params.get("section", "")
    if asked in SECTIONS:
        st.session_state["dedupe.section"] = asked
    elif st.session_state.get("dedupe.section") not in SECTIONS:
        st.session_state["dedupe.section"] = "duplicates"
    return st.segmented_control(
        "Section",
        list(SECTIONS),
        key="dedupe.section",
        format_func=SECTIONS.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: st.query_params.update({"section": st.session_state["dedupe.section"]}),
    )


def chosen_corpus(names: tuple[str, ...]) -> str:
    """The corpus in the address, or the first; an unknown one is said and passed over."""
    asked = st.query_params.get("corpus", "")
    if asked and asked not in names:
        st.warning(f"There is no corpus {frame.plain(asked[:64])} in this workspace.")
    if asked in names:
        st.session_state["dedupe.corpus"] = asked
    elif st.session_state.get("dedupe.corpus") not in names:
        st.session_state["dedupe.corpus"] = names[0]
    return st.selectbox(
        "Corpus",
        names,
        key="dedupe.corpus",
        on_change=lambda: st.query_params.update({"corpus": st.session_state["dedupe.corpus"]}),
    )


with frame.page("dedupe"):
    space = resources.workspace()
    names = space.store.corpora.names()
    if not names:
        st.info("Near copies and borrowed text of your corpora belong here. Import one, or build the demo workspace.")
        st.page_link("pages/home.py", label="Build the demo workspace")
    else:
        corpus = chosen_corpus(names)
        found = similarities(space, corpus)
        if not found.may_drop:
            st.caption("This corpus is imported: a benchmark is never changed, so nothing can be dropped from it here.")
        elif found.origin == "recorded":
            st.badge("recorded", color="orange")
            st.caption("Text of a large language model, replayed; copies in demo corpora are planted.")
        told = st.session_state.pop("dedupe.told", None)
        if told:
            st.success(frame.plain(told))
        part = section()
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
