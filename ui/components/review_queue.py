"""Which dialogues are reviewed, in which order and mode: the row of choices above the board, and links to it.

wanted = asked_for(names)       # ("d3", "d3:1") when a new link named a dialogue
choice = choose(names)          # Choice("made", ReviewMode.BLIND, "by label")
ids(space, choice)              # ("d7", "d2", …), or the list that another page handed over
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from erc_engine.domain.review import ReviewMode
from erc_engine.workflows import review
from erc_engine.workflows.workspace import Workspace
from ui import frame, review_session

HANDED, WRITTEN = "review.queue", "review.written"
CORPUS, MODE, ORDER, CONTEXT = (f"review.{n}" for n in ("corpus", "mode", "order", "context"))
WHOLE, PAST = "whole dialogue", "past turns only"
_MODE_HELP = (
    "Blind: the intended label is not on this page at all. Verify: it is shown; labels given so are anchored, are kept "
    "and stay out of agreement, and the dialogue cannot be labelled blind by you afterwards."
)


@dataclass(frozen=True)
class Choice:
    corpus: str
    mode: ReviewMode
    order: str


def asked_for(names: Sequence[str]) -> tuple[str, str] | None:
    """Dialogue and utterance of a link that this tab has not followed yet; several dialogues become the queue."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    if not asked or asked == st.session_state.get(WRITTEN):
        return None
    st.session_state[WRITTEN] = asked
    corpus = asked.get("corpus", [""])[0] or st.session_state.get(CORPUS) or names[0]
    if corpus not in names:
        st.warning(f"The link asks for a corpus that is not here: {frame.plain(corpus)}")
        return None
    st.session_state[CORPUS] = corpus
    for key, name, known in ((MODE, "mode", tuple(ReviewMode)), (ORDER, "order", review.ORDERS)):
        if asked.get(name, [""])[0] in known:
            st.session_state[key] = asked[name][0]
    dialogues = [d for d in asked.get("dialogue", []) if d]
    if len(dialogues) > 1:
        st.session_state[HANDED] = {"corpus": corpus, "dialogues": dialogues}
    return (dialogues[0], asked.get("utterance", [""])[0]) if dialogues else None


def write_link(at: review_session.At) -> None:
    """The address of what is shown, for passing on; without the utterance, as every move would be a step back."""
    link = {"corpus": [at.desk.corpus], "dialogue": [at.dialogue]}
    if at.desk.mode != ReviewMode.BLIND:
        link["mode"] = [str(at.desk.mode)]
    if st.session_state.get(ORDER, review.ORDERS[0]) != review.ORDERS[0]:
        link["order"] = [st.session_state[ORDER]]
    if st.session_state.get(WRITTEN) != link:
        st.session_state[WRITTEN] = link
        st.query_params.from_dict({name: values[0] for name, values in link.items()})


def choose(names: Sequence[str]) -> Choice:
    handed = st.session_state.get(HANDED) or {}
    if handed.get("corpus") in names and not handed.get("taken"):
        st.session_state[CORPUS] = handed["corpus"]
        st.session_state[HANDED] = {**handed, "taken": True}
        review_session.leave()
    if st.session_state.get(CORPUS) not in names:
        st.session_state.pop(CORPUS, None)
    corpus_at, mode_at, order_at, context_at = st.columns([3, 2, 2, 2])
    corpus = corpus_at.selectbox("Corpus", names, key=CORPUS, persist_state="session")
    mode = mode_at.selectbox("Mode", [str(m) for m in ReviewMode], key=MODE, help=_MODE_HELP, persist_state="session")
    order = order_at.selectbox(
        "Queue",
        review.ORDERS,
        key=ORDER,
        persist_state="session",
        help="By label: dialogues with rare labels come up as often as those with frequent ones. Where a label stands "
        "in a dialogue, and which, is not told.",
    )
    context_at.selectbox(
        "Context",
        (WHOLE, PAST),
        key=CONTEXT,
        persist_state="session",
        help="What you can see is stored with each label.",
    )
    return Choice(corpus, ReviewMode(mode), order)


def tell_list(corpus: str) -> None:
    """The list in hand, if there is one, and the way back."""
    handed = st.session_state.get(HANDED)
    if handed and handed["corpus"] == corpus:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"A list of {len(handed['dialogues']):,} dialogues handed over by another page.")
            st.button("Back to the whole corpus", key="review.whole", on_click=_drop_list)


def _drop_list() -> None:
    st.session_state.pop(HANDED, None)
    review_session.leave()


def ids(space: Workspace, choice: Choice) -> tuple[str, ...]:
    """The queue, worked out once for each choice; it stands in the session for the board."""
    handed = st.session_state.get(HANDED)
    mine = handed["dialogues"] if handed and handed["corpus"] == choice.corpus else None
    made_from = (choice.corpus, choice.order, None if mine is None else tuple(mine))
    kept = st.session_state.get("review.made_from")
    if kept != made_from:
        found = review.queue(space, *made_from[:2]) if mine is None else review.known(space, choice.corpus, mine)
        st.session_state[review_session.IDS] = found
        st.session_state["review.made_from"] = made_from
    result: tuple[str, ...] = st.session_state[review_session.IDS]
    return result
