"""The Review page, without a browser: what stands on it, links, lists of other pages, and what the board sends."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.domain.review import ReviewAction, ReviewEvent, ReviewMode
from erc_engine.workflows import review
from ui import resources, review_session

CORPUS = "demo-balanced"


def opened(app: AppTest, who: str = "ana", **query: str | list[str]) -> AppTest:
    app.text_input(key="frame.annotator").set_value(who).run()
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("pages/review.py").run()


def at(app: AppTest) -> review_session.At:
    found: review_session.At = app.session_state[review_session.AT]
    return found


def ids() -> tuple[str, ...]:
    return review.queue(resources.workspace(), CORPUS)


def test_an_empty_workspace_says_what_to_do_first(empty_app: AppTest) -> None:
    empty_app.switch_page("pages/review.py").run()
    assert not empty_app.exception
    assert "nothing to review yet" in empty_app.info[0].value


def test_the_name_is_asked_for_first(demo_app: AppTest) -> None:
    demo_app.switch_page("pages/review.py").run()
    assert not demo_app.exception
    assert [s.value for s in demo_app.subheader] == ["Who is labelling?"]
    assert review_session.AT not in demo_app.session_state
    demo_app.text_input(key="review.name").set_value(" zoe ")
    next(b for b in demo_app.button if b.label == "Start").click().run()
    assert not demo_app.exception
    assert at(demo_app).desk.annotator == "zoe"


def test_the_page_opens_at_the_first_dialogue_and_a_link_says_so(demo_app: AppTest) -> None:
    app = opened(demo_app)
    assert not app.exception
    assert (at(app).desk.corpus, at(app).dialogue) == (CORPUS, ids()[0])
    assert app.query_params["dialogue"] == ids()[0]


def test_a_link_opens_its_dialogue_and_utterance(demo_app: AppTest) -> None:
    wanted = ids()[5]
    app = opened(demo_app, corpus=CORPUS, dialogue=wanted, utterance=f"{wanted}:2", mode="verify")
    assert not app.exception
    assert (at(app).dialogue, at(app).utterance, at(app).desk.mode) == (wanted, f"{wanted}:2", ReviewMode.VERIFY)


@pytest.mark.parametrize(
    ("query", "word"), [({"corpus": "melt"}, "not here"), ({"corpus": CORPUS, "dialogue": "d9"}, "has no dialogue")]
)
def test_a_link_to_what_is_not_there_says_so_and_the_page_lives(
    demo_app: AppTest, query: dict[str, str], word: str
) -> None:
    app = opened(demo_app, **query)
    assert not app.exception
    assert any(word in m.value for m in [*app.warning, *app.error])
    if word == "has no dialogue":
        app.button(key="review.restart").click().run()
    assert not app.exception
    assert at(app).dialogue == ids()[0]


def test_a_list_of_another_page_is_the_queue_until_it_is_put_away(demo_app: AppTest) -> None:
    chosen = [ids()[7], ids()[3]]
    demo_app.session_state["review.queue"] = {"corpus": CORPUS, "dialogues": chosen}
    app = opened(demo_app)
    assert not app.exception
    assert at(app).dialogue == chosen[0]
    assert app.session_state[review_session.IDS] == tuple(chosen)
    app.button(key="review.whole").click().run()
    assert app.session_state[review_session.IDS] == ids()


def test_several_dialogues_in_a_link_are_a_list(demo_app: AppTest) -> None:
    chosen = [ids()[7], ids()[3]]
    app = opened(demo_app, corpus=CORPUS, dialogue=chosen)
    assert app.session_state[review_session.IDS] == tuple(chosen)
    assert at(app).dialogue == chosen[0]


def test_another_corpus_mode_or_order_opens_another_place(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.selectbox(key="review.corpus").set_value("demo-sitcom").run()
    assert at(app).desk.corpus == "demo-sitcom"
    app.selectbox(key="review.mode").set_value("verify").run()
    assert at(app).desk.mode == ReviewMode.VERIFY
    app.selectbox(key="review.order").set_value("random").run()
    assert not app.exception
    assert app.session_state[review_session.IDS] == review.queue(resources.workspace(), "demo-sitcom", "random")


def test_the_overlap_is_stored_for_everybody(demo_app: AppTest) -> None:
    demo_app.session_state["review.more"] = True
    app = opened(demo_app)
    app.number_input(key=f"review.overlap.{CORPUS}").set_value(1).run()
    assert review.overlap(resources.workspace(), CORPUS) == 1


@pytest.fixture
def session(demo_app: AppTest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The session as the board's callback sees it."""
    app = opened(demo_app)
    state = {key: app.session_state[key] for key in (review_session.AT, review_session.IDS)}
    monkeypatch.setattr(review_session.st, "session_state", state)
    return state


