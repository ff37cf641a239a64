"""A run as a stream of events: books that balance, a closed loop, bounds, and honest ends."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from erc_engine.domain.generation import ChatRequest, Completion, FailReason, LabelMode
from erc_engine.domain.generation_runs import Books, RunState
from erc_engine.domain.labels import total_variation
from erc_engine.errors import ModelError, RefusedError
from erc_engine.generation.endings import attempt_limit, trim
from erc_engine.generation.menu import menu_for
from erc_engine.generation.run import Ended, Finished, Planned, Submitted
from erc_engine.llm.replay import ReplayModel
from tests.generation.builders import MELD, Ledger, ObedientModel, events, recipe, settings, target

Fault = Callable[[ChatRequest, random.Random], str | ModelError | None]


def faults(rate: float) -> Fault:
    """Rejected, broken and failed replies, as seed and failures decide."""

    def fault(request: ChatRequest, draw: random.Random) -> str | ModelError | None:
        if draw.random() >= rate:
            return None
        kinds = ("", "I cannot help with that.", "1. Ana [joy]: Hm.", ModelError("slow", code="timeout"))
        return draw.choice(kinds)

    return fault


def books(ledger: Ledger) -> Books:
    states = ("accepted", "rejected", "failed", "lost", "in_flight")
    return Books(len(ledger.attempts), *(ledger.count(state) for state in states))


def finished(ledger: Ledger) -> Ended:
    assert ledger.ended is not None
    return ledger.ended


def test_the_events_of_a_small_run_come_in_this_order() -> None:
    seen = list(events(ObedientModel(), used=settings(utterances=8)))
    assert [type(event) for event in seen] == [Planned, Submitted, Finished] * 2 + [Ended]
    assert seen[-1] == Ended(RunState.COMPLETE)


def test_an_accepted_attempt_carries_everything() -> None:
    ledger = Ledger()
    list(events(ObedientModel(), used=settings(utterances=4), ledger=ledger))
    (attempt,) = ledger.attempts.values()
    assert attempt.id == "extra/p00000/0"
    assert attempt.raw.startswith("1. ")
    assert (attempt.state, attempt.finish, len(attempt.prompt_hash)) == ("accepted", "stop", 64)
    assert attempt.dialogue is not None
    assert attempt.dialogue.id == "extra-00000"
    assert Counter(attempt.dialogue.labels) == ledger.plans[0].budget


@pytest.mark.parametrize("window", [1, 8])
def test_the_accepted_labels_come_out_as_the_target(window: int) -> None:
    ledger = Ledger()
    used = settings(utterances=500, window=window)
    list(events(ObedientModel(faults(0.3)), used=used, to=target(turns=8), ledger=ledger))
    labels = Counter(label for d in ledger.dialogues() for label in d.labels)
    assert finished(ledger).state is RunState.COMPLETE
    assert total_variation({str(k): n / labels.total() for k, n in labels.items()}, target().shares) < 0.02


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.sampled_from([1, 8]), st.integers(0, 1_000), st.floats(0, 0.9), st.integers(1, 120))
def test_the_books_balance_at_every_event(window: int, seed: int, rate: float, utterances: int) -> None:
    ledger = Ledger()
    used = settings(utterances, window=window, seed=seed, max_attempts=150)
    for _ in events(ObedientModel(faults(rate)), used=used, ledger=ledger):
        now = books(ledger)
        assert now.balanced
        assert now.in_flight <= window
    assert books(ledger).in_flight == 0
    assert len({a.plan for a in ledger.attempts.values() if a.state == "accepted"}) == books(ledger).accepted
    if finished(ledger).state is RunState.COMPLETE:
        assert sum(map(len, ledger.dialogues())) >= utterances


def test_a_plan_is_tried_again_with_a_new_seed_after_a_rejection_and_with_the_same_one_after_a_failure() -> None:
    answers: Iterator[str | ModelError | None] = iter(
        [ModelError("slow", code="timeout"), ModelError("slow", code="timeout"), "nonsense", None]
    )
    model, ledger = ObedientModel(lambda request, draw: next(answers)), Ledger()
    list(events(model, used=settings(utterances=4), ledger=ledger))
    assert [a.state for a in ledger.attempts.values()] == ["failed", "failed", "rejected", "accepted"]
    assert [a.number for a in ledger.attempts.values()] == [0, 1, 2, 3]
    seeds = [request.seed for request in model.requests]
    assert seeds[0] == seeds[1] == seeds[2] != seeds[3]
    assert [request.failures for request in model.requests] == [0, 1, 2, 2]


def test_a_plan_is_given_up_after_its_attempts_and_another_is_made() -> None:
    def stubborn(request: ChatRequest, draw: random.Random) -> str | None:
        return "nonsense" if "/p00000/" in request.id else None

    ledger = Ledger()
    used = settings(utterances=4, max_attempts_per_plan=3)
    list(events(ObedientModel(stubborn), used=used, ledger=ledger))
    assert [a.plan for a in ledger.attempts.values()] == ["p00000"] * 3 + ["p00001"]
    assert finished(ledger).state is RunState.COMPLETE


def test_the_attempt_limit_ends_in_an_honest_report() -> None:
    ledger = Ledger()
    used = settings(utterances=70, max_attempts=12)
    list(events(ObedientModel(lambda request, draw: "nonsense"), used=used, ledger=ledger))
    assert len(ledger.attempts) == 12
    assert finished(ledger) == Ended(
        RunState.INFEASIBLE,
        "the limit of 12 attempts is reached: 0 of 70 utterances accepted",
        dict.fromkeys(MELD.names, 10),
    )


def test_without_a_limit_a_run_that_never_succeeds_still_ends() -> None:
    ledger = Ledger()
    used = settings(utterances=8)
    list(events(ObedientModel(lambda request, draw: "nonsense"), used=used, ledger=ledger))
    assert len(ledger.attempts) == attempt_limit(used, target()) == 100 + 20 * 2
    assert finished(ledger).state is RunState.INFEASIBLE


def test_the_time_limit_ends_a_run() -> None:
    now = iter(range(0, 10_000, 10))
    ledger = Ledger()
    used = settings(utterances=10_000, max_minutes=1)
    list(events(ObedientModel(), used=used, ledger=ledger, clock=lambda: float(next(now))))
    assert finished(ledger).state is RunState.INFEASIBLE
    assert finished(ledger).message.startswith("the limit of 1 minutes is reached: ")


@pytest.mark.parametrize("window", [1, 4])
def test_ten_failures_in_a_row_pause_the_run_with_the_reason(window: int) -> None:
    ledger = Ledger()
    down = ObedientModel(lambda request, draw: ModelError("nobody listens", code="connection"))
    list(events(down, used=settings(window=window), ledger=ledger))
    assert finished(ledger).state is RunState.PAUSED
    assert finished(ledger).message == "10 attempts in a row failed, the last with connection: nobody listens"
    assert 10 <= books(ledger).failed <= 10 + window
    assert {a.reason for a in ledger.attempts.values()} == {FailReason.CONNECTION}


def test_a_paused_run_goes_on_when_the_server_is_back() -> None:
    ledger = Ledger()
    list(events(ObedientModel(lambda request, draw: ModelError("down", code="connection")), ledger=ledger))
    list(events(ObedientModel(), ledger=ledger))
    assert finished(ledger).state is RunState.COMPLETE
    assert books(ledger).balanced


def test_an_unknown_failure_is_booked_as_the_server_s() -> None:
    ledger = Ledger()
    used = settings(max_attempts=1)
    list(events(ObedientModel(lambda request, draw: ModelError("odd")), used=used, ledger=ledger))
    assert [a.reason for a in ledger.attempts.values()] == [FailReason.SERVER_ERROR]


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED])
@pytest.mark.parametrize("window", [1, 4])
def test_a_stop_on_request_drains_what_is_in_flight(state: RunState, window: int) -> None:
    ledger = Ledger()
    used = settings(utterances=400, window=window)
    asked = lambda: state if len(ledger.attempts) >= 7 else None  # noqa: E731
    list(events(ObedientModel(), used=used, ledger=ledger, stop=asked))
    assert finished(ledger).state is state
    assert books(ledger) == Books(submitted=7, accepted=7)
    assert sum(finished(ledger).shortfall.values()) > 0


def test_a_wide_window_asks_for_no_more_dialogues_than_are_wanted() -> None:
    gate = threading.Barrier(2, timeout=10)

    class TogetherModel(ObedientModel):
        def complete(self, request: ChatRequest) -> Completion:
            gate.wait()
            return super().complete(request)

    ledger = Ledger()
    list(events(TogetherModel(), used=settings(utterances=8, window=64), ledger=ledger))
    assert books(ledger) == Books(submitted=2, accepted=2)  # both were under way together, and no third


def test_trim_keeps_whole_dialogues_in_plan_order_until_there_are_enough() -> None:
    assert trim([("a", 10), ("b", 10), ("c", 10)], 15) == ("c",)
    assert trim([("a", 10), ("b", 10)], 20) == ()
    assert trim([], 5) == ()


def test_duplicates_and_contamination_are_rejected_last_and_only_accepted_dialogues_are_remembered() -> None:
    same = "1. Ana [joy]: We came by boat.\n2. Bo [joy]: It leaked a bit."
    ledger = Ledger()
    one_label = target({"joy": 1.0}, turns=2)
    model = ObedientModel(lambda request, draw: same)
    asked = recipe(names=("Ana", "Bo"))
    list(events(model, used=settings(4, max_attempts=3), by=asked, to=one_label, ledger=ledger, duplicates=True))
    assert [(a.state, a.reason, a.detail) for a in ledger.attempts.values()] == [
        ("accepted", "", ""),
        ("rejected", "near_duplicate", "extra-00000"),
        ("rejected", "near_duplicate", "extra-00000"),
    ]
    leaking = Ledger()
    seen: list[str] = []

    def contamination(dialogue: object) -> str | None:
        seen.append("asked")
        return "verbatim text of meld:test"

    used = settings(4, max_attempts=2)
    list(events(model, used=used, by=asked, to=one_label, ledger=leaking, duplicates=True, contamination=contamination))
    assert [a.reason for a in leaking.attempts.values()] == ["contaminated", "contaminated"]
    assert len(seen) == 2


def test_repairs_are_kept_with_the_attempt() -> None:
    asked = recipe(names=("Ana", "Bo"))
    model = ObedientModel(lambda request, draw: "ana (joy): We came.\nBO (Joyful): It leaked.")
    ledger = Ledger()
    list(events(model, used=settings(2), by=asked, to=target({"joy": 1.0}, turns=2), ledger=ledger))
    (attempt,) = ledger.attempts.values()
    assert attempt.state == "accepted"
    assert [repair.kind for repair in attempt.repairs] == [
        "brackets",
        "number",
        "label_spelling",
        "speaker_case",
        "speaker_case",
    ]


def test_a_used_up_menu_is_infeasible_with_its_shortfall(assets: Path) -> None:
    ledger = Ledger()
    model = ReplayModel("replay:", assets / "recordings")
    asked = recipe(recordings="meld-balanced")
    list(events(model, used=settings(utterances=5_000), by=asked, ledger=ledger))
    assert finished(ledger).state is RunState.INFEASIBLE
    assert finished(ledger).message.startswith("the recordings of 'meld-balanced' are used up: ")
    assert len(ledger.plans) == len({plan.recording for plan in ledger.plans}) == 200
    got = Counter(label for d in ledger.dialogues() for label in d.labels)
    assert finished(ledger).shortfall == {k: round(5_000 / 7) - got[k] for k in MELD.names}


def test_replay_is_refused_before_anything_happens_where_it_cannot_do_what_is_asked(assets: Path) -> None:
    model = ReplayModel("replay:", assets / "recordings")
    with pytest.raises(RefusedError, match="cannot follow the label sequence"):
        events(model, by=recipe(label_mode=LabelMode.SEQUENCE, recordings="meld-balanced")).__next__()
    with pytest.raises(RefusedError, match="has no recordings"):
        menu_for(recipe(), model)
    assert menu_for(recipe(), ObedientModel()) is None


@pytest.mark.parametrize("mode", list(LabelMode))
def test_a_live_model_can_be_driven_in_every_label_mode(mode: LabelMode) -> None:
    ledger = Ledger()
    list(events(ObedientModel(), used=settings(12), by=recipe(label_mode=mode), ledger=ledger))
    assert finished(ledger).state is RunState.COMPLETE
    assert {a.state for a in ledger.attempts.values()} == {"accepted"}


def test_a_stream_that_is_closed_leaves_its_attempts_in_flight() -> None:
    ledger = Ledger()
    stream = events(ObedientModel(), used=settings(window=3), ledger=ledger)
    while len(ledger.attempts) < 3:
        next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert books(ledger) == Books(submitted=3, in_flight=3)
    assert books(ledger.after_a_crash()) == Books(submitted=3, lost=3)


def test_an_error_of_ours_ends_the_stream_and_leaves_the_attempt_in_flight() -> None:
    class RefusingModel(ObedientModel):
        def complete(self, request: ChatRequest) -> Completion:
            raise RefusedError("licensed text may not leave this machine")

    ledger = Ledger()
    with pytest.raises(RefusedError):
        list(events(RefusingModel(), ledger=ledger))
    assert books(ledger) == Books(submitted=1, in_flight=1)


def test_equal_runs_at_window_one_are_equal_to_the_last_event() -> None:
    def told() -> list[object]:
        timed = (
            replace(e, attempt=replace(e.attempt, seconds=0.0)) if isinstance(e, Finished) else e
            for e in events(ObedientModel(faults(0.4)), used=settings(60))
        )
        return list(timed)

    assert told() == told()
