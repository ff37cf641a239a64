"""Experiments: train, bring in predictions, evaluate with intervals, compare, and read the wrong turns."""

import streamlit as st

from erc_engine.workflows.leaderboard import standings
from ui import frame, resources
from ui.components.addressed import section
from ui.components.marks import nothing_yet
from ui.experiments import one_run, pairs, runs

SECTIONS = {"runs": "Runs", "run": "One run", "compare": "Compare"}


with frame.page("experiments"):
    space = resources.workspace()
    versions = space.store.versions.names()
    if not versions:
        nothing_yet(
            "Training runs belong here. They need a frozen version: train, dev and test that never change. Freeze one "
            "from your corpora, or build the demo workspace, which has two with a run each.",
            key="experiments",
        )
        if space.store.corpora.names():
            st.page_link("pages/datasets.py", label="Freeze a version", query_params={"section": "versions"})
    else:
        part = section("experiments", SECTIONS, default="run" if "run" in st.query_params else "runs")
        found = standings(space)
        if part == "runs":
            runs.section(versions, found)
        elif part == "run":
            one_run.section(found)
        else:
            pairs.section(found)
