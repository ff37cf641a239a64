"""A dialogue as chat bubbles, for any page that shows one.

    bubbles([Bubble("d1:0", "Ana", "You came!", (Chip("joy", "#E69F00"),))], key="datasets.dialogue", focus="d1:0")

Data goes to the browser as JSON and is drawn as text, so that nothing in a dialogue is ever read as HTML.
The review board draws its bubbles with the same script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
BUBBLES_JS = (HERE / "bubbles.js").read_text("utf-8")
BUBBLES_CSS = (HERE / "bubbles.css").read_text("utf-8")
_DRAW = """
export default function ({ data, parentElement }) {
  let list = parentElement.querySelector(".bubbles");
  if (!list) parentElement.append((list = element("div", "bubbles")));
  drawBubbles(list, data.turns, { focus: data.focus });
}
"""


@dataclass(frozen=True)
class Chip:
    """A small mark under a turn: an emotion with its colour, or plain (dashed) words about it."""

    text: str
    colour: str | None = None
    plain: bool = False


@dataclass(frozen=True)
class Bubble:
    """One turn; `was` is the text before an edit."""

    id: str
    speaker: str
    text: str
    chips: tuple[Chip, ...] = ()
    was: str = ""


_component = st.components.v2.component("erc_bubbles", css=BUBBLES_CSS, js=BUBBLES_JS + _DRAW)


def bubbles(turns: Sequence[Bubble], *, key: str, focus: str | None = None) -> None:
    """Draw a dialogue, read-only; the turn in focus has a frame."""
    if turns:
        _component(key=key, data={"turns": [asdict(turn) for turn in turns], "focus": focus})
