"""Experiments: train, bring in predictions, evaluate with intervals, compare, and read the wrong turns."""

import streamlit as st

from erc_engine.workflows.leaderboard import standings
from ui import frame, resources
from ui.experiments import one_run, pairs, runs

SECTIONS = {"runs": "Runs", "run": "One run", "compare": "Compare"}


def section() -> str:
    """The chosen section; the address wins when it says another one, and follows what is clicked."""
    asked = st.query_params.get("section", "")
    if asked in SECTIONS:
        st.session_state["experiments.section"] = asked
    elif st.session_state.get("experiments.section") not in SECTIONS:
        st.session_state["experiments.section"] = "run" if "run" in st.query_params else "runs"
    return st.segmented_control(
        "Section",
        list(SECTIONS),
        key="experiments.section",
        format_func=SECTIONS.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: st.query_params.update({"section": st.session_state["experiments.section"]}),
    )


with frame.page("experiments"):
    space = resources.workspace()
    versions = space.store.versions.names()
    if not versions:
        st.info(
            "Training runs belong here. They need a frozen version: train, dev and test that never change. Freeze one "
            "from your corpora, or build the demo workspace, which has two with a run each."
        )
        with st.container(horizontal=True):
            st.page_link("pages/home.py", label="Build the demo workspace", width="content")
            st.page_link(
                "pages/datasets.py", label="Freeze a version", query_params={"section": "versions"}, width="content"
            )
    else:
        part = section()
        found = standings(space)
        if part == "runs":
            runs.section(versions, found)
        elif part == "run":
            one_run.section(found)
        else:
            pairs.section(found)
