"""Fix one, apply to all: the plans of a run whose replies were rejected for a reason, asked for again with a version.

rejects(space, base, changed=False)
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.generation import PromptRecipe
from erc_engine.workflows import jobs
from erc_engine.workflows.generation import SAME
from erc_engine.workflows.rejected_plans import rejection_counts, runs_to_mend
from erc_engine.workflows.run_orders import check_name, free_name
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.components import job_progress

JOB = "prompt_mend.job"


def rejects(space: Workspace, base: PromptRecipe, *, changed: bool) -> None:
    """`changed` says that the editor holds a text that is not saved yet."""
    with st.expander("Fix one, apply to all"):
        st.caption(
            "Mend the prompt on one rejected reply and save it as a version. Then ask for all plans of a run that had a "
            "reply rejected for the same reason, with this version and the run's own model. A new run holds the answers."
        )
        runs = runs_to_mend(space, base)
        if not runs:
            st.info("No run of a live model with these labels has rejected replies.")
            return
        run_at, reason_at, name_at, go_at = st.columns([2, 2, 2, 1], vertical_alignment="bottom")
        run = run_at.selectbox("Run", runs, key="prompt_mend.run")
        counts = rejection_counts(space, run)
        reason = reason_at.selectbox(
            "Rejected for",
            list(counts),
            key=f"prompt_mend.reason.{run}",
            format_func=lambda why: f"{why.replace('_', ' ')} ({counts[why]:,} plans)",
        )
        name = name_at.text_input(
            "Name of the new run", free_name(space, f"{run}-mended"), key=f"prompt_mend.name.{run}"
        )
        if changed:
            st.info("The text above is not saved yet. Save it first: a run names the version that it used.")
        if go_at.button("Ask again", key="prompt_mend.go", disabled=changed or not name.strip(), width="stretch"):
            with frame.shown_errors():
                check_name(space, name.strip())
                arguments = {"run_id": run, "name": name.strip(), "recipe": base.hash, "model": SAME, "only": reason}
                job_progress.remember(JOB, jobs.submit(space, "rerun", arguments))
        if job_progress.follow(JOB) is not None:
            st.page_link("pages/generate.py", label="See it under Generate")
