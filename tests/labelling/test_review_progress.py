"""How far a review is, counted from its events."""

from __future__ import annotations

from datetime import UTC, datetime

from erc_engine.domain.review import NONE_OF_THESE, ReviewAction, ReviewEvent, ReviewMode, StoredEvent
from erc_engine.labelling.review_progress import review_status

AT = datetime(2026, 1, 2, 12, 3, 11, tzinfo=UTC)
TURNS = {"d1": ("d1:0", "d1:1"), "d2": ("d2:0",)}


def event(
    number: int, action: str, value: str = "", place: str = "d1:0", who: str = "ana", **more: object
) -> StoredEvent:
    undoes = more.pop("undoes", None)
    mode = more.pop("mode", ReviewMode.BLIND)
    act = ReviewAction(action)
    given = ReviewEvent(f"op-{number}", "c", place[:2], who, act, place, value, mode=mode)  # type: ignore[arg-type]
    return StoredEvent(number, given, AT, bool(more.get("surplus")), undoes)  # type: ignore[arg-type]


def test_a_review_in_the_middle_is_counted_by_annotator_and_mode() -> None:
    events = [
        event(1, "label", "joy"),
        event(2, "label", NONE_OF_THESE, "d1:1"),
        event(3, "unsure", "yes", "d1:1"),
        event(4, "label", "fear", "d2:0"),
        event(5, "undo", "", "d2:0", undoes=4),
        event(6, "label", "joy", who="bo", surplus=True),
        event(7, "edit", "Hardly.", who="bo"),
        event(8, "accept", who="ana"),
        event(9, "turn_down", place="d2", who="bo"),
        event(10, "shown", who="cy", mode=ReviewMode.VERIFY),
    ]
    finished = {("blind", "ana"): frozenset({"d1"}), ("blind", "bo"): frozenset({"d1", "d2"})}
    status = review_status("c", events, turns=TURNS, finished=finished, overlap=2)
    ana, bo = status.annotators
    assert (ana.labelled, ana.stale, ana.unsure, ana.none_of_these, ana.dialogues, ana.finished) == (1, 1, 1, 1, 1, 1)
    assert (ana.accepted, ana.turned_down, ana.surplus, ana.last) == (1, 0, 0, AT)
    assert (bo.labelled, bo.stale, bo.surplus, bo.turned_down) == (0, 1, 1, 1)
    assert (status.dialogues, status.utterances, status.begun, status.full) == (2, 3, 2, 1)
    assert (status.approved, status.turned_down, status.edited, status.undone) == (1, 1, 1, 1)
    assert status.to_json()["annotators"][0]["last"] == "2026-01-02T12:03:11+00:00"


def test_nothing_done_yet_is_zeros_and_nobody() -> None:
    status = review_status("c", [], turns=TURNS, finished={}, overlap=3)
    assert (status.begun, status.full, status.annotators) == (0, 0, ())
