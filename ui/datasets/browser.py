"""Section "Browse": search a corpus, page through what is found, read one dialogue beside it.

The address names the corpus and the dialogue (`?section=browse&corpus=meld&dialogue=test/12`), so it can be shared.
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.conversation import Split
from erc_engine.domain.curation import DialogueState
from erc_engine.workflows import browsing
from erc_engine.workflows.browsing import NO_LABEL, CorpusShape, DialoguePage, Search
from erc_engine.workflows.dialogue_review import DialogueReview, reviewed
from ui import frame, resources
from ui.charts.text import shortened
from ui.components import tables
from ui.components.dialogue_table import dialogue_table, rest_rows

ANY = "any label"
STATES = {str(s): str(s).replace("_", " ") for s in DialogueState}


def section(corpus: CorpusShape) -> None:
    name = corpus.stored.name
    facts(corpus)
    search = _search(corpus)
    asked = st.session_state.get("datasets.browse.page", 1)
    page = browsing.browse(resources.workspace(), name, search, asked if isinstance(asked, int) else 1)
    st.session_state["datasets.browse.page"] = page.page  # an address may have changed to a shorter corpus
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _list(name, search, page)
    with right:
        _dialogue(name, page, search)


def facts(corpus: CorpusShape) -> None:
    """What the corpus is, in one line, with a mark where its text is a model's."""
    s = corpus.stored
    held_back = ", ".join(f"{n:,} {STATES[k]}" for k, n in corpus.states.items() if k != "kept" and n)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(str(s.origin), color="orange" if s.origin != "imported" else "gray")
        told = [
            f"{corpus.dialogues:,} dialogues",
            f"{corpus.utterances:,} utterances",
            f"scheme {s.scheme.name}",
            *([f"version {s.version}"] if s.version else []),
            f"licence {s.licence.name}",
            "may leave this machine" if s.licence.may_leave_machine else "stays on this machine",
            *([held_back] if held_back else []),
        ]
        st.caption(frame.plain("  ·  ".join(told)))


def _search(corpus: CorpusShape) -> Search:
    first_page = _to_first_page
    text, label, speaker, split, state = st.columns([4, 2, 2, 2, 2])
    written = text.text_input(
        "Text",
        key="datasets.browse.text",
        placeholder="words in a row, case ignored",
        on_change=first_page,
        max_chars=200,
        persist_state="session",
    )
    labels = [ANY, *corpus.stored.scheme.names, NO_LABEL]
    chosen = label.selectbox("Label", labels, key=f"datasets.browse.label.{corpus.stored.name}", on_change=first_page)
    who = speaker.text_input(
        "Speaker", key="datasets.browse.speaker", on_change=first_page, placeholder="whole name", max_chars=80
    )
    of_split = split.multiselect("Split", [str(s) for s in Split], key="datasets.browse.split", on_change=first_page)
    in_state = state.multiselect(
        "State",
        list(STATES),
        default=["kept"],
        format_func=STATES.__getitem__,
        key="datasets.browse.state",
        on_change=first_page,
    )
    return Search(written.strip(), "" if chosen == ANY else chosen, who.strip(), tuple(of_split), tuple(in_state))


def _to_first_page() -> None:
    st.session_state["datasets.browse.page"] = 1
    st.query_params.pop("dialogue", None)


def _list(corpus: str, search: Search, page: DialoguePage) -> None:
    turns = f" with {page.utterances:,} matching utterances" if search.reads_utterances else ""
    st.caption(f"{page.found:,} dialogues{turns}")
    if not page.lines:
        st.info("Nothing found. Take a word out of the search, or choose another split or state.")
        return
    ids = [line.id for line in page.lines]
    rows = [
        {
            "dialogue": line.id,
            "split": line.split,
            "turns": line.turns,
            "begins with" if not line.matches else "match": shortened(line.opening, 120),
            **({"state": STATES[line.state]} if search.states != ("kept",) else {}),
        }
        for line in page.lines
    ]
    key = f"datasets.browse.table.{corpus}.{page.page}.{hash(search)}"
    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        width="stretch",
        height=35 * (len(rows) + 1) + 3,
        on_select=lambda: _choose(corpus, ids, key),
        selection_mode="single-row",
    )
    if page.pages > 1:
        st.pagination(page.pages, key="datasets.browse.page")


def _choose(corpus: str, ids: list[str], key: str) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(ids):
        show(corpus, ids[rows[0]])


def show(corpus: str, dialogue: str) -> None:
    st.query_params.update({"section": "browse", "corpus": corpus, "dialogue": dialogue})


def reviewed_by(review: DialogueReview) -> str:
    """`reviewed by 2 people: Ana (accept), Bo (under way)  ·  majority on 3 of 4 voted turns`"""
    said = [f"{r.name} ({r.decision or ('through' if r.through else 'under way')})" for r in review.reviewers]
    many = "1 person" if len(said) == 1 else f"{len(said):,} people"
    told = [f"reviewed by {many}: {', '.join(said)}" if said else "reviewed by nobody yet"]
    voted = sum(turn.voters > 1 for turn in review.turns.values())
    if voted:
        told.append(f"majority on {review.agreed:,} of {voted:,} turns with two votes or more")
    edited = sum(bool(turn.edited) for turn in review.turns.values())
    return "  ·  ".join([*told, *([f"{edited:,} edited"] if edited else [])])


def _dialogue(corpus: str, page: DialoguePage, search: Search) -> None:
    ids = [line.id for line in page.lines]
    asked = st.query_params.get("dialogue", "") if st.query_params.get("corpus", corpus) == corpus else ""
    dialogue = asked or (ids[0] if ids else "")
    if not dialogue:
        st.caption("Choose a dialogue to read it here.")
        return
    with frame.shown_errors():
        seen = browsing.shown(resources.workspace(), corpus, dialogue)
        d = seen.dialogue
        place = ids.index(d.id) if d.id in ids else None
        steps = st.container(horizontal=True, vertical_alignment="center")
        steps.markdown(f"**{frame.plain(d.id)}**")
        if steps.button("Prev", key="datasets.browse.previous", disabled=not place):
            show(corpus, ids[(place or 1) - 1])
            st.rerun()
        last = place is None or place + 1 >= len(ids)
        if steps.button("Next", key="datasets.browse.next", disabled=last):
            show(corpus, ids[(place or 0) + 1])
            st.rerun()
        told = [str(d.split), STATES[str(seen.state)], f"{len(d)} turns", f"speakers {', '.join(d.speakers)}"]
        st.caption(frame.plain("  ·  ".join([*told, *([f"episode {d.episode}"] if d.episode else [])])))
        matches = next((line.matches for line in page.lines if line.id == d.id), ())
        review = reviewed(resources.workspace(), corpus, d)
        st.caption(frame.plain(reviewed_by(review)))
        dialogue_table(d, seen.corpus.scheme, matches=matches, turns=review.turns)
        with st.expander("Ids, votes and other fields"):
            tables.table(rest_rows(d), key="datasets.browse.rest")
        for event in seen.history:
            st.caption(
                frame.plain(f"{event.at:%Y-%m-%d %H:%M}  {event.before} → {event.state}: {event.reason} ({event.who})")
            )
