"""A dialogue to read: one row a turn, its label as a coloured chip with its name.

    dialogue_table(dialogue, scheme, matches={"d1:3"})      # matching turns carry a mark in the first column

To label or to talk over a dialogue there are chat bubbles; this is for looking things up.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
import streamlit as st

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import LabelScheme
from ui import frame
from ui.charts.shares import ink_on

NONE = "no label"


def dialogue_table(dialogue: Dialogue, scheme: LabelScheme, *, matches: Collection[str] = ()) -> None:
    rows = [
        {
            "turn": f"{number}{' ◂' if u.id in matches else ''}",
            "speaker": frame.plain(u.speaker),
            "text": frame.plain(u.text),
            "label": frame.plain(u.label or NONE),
        }
        for number, u in enumerate(dialogue.utterances, start=1)
    ]
    colours = {frame.plain(label.name): label.colour for label in scheme.labels}

    def chip(label: object) -> str:
        colour = colours.get(str(label))
        return f"background-color: {colour}; color: {ink_on(colour)}" if colour else "font-style: italic"

    table = pd.DataFrame(rows, columns=["turn", "speaker", "text", "label"])
    st.table(table.style.map(chip, subset=["label"]), border="horizontal", hide_index=True)


def rest_rows(dialogue: Dialogue) -> list[dict[str, str]]:
    """What the source has beside text and label: ids, votes, other columns; only turns that have any."""
    return [
        {
            "utterance": u.id,
            "votes": ", ".join(f"{label} {count}" for label, count in (u.votes or {}).items()),
            "other fields": "; ".join(f"{k}: {v}" for k, v in u.extra.items()),
        }
        for u in dialogue.utterances
    ]
