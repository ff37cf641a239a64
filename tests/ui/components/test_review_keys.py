"""What goes to the review board and what is taken from it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from erc_engine.domain.conversation import Origin
from erc_engine.domain.labels import scheme
from erc_engine.domain.review import Mark, ReviewAction, ReviewEvent, ReviewItem, ReviewMode, ReviewTurn
from erc_engine.errors import InputError
from erc_engine.workflows.review import Acknowledgement, Desk, QueuePlace
from ui.components.review_keys import Go, board_data, read_outbox

TURN = ReviewTurn("d1:0", "Ana", "You came!", "", "", Mark(label="joy"))
ITEM = ReviewItem("made", "d1", "ana", ReviewMode.BLIND, (TURN,), "d1:0", "", False, False, Origin.RECORDED)
PLACE = QueuePlace(1, 3, 0, 2)
AT = datetime(2026, 1, 2, 12, 3, 11, tzinfo=UTC)
ACT = {
    "op_id": "op-1", "action": "label", "corpus": "made", "dialogue": "d1", "annotator": "ana", "mode": "blind",
    "utterance": "d1:0", "value": "joy", "revision": "", "seen": "past",
}  # fmt: skip
HERE = {"corpus": "made", "annotator": "ana", "mode": "blind", "dialogue": "d1", "utterance": "d1:0"}


def outbox(*acts: Any, **change: Any) -> dict[str, Any]:
    return {"n": 1, "acts": list(acts), "at": {**HERE, **change}}


def test_the_data_of_a_blind_item_has_no_place_for_an_intended_label() -> None:
    data = board_data(ITEM, scheme("meld"), PLACE, (), seen="dialogue")
    assert set(data["item"]["turns"][0]) == {
        *("id", "speaker", "text", "revision", "original", "label", "second", "unsure", "note", "stale")
    }
    shown = replace(ITEM, mode=ReviewMode.VERIFY, intended={"d1:0": "fear"})
    assert board_data(shown, scheme("meld"), PLACE, (), seen="dialogue")["item"]["turns"][0]["intended"] == "fear"


def test_the_data_is_plain_json_with_the_moment_of_the_stored_row() -> None:
    answers = [Acknowledgement("op-1", "saved", AT), Acknowledgement("op-2", "refused", message="no")]
    data = json.loads(json.dumps(board_data(ITEM, scheme("meld"), PLACE, answers, seen="past", messages=["x"])))
    assert [a["at"] for a in data["answers"]] == [AT.timestamp() * 1000, None]
    assert [label["name"] for label in data["labels"]] == list(scheme("meld").names)
    assert (data["item"]["recorded"], data["item"]["label_kind"]) == (True, "intended")
    assert (data["place"], data["seen"]) == ({"number": 1, "of": 3, "finished": 0, "overlap": 2}, "past")


def test_acts_come_as_events_in_their_order() -> None:
    go = {"op_id": "op-2", "action": "go", "value": "next", "dialogue": "d1"}
    box = read_outbox(outbox(ACT, go))
    told = ("op-1", "made", "d1", "ana", ReviewAction.LABEL, "d1:0", "joy", "", ReviewMode.BLIND, "past")
    assert box.acts == (ReviewEvent(*told), Go("op-2", "next"))
    assert (box.desk, box.dialogue, box.utterance) == (Desk("made", "ana", ReviewMode.BLIND), "d1", "d1:0")


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {"acts": "label"},
        outbox({**ACT, "value": 7}),
        outbox({**ACT, "action": "drop"}),
        outbox({**ACT, "action": "shown"}),
        outbox({**ACT, "mode": "gold"}),
        outbox({"op_id": "op-2", "action": "go", "value": "anywhere"}),
        outbox({key: value for key, value in ACT.items() if key != "revision"}),
        outbox(*([ACT] * 1001)),
        {"acts": [ACT]},
    ],
)
def test_anything_else_is_refused(payload: object) -> None:
    with pytest.raises(InputError):
        read_outbox(payload)
