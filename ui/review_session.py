"""Between the review page and its workflow: what this browser tab reviews, and what came from its board.

    at = here(space, desk, ids)          # At("d3", "d3:1", jump=4): the dialogue and utterance to show
    receive()                            # the board's callback: acts in order → events, steps, answers

Ids of the queue and the answers stand in the session; whatever must survive is in the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from erc_engine.domain.review import ReviewEvent
from erc_engine.errors import ErcError
from erc_engine.workflows import review
from erc_engine.workflows.review import Acknowledgement, Desk
from erc_engine.workflows.workspace import Workspace
from ui import resources
from ui.components.review_keys import BOARD, Go, read_outbox

AT, IDS, ANSWERS, MESSAGES, WENT = ("review.at", "review.ids", "review.answers", "review.messages", "review.went")
_END = {
    "next": "This is the last dialogue of the queue that has room for you.",
    "previous": "There is no dialogue before this one that has room for you.",
    "to do": "Nothing is left to do in this queue: you are through with it, or it has all its annotators.",
}


@dataclass(frozen=True)
class At:
    """Where this tab is; a new `jump` tells the board to move its focus."""

    desk: Desk
    dialogue: str
    utterance: str
    jump: int = 0


def here(space: Workspace, desk: Desk, ids: Sequence[str], wanted: tuple[str, str] | None = None) -> At | None:
    """The dialogue asked for by a link, else the one this tab is at, else where the annotator goes on."""
    at: At | None = st.session_state.get(AT)
    if wanted is not None:
        return _be(desk, *wanted)
    if at is not None and at.desk == desk:
        return at
    start = review.first(space, desk, ids)
    return None if start is None else _be(desk, start, "")


def leave() -> None:
    """Forget where this tab is, so that the queue begins anew."""
    st.session_state.pop(AT, None)


def _be(desk: Desk, dialogue: str, utterance: str) -> At:
    before: At | None = st.session_state.get(AT)
    at = At(desk, dialogue, utterance, (before.jump if before else 0) + 1)
    st.session_state[AT] = at
    return at


def receive() -> None:
    """Take in what the board sent; what cannot be taken in is said on the board, and its acts stay there."""
    try:
        take_in(resources.workspace(), st.session_state[BOARD].get("outbox"))
    except ErcError as error:
        st.session_state[MESSAGES] = [f"{error.message} {error.hint}".strip()]


def take_in(space: Workspace, payload: object) -> None:
    box = read_outbox(payload)
    at: At | None = st.session_state.get(AT)
    st.session_state[MESSAGES] = []
    answers: list[Acknowledgement] = []
    moved = False
    for act in box.acts:
        if isinstance(act, Go):
            answer, step = _go(space, act, at)
            moved = moved or step
        else:
            answer = review.record(space, [act])[0]
            moved = _follow(act, answer, at) or moved
        answers.append(answer)
        if answer.status == "waiting":
            break
        at = st.session_state.get(AT)
    st.session_state[ANSWERS] = answers
    if answers and answers[-1].status == "waiting":
        return  # the position would wait as long once more
    if moved and at is not None:
        review.remember_position(space, at.desk, at.dialogue, at.utterance)
    elif at is not None and (at.desk, at.dialogue) == (box.desk, box.dialogue):
        st.session_state[AT] = replace(at, utterance=box.utterance)
        review.remember_position(space, box.desk, box.dialogue, box.utterance)


def _go(space: Workspace, act: Go, at: At | None) -> tuple[Acknowledgement, bool]:
    """To another dialogue, once for each op_id: an outbox that is sent again must not go twice."""
    went: list[str] = st.session_state.setdefault(WENT, [])
    if act.op_id in went or at is None:
        return Acknowledgement(act.op_id, "done"), False
    ids = st.session_state.get(IDS, ())
    if act.to == "to do":
        found = review.next_to_do(space, at.desk, ids, after=at.dialogue)
    else:
        found = review.step(space, at.desk, ids, at.dialogue, 1 if act.to == "next" else -1)
    st.session_state[WENT] = [*went[-50:], act.op_id]
    if found is None:
        return Acknowledgement(act.op_id, "done", message=_END[act.to]), False
    _be(at.desk, found, "")
    return Acknowledgement(act.op_id, "done"), True


def _follow(act: ReviewEvent, answer: Acknowledgement, at: At | None) -> bool:
    """An undo of something in another dialogue goes there."""
    if act.action != "undo" or at is None or not answer.dialogue or answer.dialogue == at.dialogue:
        return False
    _be(at.desk, answer.dialogue, answer.utterance)
    return True
