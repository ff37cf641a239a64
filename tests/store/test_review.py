"""Review events are stored once each, tied to what they undo, and never give a dialogue too many annotators."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from erc_engine.domain.curation import AnnotatorKind, DialogueState
from erc_engine.domain.review import NONE_OF_THESE, DialogueText, ReviewAction, ReviewEvent, ReviewMode, TurnText
from erc_engine.errors import ConflictError, InputError, NotFoundError
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue

HOUR = 3600.0
JOY = ReviewEvent("op-1", "c", "d1", "ana", ReviewAction.LABEL, "d1:0", "joy")


@pytest.fixture
def filled(store: Store) -> Store:
    turns = ("Ana: You came! [joy]", "Bo: Barely. [neutral]")
    store.corpora.add(corpus(*(dialogue(*turns, id=f"d{n}") for n in (1, 2, 3))), faults=(), source="x", hash="1")
    return store


def decide(op_id: str, action: str, who: str = "ana", value: str = "") -> ReviewEvent:
    return ReviewEvent(op_id, "c", "d1", who, ReviewAction(action), value=value)


def state(store: Store) -> str:
    return store.corpora.state_of("c")["d1"]


def test_an_event_comes_back_as_it_was_given(filled: Store) -> None:
    given = replace(JOY, seen="past", revision="op-0", op_id="op-\x00")
    stored = filled.review.record(given)
    assert stored.event == given
    assert stored.surplus is False
    assert filled.review.stored([given.op_id, "op-9"]) == {given.op_id: stored}
    assert filled.review.events("c", "d1") == (stored,)


def test_an_op_id_counts_once_and_stands_for_one_thing(filled: Store) -> None:
    first = filled.review.record(JOY)
    assert filled.review.record(JOY) == first
    with pytest.raises(ConflictError, match="op-1"):
        filled.review.record(replace(JOY, value="fear"))
    assert filled.review.events("c") == (first,)


def test_a_label_is_a_vote_until_it_is_undone(filled: Store) -> None:
    filled.review.record(JOY)
    (vote,) = filled.votes.of("c", AnnotatorKind.HUMAN)
    assert (vote.utterance, vote.annotator, vote.label, vote.mode, vote.seen) == (
        *("d1:0", "ana", "joy", "blind", "dialogue"),
    )
    assert filled.votes.kinds("c") == (AnnotatorKind.HUMAN,)
    undone = filled.review.record(decide("op-2", "undo"))
    assert (undone.undoes, undone.event.utterance) == (filled.review.events("c")[0].seq, "d1:0")
    assert filled.votes.of("c") == ()
    assert filled.votes.kinds("c") == ()


def test_undo_takes_back_ones_own_acts_from_the_last_one_backwards(filled: Store) -> None:
    filled.review.record(JOY)
    filled.review.record(replace(JOY, op_id="op-2", dialogue="d2", utterance="d2:1", value="fear"))
    filled.review.record(replace(JOY, op_id="op-3", annotator="bo"))
    places = [filled.review.record(decide(f"undo-{n}", "undo")).event.utterance for n in range(2)]
    assert places == ["d2:1", "d1:0"]
    nothing = filled.review.record(decide("undo-3", "undo"))
    assert nothing.undoes is None
    assert [v.annotator for v in filled.votes.of("c")] == ["bo"]


def test_undo_can_name_what_it_takes_back(filled: Store) -> None:
    filled.review.record(JOY)
    filled.review.record(replace(JOY, op_id="op-2", utterance="d1:1"))
    assert filled.review.record(decide("undo-1", "undo", value="op-1")).event.utterance == "d1:0"
    assert filled.review.record(decide("undo-2", "undo", value="op-1")).undoes is None


def test_turned_down_by_anybody_is_turned_down_until_nobody_does(filled: Store) -> None:
    filled.review.record(decide("a", "turn_down"))
    filled.review.record(decide("b", "turn_down", who="bo"))
    filled.review.record(decide("c", "accept"))
    assert state(filled) == "turned_down"
    filled.review.record(decide("d", "undo", who="bo"))
    assert state(filled) == "kept"
    events = [(e.before, e.state, e.who) for e in filled.corpora.history("c", "d1")]
    assert events == [("kept", "turned_down", "ana"), ("turned_down", "kept", "bo")]


def test_a_dropped_dialogue_stays_dropped_whatever_reviewers_decide(filled: Store) -> None:
    filled.corpora.set_state("c", ["d1"], DialogueState.DROPPED, reason="duplicate", who="ana")
    filled.review.record(decide("a", "turn_down"))
    filled.review.record(decide("b", "undo"))
    assert state(filled) == "dropped"


def test_the_text_of_a_dialogue_comes_without_labels(filled: Store) -> None:
    text = filled.review.text("c", "d1")
    assert text == DialogueText("d1", (TurnText("d1:0", "Ana", "You came!"), TurnText("d1:1", "Bo", "Barely.")))
    assert "joy" not in repr(text)
    assert filled.review.labels("c", "d1") == {"d1:0": "joy", "d1:1": "neutral"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"value": "happiness"}, InputError),
        ({"value": ""}, InputError),
        ({"utterance": "d2:0"}, NotFoundError),
        ({"dialogue": "d9"}, NotFoundError),
        ({"corpus": "other"}, NotFoundError),
        ({"annotator": ""}, InputError),
        ({"action": ReviewAction.EDIT, "value": "  "}, InputError),
        ({"action": ReviewAction.NOTE, "value": "x" * 20_001}, InputError),
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_stored(
    filled: Store, change: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        filled.review.record(replace(JOY, **change))  # type: ignore[arg-type]
    assert filled.review.events("c") == ()


def test_none_of_these_is_a_choice(filled: Store) -> None:
    assert filled.review.record(replace(JOY, value=NONE_OF_THESE)).event.value == NONE_OF_THESE


def test_a_dialogue_has_as_many_annotators_as_the_overlap_says(filled: Store) -> None:
    filled.review_slots.set_overlap("c", 2, who="ana")
    taken = [filled.review_slots.take("c", "d1", who, "blind", lease_seconds=HOUR) for who in ("ana", "bo", "cy")]
    assert taken == [True, True, False]
    assert filled.review_slots.take("c", "d1", "ana", "blind", lease_seconds=HOUR)
    assert filled.review_slots.take("c", "d1", "cy", "verify", lease_seconds=HOUR)
    assert filled.review_slots.take_first("c", ["d1", "d2"], "cy", "blind", lease_seconds=HOUR) == "d2"
    assert [s.annotator for s in filled.review_slots.of("c", "blind")] == ["ana", "bo", "cy"]


def test_a_place_whose_lease_ran_out_goes_to_the_next_and_late_labels_are_surplus(filled: Store) -> None:
    filled.review_slots.set_overlap("c", 1, who="ana")
    assert filled.review_slots.take("c", "d1", "ana", "blind", lease_seconds=-1)
    assert filled.review_slots.take("c", "d1", "bo", "blind", lease_seconds=HOUR)
    late = filled.review.record(JOY)
    assert late.surplus is True
    assert filled.votes.of("c") == ()
    filled.review.record(replace(JOY, op_id="op-2", annotator="bo"))
    assert [v.annotator for v in filled.votes.of("c")] == ["bo"]


def test_who_is_through_keeps_the_place_for_good(filled: Store) -> None:
    filled.review_slots.set_overlap("c", 1, who="ana")
    filled.review.record(JOY)
    filled.review.record(replace(JOY, op_id="op-2", utterance="d1:1"))
    assert filled.review_slots.finished("c", "ana", "blind") == {"d1"}
    filled.review.record(decide("op-3", "undo"))
    assert filled.review_slots.finished("c", "ana", "blind") == frozenset()
    filled.review.record(decide("op-4", "accept"))
    assert filled.review_slots.finished("c", "ana", "blind") == {"d1"}
    assert filled.review_slots.take_first("c", ["d1"], "bo", "blind", lease_seconds=HOUR) is None


def test_an_edit_by_another_gives_the_dialogue_back_to_who_was_through(filled: Store) -> None:
    filled.review.record(JOY)
    filled.review.record(replace(JOY, op_id="op-2", utterance="d1:1"))
    edit = ReviewEvent("op-3", "c", "d1", "bo", ReviewAction.EDIT, "d1:1", "Hardly.")
    filled.review.record(edit)
    assert filled.review_slots.finished("c", "ana", "blind") == frozenset()
    assert [v.utterance for v in filled.votes.of("c")] == ["d1:0"]
    filled.review.record(decide("op-4", "undo", who="bo"))
    assert filled.review_slots.finished("c", "ana", "blind") == {"d1"}


def test_a_dialogue_only_looked_at_is_given_up_on_going_on(filled: Store) -> None:
    filled.review_slots.set_overlap("c", 1, who="ana")
    filled.review_slots.take("c", "d1", "ana", "blind", lease_seconds=HOUR)
    filled.review_slots.take("c", "d2", "ana", "blind", lease_seconds=HOUR)
    assert filled.review_slots.take("c", "d1", "bo", "blind", lease_seconds=HOUR)
    assert not filled.review_slots.take("c", "d2", "bo", "blind", lease_seconds=HOUR)


def test_who_has_seen_the_intended_labels_cannot_label_blind(filled: Store) -> None:
    filled.review.shown("c", "d1", "ana")
    filled.review.shown("c", "d1", "ana")
    assert len(filled.review.events("c")) == 1
    assert filled.review.record(JOY).event.mode == ReviewMode.VERIFY
    assert filled.review.record(JOY).event.mode == ReviewMode.VERIFY
    assert [v.mode for v in filled.votes.of("c")] == ["verify"]
    assert filled.review_slots.take_first("c", ["d1", "d2"], "ana", "blind", lease_seconds=HOUR) == "d2"
    assert filled.review.record(decide("op-2", "undo")).undoes is not None
    assert filled.review.record(decide("op-3", "undo")).undoes is None  # what was seen stays seen


def test_where_an_annotator_was_is_remembered_for_each_mode(filled: Store) -> None:
    assert filled.review_slots.position("c", "ana", "blind") is None
    for utterance in ("d1:0", "d1:1"):
        filled.review_slots.set_position("c", "ana", "blind", "d1", utterance)
    filled.review_slots.set_position("c", "ana", "verify", "d2", "d2:0")
    assert filled.review_slots.position("c", "ana", "blind") == ("d1", "d1:1")


def test_the_overlap_is_a_sensible_number_of_a_corpus_that_is_there(filled: Store) -> None:
    assert filled.review_slots.overlap("c") == 3
    with pytest.raises(InputError, match="0 annotators"):
        filled.review_slots.set_overlap("c", 0, who="ana")
    with pytest.raises(NotFoundError, match="other"):
        filled.review_slots.set_overlap("other", 2, who="ana")


def test_of_many_at_once_only_as_many_get_a_place_as_there_are(filled: Store) -> None:
    filled.review_slots.set_overlap("c", 2, who="ana")

    def take(who: int) -> bool:
        return filled.review_slots.take("c", "d1", f"a{who}", "blind", lease_seconds=HOUR)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 2


def test_the_same_event_sent_twice_at_once_is_stored_once(filled: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(lambda n: filled.review.record(JOY), range(4)))
    assert len({row.seq for row in stored}) == 1
    assert len(filled.review.events("c")) == 1
