"""Review: dialogues labelled in their context, by keyboard, blind or with the intended labels in sight.

A link names what to show: /review?corpus=made&dialogue=d3&utterance=d3:1, with `dialogue` once or several times. Other
pages hand over a list in st.session_state["review.queue"] = {"corpus": …, "dialogues": […]}.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from erc_engine.errors import ErcError, NotFoundError, UnavailableError
from erc_engine.workflows import review
from erc_engine.workflows.review import Desk
from erc_engine.workflows.workspace import Workspace
from ui import frame, resources, review_session
from ui.components import review_progress, review_queue
from ui.components.annotator_name import annotator_name
from ui.components.marks import nothing_yet
from ui.components.review_keys import board_data, review_board

SHOWN = "review.shown"


def page() -> None:
    space = resources.workspace()
    names = review.corpora(space)
    if not names:
        nothing_yet(
            "Here people label dialogues, turn by turn, in their context. There is nothing to review yet.", key="review"
        )
        return
    who = annotator_name()
    if not who:
        return
    wanted = review_queue.asked_for(names)
    choice = review_queue.choose(names)
    review_queue.tell_list(choice.corpus)
    desk = Desk(choice.corpus, who, choice.mode)
    ids = review_queue.ids(space, choice)
    at = review_session.here(space, desk, ids, wanted)
    if at is None:
        st.info("This queue has no dialogues. Choose another corpus above.")
        return
    board()
    review_progress.progress(space, desk, at.dialogue)


@st.fragment
def board() -> None:
    """All that a key press draws again."""
    with frame.shown_errors():
        space, at = resources.workspace(), st.session_state.get(review_session.AT)
        if at is None:
            st.rerun()  # the whole page: it finds a place
        try:
            data = shown(space, at)
        except UnavailableError as error:
            data = as_it_was(error, at)
        except NotFoundError as error:
            review_session.leave()
            frame.show_error(error)
            st.button("Go to my place in the queue", key="review.restart")
            return
        st.session_state[SHOWN] = at, data
        review_board(data, on_outbox=review_session.receive)


def shown(space: Workspace, at: review_session.At) -> dict[str, Any]:
    item = review.item(space, at.desk, at.dialogue, at.utterance)
    review_queue.write_link(at)
    return board_data(
        item,
        review.scheme(space, item.corpus),
        review.place_in_queue(space, at.desk, st.session_state[review_session.IDS], at.dialogue),
        st.session_state.get(review_session.ANSWERS, ()),
        seen="past" if st.session_state.get("review.context") == review_queue.PAST else "dialogue",
        messages=[*st.session_state.get(review_session.MESSAGES, ()), *item.notices],
        jump=at.jump,
    )


def as_it_was(error: ErcError, at: review_session.At) -> dict[str, Any]:
    """The board that stood there, with the reason: taken away, it would lose the keys that are pressed meanwhile."""
    before, data = st.session_state.get(SHOWN, (None, {}))
    if before is None or (before.desk, before.dialogue) != (at.desk, at.dialogue):
        raise error
    said = f"Not saved yet: {error.message}. {error.hint}"
    return {**data, "answers": [], "messages": [said]}


with frame.page("review"):
    page()
