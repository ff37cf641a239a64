"""Section "Duplicates" of a large corpus that was not compared yet: the button that does it, and how far it is."""

from __future__ import annotations

import streamlit as st

from erc_engine.workflows.jobs import submit
from erc_engine.workflows.similarity import Similarities
from ui import resources
from ui.components import job_progress


def section(found: Similarities) -> None:
    key = f"dedupe.similar.{found.corpus}"
    job = job_progress.follow(key)
    if job is not None and not job.ended:
        return
    st.info(
        f"The {len(found.states):,} dialogues of this corpus were not compared with each other yet. It takes a minute "
        "or so, is done once, and is kept until dialogues are added."
    )
    if st.button("Compare all dialogues", type="primary", key="dedupe.compare"):
        job_progress.remember(key, submit(resources.workspace(), "similar", {"name": found.corpus}))
        st.rerun()
