"""What follows from review events: marks, votes, staleness, who is through."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from erc_engine.domain.curation import AnnotatorKind
from erc_engine.domain.review import (
    NONE_OF_THESE,
    Mark,
    ReviewAction,
    ReviewEvent,
    ReviewMode,
    StoredEvent,
    as_it_reads_now,
    decisions,
    done,
    edits,
    history,
    live,
    marks,
    votes,
)
from tests.builders import dialogue

AT = datetime(2026, 1, 2, 12, 3, 11, tzinfo=UTC)
numbers = count(1)


def event(action: str, value: str = "", turn: int = 0, who: str = "ana", **more: object) -> StoredEvent:
    number = next(numbers)
    stored = {name: more.pop(name) for name in ("undoes", "surplus") if name in more}
    place = f"d1:{turn}" if action in ("label", "second", "unsure", "note", "edit") else ""
    given = ReviewEvent(f"op-{number}", "c", "d1", who, ReviewAction(action), place, value, **more)  # type: ignore[arg-type]
    return StoredEvent(number, given, AT, **stored)  # type: ignore[arg-type]


def undo(of: StoredEvent) -> StoredEvent:
    return event("undo", undoes=of.seq)


def labels(*events: StoredEvent) -> list[tuple[str, str, str, str]]:
    return [(v.annotator, v.utterance, v.label, v.mode) for v in votes(events)]


def test_the_latest_label_of_each_annotator_is_the_vote() -> None:
    given = [event("label", "joy"), event("label", "fear", who="bo"), event("label", "anger")]
    assert labels(*given) == [("bo", "d1:0", "fear", "blind"), ("ana", "d1:0", "anger", "blind")]
    assert {v.kind for v in votes(given)} == {AnnotatorKind.HUMAN}


def test_an_undo_brings_the_label_before_back() -> None:
    first, second = event("label", "joy"), event("label", "anger")
    assert labels(first, second, undo(second)) == [("ana", "d1:0", "joy", "blind")]
    assert labels(first, second, undo(second), undo(first)) == []


def test_a_label_on_the_text_before_an_edit_is_stale_and_no_vote() -> None:
    label, edit = event("label", "joy"), event("edit", "Barely!", who="bo")
    assert labels(label, edit) == []
    assert marks([label, edit], "ana", "blind")["d1", "d1:0"] == Mark(label="joy", stale=True)
    again = event("label", "fear", revision=edit.event.op_id)
    assert labels(label, edit, again) == [("ana", "d1:0", "fear", "blind")]
    assert labels(label, edit, undo(edit)) == [("ana", "d1:0", "joy", "blind")]


def test_a_late_label_on_an_old_text_does_not_hide_a_valid_one() -> None:
    edit = event("edit", "Barely!")
    valid, late = event("label", "fear", revision=edit.event.op_id), event("label", "joy")
    assert labels(edit, valid, late) == [("ana", "d1:0", "fear", "blind")]


def test_surplus_labels_and_none_of_these_are_no_votes() -> None:
    assert labels(event("label", "joy", surplus=True)) == []
    assert labels(event("label", "joy"), event("label", NONE_OF_THESE)) == []
    assert labels(event("label", "joy"), event("label", "fear", surplus=True)) == [("ana", "d1:0", "joy", "blind")]


def test_a_label_given_in_verify_mode_does_not_replace_the_blind_one() -> None:
    both = [event("label", "joy"), event("label", "fear", mode=ReviewMode.VERIFY)]
    assert labels(*both) == [("ana", "d1:0", "joy", "blind"), ("ana", "d1:0", "fear", "verify")]
    assert marks(both, "ana", "blind")["d1", "d1:0"].label == "joy"
    assert marks(both, "ana", "verify")["d1", "d1:0"].label == "fear"


def test_marks_gather_second_emotion_doubt_and_note() -> None:
    given = [event("second", "joy"), event("label", "fear"), event("unsure", "yes"), event("note", "ironic?")]
    assert marks(given, "ana", "blind") == {("d1", "d1:0"): Mark("fear", "joy", True, "ironic?", False)}
    assert marks([*given, undo(given[2])], "ana", "blind")["d1", "d1:0"].unsure is False
    assert marks(given, "bo", "blind") == {}


def test_who_labelled_every_turn_or_decided_is_through_unless_something_is_stale() -> None:
    turns = ["d1:0", "d1:1"]
    both = [event("label", "joy"), event("label", NONE_OF_THESE, 1)]
    assert not done(both[:1], "d1", turns, "ana", "blind")
    assert done(both, "d1", turns, "ana", "blind")
    assert not done(both, "d1", turns, "bo", "blind")
    assert done([event("accept")], "d1", turns, "ana", "blind")
    assert not done([*both, event("accept"), event("edit", "Barely!")], "d1", turns, "ana", "blind")


def test_the_last_decision_of_each_annotator_stands() -> None:
    accept, down, other = event("accept"), event("turn_down"), event("accept", who="bo")
    assert decisions([accept, down, other]) == {("d1", "ana"): "turn_down", ("d1", "bo"): "accept"}
    assert decisions([accept, down, undo(down)]) == {("d1", "ana"): "accept"}


def test_an_edited_turn_has_the_new_text_and_no_label() -> None:
    d = dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]")
    first, second = event("edit", "Hardly.", 1), event("edit", "Just so.", 1, who="bo")
    now = as_it_reads_now(d, edits([first, second]))
    assert [(u.text, u.label) for u in now.utterances] == [("You came!", "joy"), ("Just so.", None)]
    assert as_it_reads_now(d, edits([first, undo(first)])) is d


def test_the_history_keeps_what_was_undone() -> None:
    label = event("label", "joy")
    told = [(line.action, line.value, line.undone) for line in history([label, undo(label)])]
    assert told == [("undo", "", False), ("label", "joy", True)]
    assert live([label, undo(label)]) == []
