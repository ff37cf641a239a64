"""Utterances with their votes as a table to choose from, and the button that sends them to Review.

disputed(study, utterances(study, places), key="disagreement.hardest", why="the highest entropy")
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from erc_engine.domain.disagreement import HardUtterance
from erc_engine.workflows.disagreement import Study
from ui.components import tables

MOST_ROWS = 200


def disputed(study: Study, found: Sequence[HardUtterance], *, key: str, why: str) -> None:
    """Rows can be ticked; without a tick the button sends all that are shown."""
    rows = [row(study, each) for each in found[:MOST_ROWS]]
    if not rows:
        return
    picked = st.dataframe(
        pd.DataFrame(rows),
        key=key,
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="multi-row",
        column_config={"text": st.column_config.TextColumn(width="large")},
    )
    chosen = [found[i] for i in picked["selection"]["rows"] if i < len(rows)] or list(found[:MOST_ROWS])
    send, save = st.columns([3, 1])
    with save:
        tables.download(rows, key=f"{key}.csv", name="utterances")
    with send:
        if st.button(f"Review these {len(chosen):,} in their dialogues", key=f"{key}.review"):
            review_these(study, chosen, why)
        if len(found) > MOST_ROWS:
            st.caption(f"The first {MOST_ROWS} of {len(found):,} are shown.")
        st.caption("Who has seen the labels here is no blind annotator of them any more: better ask a colleague.")


def review_these(study: Study, chosen: Sequence[HardUtterance], why: str) -> None:
    """Hand the dialogues over, and land on the first utterance."""
    corpus = study.corpus.name
    st.session_state["review.queue"] = {
        "corpus": corpus,
        "dialogues": list(dict.fromkeys(each.dialogue for each in chosen)),
        "utterances": [[each.dialogue, each.utterance] for each in chosen],
        "why": why,
    }
    first = {"corpus": corpus, "dialogue": chosen[0].dialogue, "utterance": chosen[0].utterance}
    st.switch_page("pages/review.py", query_params=first)


def row(study: Study, each: HardUtterance) -> dict[str, str | float]:
    found: dict[str, str | float] = {
        "utterance": each.utterance,
        "speaker": each.speaker,
        "text": each.text,
        study.label_word: each.label or "",
        "votes": ", ".join(f"{label} {n}" for label, n in each.votes.items()),
        "bits": round(each.entropy, 3),
        "dialogue": each.dialogue,
    }
    return found | dict(each.given)
