"""Datasets: import, browse, audit, freeze and export; one section at a time, named in the address."""

import streamlit as st

from erc_engine.workflows import browsing
from ui import frame, resources
from ui.datasets import auditing, browser, exporting, importing, versions

SECTIONS = {
    "import": "Import",
    "browse": "Browse",
    "audit": "Audit",
    "versions": "Versions",
    "export": "Export",
}


def section(default: str) -> str:
    """The chosen section; the address wins when it says another one, and follows what is clicked."""
    asked = st.query_params.get("section", "")
    if asked in SECTIONS:
        st.session_state["datasets.section"] = asked
    elif st.session_state.get("datasets.section") not in SECTIONS:
        st.session_state["datasets.section"] = default
    chosen = st.segmented_control(
        "Section",
        list(SECTIONS),
        key="datasets.section",
        format_func=SECTIONS.__getitem__,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
        on_change=lambda: st.query_params.update({"section": st.session_state["datasets.section"]}),
    )
    return chosen or default


def chosen_corpus(names: tuple[str, ...]) -> str:
    """The corpus in the address, or the first; an unknown one is said and passed over."""
    asked = st.query_params.get("corpus", "")
    if asked and asked not in names:
        st.warning(f"There is no corpus {frame.plain(asked[:64])} in this workspace.")
    if asked in names:
        st.session_state["datasets.corpus"] = asked
    elif st.session_state.get("datasets.corpus") not in names:
        st.session_state["datasets.corpus"] = names[0]
    return st.selectbox("Corpus", names, key="datasets.corpus", on_change=follow_corpus, persist_state="session")


def follow_corpus() -> None:
    st.query_params["corpus"] = st.session_state["datasets.corpus"]
    st.query_params.pop("dialogue", None)
    st.session_state["datasets.browse.page"] = 1


with frame.page("datasets"):
    space = resources.workspace()
    names = browsing.names(space)
    part = section("browse" if names else "import")
    if part == "import":
        importing.section()
    elif not names:
        st.info("No corpus here yet. Import a benchmark or your own dialogues first, or build the demo workspace.")
        st.page_link("pages/home.py", label="Build the demo workspace from Home")
    elif part == "browse":
        browser.section(browsing.shape(space, chosen_corpus(names)))
    elif part == "audit":
        auditing.section(browsing.shape(space, chosen_corpus(names)), names)
    elif part == "versions":
        versions.section(browsing.shapes(space))
    else:
        exporting.section()
