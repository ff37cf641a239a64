"""Single bad turns asked for again: what is asked, what is taken, and books that balance whatever happens."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import ChatRequest, LabelPlan, Rejection, RejectReason
from erc_engine.domain.generation_runs import AttemptState
from erc_engine.domain.turn_repairs import RepairBooks, RepairState
from erc_engine.errors import ModelError
from erc_engine.generation.events import RepairAsked, RepairEnded
from erc_engine.generation.parsing import parse
from erc_engine.generation.turn_repairs import repair_prompt, with_new_turns
from tests.generation.builders import Ledger, ObedientModel, events, obey, plan, recipe, settings

PLAN = plan("joy", "neutral", "anger", "neutral")
PARSED = parse(
    "1. Ana [joy]: You came!\n2. Bo [neutral]: ...\n3. Ana [anger]: Sit.\n4. Bo [neutral]: Fine.",
    recipe().protocol,
    recipe().scheme,
)
assert not isinstance(PARSED, Rejection)


def broken_then(mended: str | ModelError | None):
    """Turn 2 is too long at first; the repair is answered as told, by default with good words."""

    def fault(request: ChatRequest, draw: random.Random) -> str | ModelError | None:
        if len(request.messages) > 2:
            who = request.messages[3].content.split("Turn 2, ")[1].split(":")[0]
            return mended if mended is not None else f"2. {who}: A lantern by the stair, {draw.random()}."
        lines = obey(request).splitlines()
        lines[1] = lines[1].split(": ")[0] + ": " + "word " * 80
        return "\n".join(lines)

    return fault


def books(ledger: Ledger) -> RepairBooks:
    states = [repair.state for repair in ledger.repairs.values()]
    return RepairBooks(len(states), **{str(s): states.count(s) for s in RepairState})


def test_the_prompt_shows_what_was_asked_and_written_and_which_turn_is_wrong() -> None:
    messages = repair_prompt(recipe(), PLAN, PARSED, {1: Rejection(RejectReason.EMPTY_TURN, "", (1,))})
    assert [m.role for m in messages] == ["system", "user", "assistant", "user"]
    assert messages[2].content.splitlines()[2] == "3. Ana [anger]: Sit."
    assert "Turn 2, Bo [neutral]: it has no words." in messages[3].content


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("2. Bo [neutral]: The tide was late.", "The tide was late."),
        ("1. Ana [joy]: Other.\n2. Bo [neutral]: New.\n3. Ana [anger]: Other.\n4. Bo [neutral]: Other.", "New."),
    ],
)
def test_only_the_turns_asked_for_are_taken_from_a_reply(reply: str, text: str) -> None:
    merged = with_new_turns(PARSED, (1,), reply, recipe(), PLAN)
    assert not isinstance(merged, str)
    assert [t.text for t in merged.turns] == ["You came!", text, "Sit.", "Fine."]
    assert [t.label for t in merged.turns] == ["joy", "neutral", "anger", "neutral"]
    assert [(r.kind, r.turn, r.before) for r in merged.repairs] == [("rewritten", 1, "...")]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("2. Ana [neutral]: Hm.", "came back as Ana's, not Bo's"),
        ("2. Bo [joy]: Hm.", "came back as joy, not neutral"),
        ("1. Bo: One.\n2. Bo: Two.", "2 turns came back, 1 asked for"),
        ("I'm sorry, but I can't help with that.", "refusal"),
    ],
)
def test_a_reply_that_is_something_else_is_no_repair(reply: str, why: str) -> None:
    merged = with_new_turns(PARSED, (1,), reply, recipe(), PLAN)
    assert isinstance(merged, str)
    assert why in merged


@pytest.mark.parametrize("window", [1, 4])
def test_one_bad_turn_is_written_again_and_the_dialogue_accepted(window: int) -> None:
    ledger, model = Ledger(), ObedientModel(broken_then(None))
    list(events(model, used=settings(24, repairs=1, window=window), ledger=ledger))
    assert ledger.count("rejected") == 0
    assert books(ledger) == RepairBooks(asked=len(ledger.attempts), mended=len(ledger.attempts))
    attempt = next(iter(ledger.attempts.values()))
    assert attempt.dialogue is not None
    assert "lantern" in attempt.dialogue.utterances[1].text
    assert attempt.dialogue.utterances[1].extra["repaired"]["before"].startswith("word word")
    assert "word word" in attempt.raw
    assert "lantern" in ledger.repairs[f"{attempt.id}/repair/0"].raw


def test_without_repairs_such_a_dialogue_is_rejected() -> None:
    ledger = Ledger()
    list(events(ObedientModel(broken_then(None)), used=settings(24, max_attempts=3), ledger=ledger))
    assert [a.reason for a in ledger.attempts.values()] == ["too_long"] * 3
    assert ledger.repairs == {}


def test_a_repair_that_does_not_help_leaves_the_first_reason_and_is_asked_so_often_at_most() -> None:
    ledger = Ledger()
    useless = broken_then("2. Nobody: Hm.")
    list(events(ObedientModel(useless), used=settings(24, max_attempts=3, repairs=2), ledger=ledger))
    assert [a.reason for a in ledger.attempts.values()] == ["too_long"] * 3
    assert books(ledger) == RepairBooks(asked=6, refused=6)
    assert len({r.seed for r in ledger.repairs.values()}) == 6


def test_a_repair_without_an_answer_is_booked_as_failed() -> None:
    ledger = Ledger()
    silent = broken_then(ModelError("no answer", hint="", code="timeout", retryable=True))
    list(events(ObedientModel(silent), used=settings(24, max_attempts=2, repairs=1), ledger=ledger))
    assert books(ledger) == RepairBooks(asked=2, failed=2)
    assert [a.state for a in ledger.attempts.values()] == [AttemptState.REJECTED] * 2


def test_an_unverified_turn_is_asked_for_again_with_its_label() -> None:
    def verify(d: Dialogue, p: LabelPlan) -> Dialogue | Rejection:
        if "lantern" in d.utterances[1].text:
            return d
        return Rejection(RejectReason.UNVERIFIED, "1 of 4", (1,))

    def fault(request: ChatRequest, draw: random.Random) -> str | None:
        return broken_then(None)(request, draw) if len(request.messages) > 2 else None

    ledger, model = Ledger(), ObedientModel(fault)
    list(events(model, used=settings(4, repairs=1), ledger=ledger, verify=verify))
    assert books(ledger).mended == 1
    asked = next(r for r in model.requests if len(r.messages) > 2)
    assert "readers do not find" in asked.messages[3].content


@pytest.mark.parametrize("cut", range(1, 14))
def test_cut_anywhere_and_gone_on_with_nothing_is_lost_or_there_twice(cut: int) -> None:
    whole = Ledger()
    list(events(ObedientModel(broken_then(None)), used=settings(16, repairs=1), ledger=whole))
    first = Ledger()
    stream = events(ObedientModel(broken_then(None)), used=settings(16, repairs=1), ledger=first)
    seen = list(islice(stream, cut))
    stream.close()  # type: ignore[attr-defined]
    again = first.after_a_crash()
    list(events(ObedientModel(broken_then(None)), used=settings(16, repairs=1), ledger=again))
    assert [d.utterances for d in again.dialogues()] == [d.utterances for d in whole.dialogues()]
    found = books(again)
    assert found.balanced
    assert found.in_flight == 0
    open_ = sum(isinstance(e, RepairAsked) for e in seen) - sum(isinstance(e, RepairEnded) for e in seen)
    assert found.lost == open_
