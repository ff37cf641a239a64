"""Which column of a CSV is what: the first rows, a choice for each thing that is needed, guessed where names are plain.

mapping, complete = column_mapper(preview, "chat.csv")      # {"text": "Line", "dialogue": "Scene"}, True
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from erc_engine.workflows.imports import TablePreview
from ui import frame

TARGETS = {
    "dialogue": "which dialogue the row belongs to (needed)",
    "text": "what is said (needed)",
    "speaker": "who says it",
    "label": "the emotion",
    "utterance": "number of the turn",
    "split": "train, dev or test",
    "episode": "groups dialogues of one episode",
}
NEEDED = ("dialogue", "text")
NOT_THERE = "(none)"


def column_mapper(preview: TablePreview, source: str) -> tuple[dict[str, str], bool]:
    """The mapping as chosen, and whether what is needed is in it."""
    st.caption(f"First rows of {frame.plain(preview.name)}")
    st.dataframe(
        pd.DataFrame([list(row) for row in preview.rows], columns=_distinct(preview.columns)),
        hide_index=True,
        width="stretch",
        key="datasets.import.preview",
    )
    options = [NOT_THERE, *(column for column in preview.columns if column)]
    mapping: dict[str, str] = {}
    for place, column in zip(TARGETS, st.columns(len(TARGETS)), strict=True):
        guessed = preview.guessed.get(place, NOT_THERE)
        chosen = column.selectbox(
            place,
            options,
            index=options.index(guessed),
            key=f"datasets.import.column.{place}.{source}",
            help=TARGETS[place],
        )
        if chosen != NOT_THERE:
            mapping[place] = chosen
    missing = [place for place in NEEDED if place not in mapping]
    if missing:
        st.warning(f"Say which column is the {' and which the '.join(missing)}.")
    return mapping, not missing


def _distinct(columns: tuple[str, ...]) -> list[str]:
    """Pandas needs names, and each only once; the file may have neither."""
    numbered = [f"{name} ({n})" for n, name in enumerate(columns, start=1)]
    names = [c if c and columns.count(c) == 1 else other for c, other in zip(columns, numbered, strict=True)]
    return names if len(set(names)) == len(names) else numbered
