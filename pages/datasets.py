"""Datasets: import, browse, audit, measure, freeze, export and release; one section at a time, named in the address."""

import streamlit as st

from erc_engine.workflows import browsing
from ui import frame, resources
from ui.components.addressed import chosen_corpus, section
from ui.components.marks import nothing_yet
from ui.datasets import auditing, browser, exporting, importing, quality, releasing, versions

SECTIONS = {
    "import": "Import",
    "browse": "Browse",
    "audit": "Audit",
    "quality": "Quality",
    "versions": "Versions",
    "export": "Export",
    "release": "Release",
}


def from_the_top() -> None:
    st.query_params.pop("dialogue", None)
    st.session_state["datasets.browse.page"] = 1


with frame.page("datasets"):
    space = resources.workspace()
    names = browsing.names(space)
    part = section("datasets", SECTIONS, default="browse" if names else "import")
    if part == "import":
        importing.section()
    elif part == "release":
        releasing.section()
    elif not names:
        nothing_yet(
            "No corpus here yet. Import a benchmark or your own dialogues first, or build the demo workspace.",
            key="datasets",
        )
    elif part == "browse":
        browser.section(browsing.shape(space, chosen_corpus("datasets", names, on_change=from_the_top)))
    elif part == "audit":
        auditing.section(browsing.shape(space, chosen_corpus("datasets", names, on_change=from_the_top)), names)
    elif part == "quality":
        quality.section(browsing.shape(space, chosen_corpus("datasets", names, on_change=from_the_top)))
    elif part == "versions":
        versions.section(browsing.shapes(space))
    else:
        exporting.section()
