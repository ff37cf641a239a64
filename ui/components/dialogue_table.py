"""A dialogue to read: one row a turn, its label as a coloured chip with its name.

    dialogue_table(dialogue, scheme, matches={"d1:3"})      # matching turns carry a mark in the first column
    dialogue_table(dialogue, scheme, turns=seen.turns)      # with the votes of people and what was edited

To label or to talk over a dialogue there are chat bubbles; this is for looking things up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
import streamlit as st

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import LabelScheme
from erc_engine.workflows.dialogue_review import TurnReview
from ui import frame
from ui.charts.shares import ink_on

NONE = "no label"


def dialogue_table(
    dialogue: Dialogue,
    scheme: LabelScheme,
    *,
    matches: Collection[str] = (),
    turns: Mapping[str, TurnReview] | None = None,
) -> None:
    seen = turns or {}
    voted = any(turn.votes or turn.anchored for turn in seen.values())
    rows = [
        {
            "turn": f"{number}{' ◂' if u.id in matches else ''}",
            "speaker": frame.plain(u.speaker),
            "text": frame.plain(text_now(u.text, seen.get(u.id))),
            "label": frame.plain(u.label or NONE),
            **({"people": frame.plain(people(seen.get(u.id)))} if voted else {}),
        }
        for number, u in enumerate(dialogue.utterances, start=1)
    ]
    colours = {frame.plain(label.name): label.colour for label in scheme.labels}

    def chip(label: object) -> str:
        colour = colours.get(str(label))
        return f"background-color: {colour}; color: {ink_on(colour)}" if colour else "font-style: italic"

    table = pd.DataFrame(rows, columns=["turn", "speaker", "text", "label", *(["people"] if voted else [])])
    st.table(table.style.map(chip, subset=["label"]), border="horizontal", hide_index=True)


def text_now(original: str, seen: TurnReview | None) -> str:
    """The text as it holds, with the original beside an edit."""
    return f"{seen.edited}  (edited; was: {original})" if seen and seen.edited else original


def people(seen: TurnReview | None) -> str:
    """`joy 2, neutral 1: majority joy`; votes given with the label in sight stand apart."""
    if seen is None or not (seen.votes or seen.anchored):
        return ""
    counts = ", ".join(f"{label} {n}" for label, n in seen.votes.items())
    end = f": majority {seen.majority}" if seen.majority else ": no majority" if seen.voters > 1 else ""
    shown = ", ".join(f"{label} {n}" for label, n in seen.anchored.items())
    apart = f"label in sight: {shown}" if shown else ""
    return "; ".join(part for part in (counts + end, apart) if part)


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
