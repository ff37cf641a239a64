"""The review board: keys and clicks of the browser as review events, in order, each acknowledged from its stored row.

    data = board_data(item, scheme, place, answers, seen="dialogue", messages=())
    review_board(data, on_outbox=receive)             # calls `receive` when acts have come
    read_outbox(st.session_state[BOARD]["outbox"])    # Outbox(acts=(ReviewEvent(…), Go("op-2", "next")), at=…)

What the browser sends is checked here and trusted nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.review import NONE_OF_THESE, ReviewAction, ReviewEvent, ReviewItem, ReviewMode, ReviewTurn
from erc_engine.errors import InputError
from erc_engine.workflows.review import Acknowledgement, Desk, QueuePlace
from ui.components.bubbles import BUBBLES_CSS, BUBBLES_JS, HERE

BOARD = "review.board"
WAYS = ("next", "previous", "to do")
_MOST_ACTS = 1000
_EVENT_FIELDS = ("op_id", "corpus", "dialogue", "annotator", "utterance", "value", "revision", "seen")
_BY_HAND = tuple(a for a in ReviewAction if a != ReviewAction.SHOWN)
BOARD_JS = BUBBLES_JS + "".join(
    (HERE / f"review_{part}.js").read_text("utf-8") for part in ("drawing", "flow", "board")
)
_component = st.components.v2.component(
    "erc_review_board", css=BUBBLES_CSS + (HERE / "review_board.css").read_text("utf-8"), js=BOARD_JS
)


@dataclass(frozen=True)
class Go:
    """Another dialogue is wanted: the next or previous one, or the next that there is something to do in."""

    op_id: str
    to: str


@dataclass(frozen=True)
class Outbox:
    """What the browser sent: acts in the order of the keys, and where the annotator is now."""

    acts: tuple[ReviewEvent | Go, ...]
    desk: Desk
    dialogue: str
    utterance: str


def review_board(data: Mapping[str, Any], on_outbox: Callable[[], None]) -> None:
    _component(key=BOARD, data=dict(data), on_outbox_change=on_outbox)


def board_data(
    item: ReviewItem,
    scheme: LabelScheme,
    place: QueuePlace,
    answers: Sequence[Acknowledgement],
    *,
    seen: str,
    messages: Sequence[str] = (),
    jump: int = 0,
) -> dict[str, Any]:
    """All that goes to the browser. A blind item has no intended labels, so neither has this. A new `jump` moves the
    focus to the item's."""
    return {
        "item": {
            "corpus": item.corpus,
            "dialogue": item.dialogue,
            "annotator": item.annotator,
            "mode": str(item.mode),
            "turns": [_turn(turn, item.intended.get(turn.id)) for turn in item.turns],
            "focus": item.focus,
            "decision": item.decision,
            "recorded": item.recorded,
            "label_kind": item.label_kind,
        },
        "labels": [{"name": e.name, "definition": e.definition, "colour": e.colour} for e in scheme.labels],
        "none": NONE_OF_THESE,
        "place": vars(place).copy(),
        "seen": seen,
        "answers": [{**vars(a), "at": a.at.timestamp() * 1000 if a.at else None} for a in answers],
        "messages": list(messages),
        "jump": jump,
    }


def _turn(turn: ReviewTurn, intended: str | None) -> dict[str, Any]:
    data = {"id": turn.id, "speaker": turn.speaker, "text": turn.text, "revision": turn.revision}
    data |= {"original": turn.original, **vars(turn.mark)}
    return data if intended is None else {**data, "intended": intended}


def read_outbox(payload: Any) -> Outbox:
    """InputError when it is not what our script sends."""
    if not isinstance(payload, Mapping) or not isinstance(payload.get("acts"), Sequence):
        raise InputError("the browser sent something that is no outbox", hint="reload the page")
    acts = payload["acts"]
    if len(acts) > _MOST_ACTS:
        raise InputError(f"the browser sent {len(acts):,} acts at once", hint="reload the page")
    at = _texts(payload.get("at"), ("corpus", "annotator", "mode", "dialogue", "utterance"))
    desk = Desk(at["corpus"], at["annotator"], _mode(at["mode"]))
    return Outbox(tuple(_act(act) for act in acts), desk, at["dialogue"], at["utterance"])


def _act(act: Any) -> ReviewEvent | Go:
    given = _texts(act, ("op_id", "action", "value"))
    if given["action"] == "go":
        if given["value"] not in WAYS:
            raise InputError(f"the browser wants to go {given['value']!r}", hint="reload the page")
        return Go(given["op_id"], given["value"])
    if given["action"] not in _BY_HAND:
        raise InputError(f"'{given['action']}' is no act of a reviewer", hint="reload the page")
    fields = _texts(act, (*_EVENT_FIELDS, "mode"))
    mode = _mode(fields.pop("mode"))
    return ReviewEvent(**fields, action=ReviewAction(given["action"]), mode=mode)


def _mode(given: str) -> ReviewMode:
    if given not in tuple(ReviewMode):
        raise InputError(f"'{given}' is no mode of review", hint="reload the page")
    return ReviewMode(given)


def _texts(given: Any, names: Sequence[str]) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(given.get(name), str) for name in names):
        raise InputError("the browser sent an act without all its parts", hint="reload the page")
    return {name: given[name] for name in names}
