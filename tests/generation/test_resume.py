"""A run cut at any event and continued from its ledger accepts what it would have accepted uninterrupted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from erc_engine.domain.generation import ChatRequest
from erc_engine.domain.generation_runs import RunState
from erc_engine.errors import ModelError
from erc_engine.generation.run import Planned
from erc_engine.llm.chat_model import ChatModel
from erc_engine.llm.replay import ReplayModel
from tests.generation.builders import Ledger, ObedientModel, events, recipe, settings, target


def unreliable(request: ChatRequest, draw: random.Random) -> str | ModelError | None:
    drawn = draw.random()
    if drawn < 0.2:
        return "I cannot help with that."
    if drawn < 0.4:
        return ModelError("slow", code="timeout")
    return None


def live() -> ChatModel:
    return ObedientModel(unreliable)


@pytest.fixture
def recorded(assets: Path) -> ChatModel:
    return ReplayModel("replay:?faults=all:0.4,timeout:0.1,near_duplicate:0.1", assets / "recordings")


REPLAYED = recipe(recordings="meld-balanced")


def cut_and_continued(model: ChatModel, cuts: list[int], by: object, utterances: int) -> Ledger:
    """The ledger of a run that was killed after so many events, each time anew, and at last ran to its end."""
    ledger = Ledger()
    for cut in (*cuts, None):
        stream = events(
            model,
            used=settings(utterances),
            by=by,
            to=target(turns=5),
            ledger=ledger,
            duplicates=True,  # type: ignore[arg-type]
        )
        for number, _ in enumerate(stream, start=1):
            if number == cut:
                break
        stream.close()  # type: ignore[attr-defined]
        if cut is not None:
            ledger = ledger.after_a_crash()
    return ledger


def told(ledger: Ledger) -> object:
    seeds = [(a.plan, a.seed, a.state, a.reason) for a in ledger.attempts.values() if a.state != "lost"]
    return ledger.dialogues(), ledger.plans, seeds, ledger.ended


@pytest.mark.parametrize("kind", ["live", "recorded"])
def test_a_run_cut_at_any_event_ends_as_if_it_had_not_been(kind: str, recorded: ChatModel) -> None:
    model, by = (live(), recipe()) if kind == "live" else (recorded, REPLAYED)
    whole = Ledger()
    stream = events(model, used=settings(60), by=by, to=target(turns=5), ledger=whole, duplicates=True)
    length = len(list(stream))
    states = {a.state for a in whole.attempts.values()}
    assert states == {"accepted", "rejected", "failed"}
    assert length >= 35
    for cut in range(1, length + 1):
        again = cut_and_continued(model, [cut], by, 60)
        assert told(again) == told(whole), f"cut after event {cut} of {length}"
        assert len({a.plan for a in again.attempts.values() if a.state == "accepted"}) == len(again.dialogues())


def test_a_run_cut_again_and_again_still_ends_as_if_it_had_not_been(recorded: ChatModel) -> None:
    whole = cut_and_continued(recorded, [], REPLAYED, 80)
    often = cut_and_continued(recorded, [5, 1, 2, 3, 7, 1, 1, 11, 4, 6], REPLAYED, 80)
    assert told(often) == told(whole)
    assert often.count("lost") >= 1


def test_a_lost_attempt_is_repeated_with_the_same_seed_and_comes_first() -> None:
    ledger = Ledger()
    stream = events(ObedientModel(), used=settings(40), ledger=ledger)
    for _ in range(5):  # planned, submitted, finished, planned, submitted
        next(stream)
    stream.close()  # type: ignore[attr-defined]
    again = ledger.after_a_crash()
    list(events(ObedientModel(), used=settings(40), ledger=again))
    lost, repeated = (a for a in again.attempts.values() if a.plan == "p00001")
    assert (lost.state, repeated.state) == ("lost", "accepted")
    assert (lost.seed, lost.number, repeated.number) == (repeated.seed, 0, 1)


def test_a_plan_that_was_written_but_never_submitted_is_not_lost() -> None:
    ledger = Ledger()
    stream = events(ObedientModel(), ledger=ledger)
    assert isinstance(next(stream), Planned)
    stream.close()  # type: ignore[attr-defined]
    again = ledger.after_a_crash()
    first = next(events(ObedientModel(), ledger=again))
    assert not isinstance(first, Planned)
    assert list(again.attempts) == ["extra/p00000/0"]


@pytest.mark.parametrize("cut", [1, 9, 20, 33])
def test_a_concurrent_run_keeps_what_it_had_accepted_and_accepts_no_plan_twice(cut: int, recorded: ChatModel) -> None:
    used = settings(120, window=8)
    ledger = Ledger()
    stream = events(recorded, used=used, by=REPLAYED, ledger=ledger)
    for _ in range(cut):
        next(stream)
    stream.close()  # type: ignore[attr-defined]
    before = ledger.dialogues()
    again = ledger.after_a_crash()
    list(events(recorded, used=used, by=REPLAYED, ledger=again))
    assert again.ended is not None
    assert again.ended.state is RunState.COMPLETE
    after = again.dialogues()
    assert all(dialogue in after for dialogue in before)
    assert len({d.id for d in after}) == len(after) == again.count("accepted")
    assert len({plan.recording for plan in again.plans}) == len(again.plans)