def sent(state: dict[str, Any], *acts: tuple[str, str, str], utterance: str = "") -> list[str]:
    here = state[review_session.AT]
    told = {"corpus": here.desk.corpus, "annotator": here.desk.annotator, "mode": "blind", "dialogue": here.dialogue}
    given = [
        {"op_id": op_id, "action": action, "value": value, "utterance": f"{here.dialogue}:0", "revision": "",
         "seen": "past", **told}
        for op_id, action, value in acts
    ]  # fmt: skip
    payload = {"n": 1, "acts": given, "at": {**told, "utterance": utterance or f"{here.dialogue}:1"}}
    review_session.take_in(resources.workspace(), payload)
    return [a.status for a in state[review_session.ANSWERS]]


def test_acts_are_stored_in_order_and_the_place_is_remembered(session: dict[str, Any]) -> None:
    assert sent(session, ("op-1", "label", "joy"), ("op-2", "label", "fear")) == ["saved", "saved"]
    space, here = resources.workspace(), session[review_session.AT]
    assert [e.event.value for e in space.store.review.events(CORPUS)] == ["joy", "fear"]
    assert space.store.review_slots.position(CORPUS, "ana", "blind") == (here.dialogue, f"{here.dialogue}:1")


def test_an_outbox_that_is_sent_again_changes_nothing(session: dict[str, Any]) -> None:
    acts = (("op-1", "label", "joy"), ("op-2", "accept", ""), ("op-3", "go", "to do"))
    assert sent(session, *acts) == ["saved", "saved", "done"]
    moved = session[review_session.AT]
    assert moved.dialogue == ids()[1]
    first = ids()[0]
    told = {"corpus": CORPUS, "annotator": "ana", "mode": "blind", "dialogue": first, "utterance": f"{first}:0"}
    again = [{"op_id": o, "action": a, "value": v, "revision": "", "seen": "past", **told} for o, a, v in acts]
    review_session.take_in(resources.workspace(), {"n": 2, "acts": again, "at": told})
    assert session[review_session.AT] == moved
    assert len(resources.workspace().store.review.events(CORPUS)) == 2


def test_an_undo_of_something_in_another_dialogue_goes_there(session: dict[str, Any]) -> None:
    sent(session, ("op-1", "label", "joy"), ("op-2", "go", "next"))
    assert session[review_session.AT].dialogue == ids()[1]
    sent(session, ("op-3", "undo", ""))
    assert (session[review_session.AT].dialogue, session[review_session.AT].utterance) == (ids()[0], f"{ids()[0]}:0")


def test_going_on_forgets_where_in_the_dialogue_before_one_was(session: dict[str, Any]) -> None:
    sent(session, ("op-1", "label", "joy"))
    sent(session, ("op-2", "go", "next"))
    sent(session, ("op-3", "go", "previous"))
    space, here = resources.workspace(), session[review_session.AT]
    assert space.store.review_slots.position(CORPUS, "ana", "blind") == (ids()[0], "")
    assert review.item(space, here.desk, here.dialogue, here.utterance).focus == f"{ids()[0]}:1"


def test_at_the_end_of_the_queue_the_board_says_so(session: dict[str, Any]) -> None:
    assert sent(session, ("op-1", "go", "previous")) == ["done"]
    assert "no dialogue before" in session[review_session.ANSWERS][0].message
    assert session[review_session.AT].dialogue == ids()[0]


def test_who_came_late_sees_that_labels_are_surplus(demo_app: AppTest) -> None:
    opened(demo_app)
    space = resources.workspace()
    review.set_overlap(space, CORPUS, 1, who="ana")
    accept = ReviewEvent("op-1", CORPUS, ids()[0], "bo", ReviewAction.ACCEPT)
    review.record(space, [accept])
    item = review.item(space, review.Desk(CORPUS, "cy", ReviewMode.BLIND), ids()[0])
    assert item.surplus
    assert "surplus" in item.notices[0]
