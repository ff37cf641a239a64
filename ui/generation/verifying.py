"""Who verifies the labels of a new run, and whether single turns are asked for again.

verifying(space, recipe.scheme, recorded=False)     # {"judge": "openai:lab#judge", "below": "mask", …} of a RunOrder
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.verification import Below
from erc_engine.workflows.verification_views import verifying_runs
from erc_engine.workflows.workspace import Workspace

NOBODY = "nobody"
JUDGES = "openai:NAME#model or hf:NAME"
JUDGE_HELP = "Another model that says which emotion it reads in each turn, without seeing the plan."
CLASSIFIER_HELP = "A training run of this workspace; best one that was trained on real text."
SAID = {Below.MASK: "mask the turn", Below.REJECT: "reject the dialogue"}


def verifying(space: Workspace, scheme: LabelScheme, *, recorded: bool) -> dict[str, Any]:
    with st.expander("Verification and repair"):
        judge = st.text_input(
            "Judge",
            key="generate.judge",
            persist_state="session",
            placeholder=f"{JUDGES}; empty: nobody",
            help=JUDGE_HELP,
        ).strip()
        runs = verifying_runs(space, scheme)
        if st.session_state.get("generate.classifier") not in (NOBODY, *runs):
            st.session_state["generate.classifier"] = NOBODY
        classifier = st.selectbox(
            "Classifier",
            [NOBODY, *runs],
            key="generate.classifier",
            persist_state="session",
            help=CLASSIFIER_HELP,
        )
        left, right = st.columns(2)
        votes = left.number_input("Votes of the judge", 1, 25, 3, key="generate.votes", persist_state="session")
        threshold = right.number_input(
            "Support needed",
            *(0.05, 1.0, 0.5),
            step=0.05,
            key="generate.threshold",
            persist_state="session",
            help="Share of the judge's votes, or probability, that the planned label must have.",
        )
        below = left.selectbox(
            "Below that", list(Below), format_func=SAID.get, key="generate.below", persist_state="session"
        )
        repairs = right.number_input(
            "Repairs per dialogue",
            *(0, 5, 0),
            key="generate.repairs",
            persist_state="session",
            disabled=recorded,
            help="How often a few bad turns are asked for again before their dialogue is refused.",
        )
        st.caption("A verifier can be wrong too: after the run, have a sample reviewed blind to see what it is worth.")
    return {
        "judge": judge or None,
        "votes": int(votes),
        "classifier": None if classifier == NOBODY else classifier,
        "below": below,
        "threshold": float(threshold),
        "repairs": 0 if recorded else int(repairs),
    }
