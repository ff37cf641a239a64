"""Plans bring what is accepted to the target, and are the same for the same arguments."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.domain.generation import LabelMode, LabelPlan, MenuItem, Sampling, Speaker
from erc_engine.domain.labels import total_variation
from erc_engine.errors import InputError
from erc_engine.generation.label_plan import Planner
from erc_engine.llm.replay import ReplayModel
from tests.generation.builders import MELD, recipe, target

EVEN = dict.fromkeys(MELD.names, 1 / 7)
LOPSIDED = {"neutral": 0.5, "joy": 0.3, "fear": 0.2}


def item(name: str, **labels: int) -> MenuItem:
    return MenuItem(name, sum(labels.values()), labels, (Speaker("Ana"), Speaker("Bo")), {"setting": "on a ferry"})


def first(planner: Planner, accepted: Mapping[str, int] | None = None, **more: object) -> LabelPlan:
    found = planner.next(0, accepted or {}, {}, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


def driven(planner: Planner, utterances: int) -> tuple[Counter[str], list[LabelPlan]]:
    """Every plan accepted as planned."""
    accepted: Counter[str] = Counter()
    used: set[str] = set()
    plans: list[LabelPlan] = []
    while accepted.total() < utterances:
        found = planner.next(len(plans), accepted, {}, used)
        if found is None:
            break
        plans.append(found)
        accepted.update({label: round(n) for label, n in found.expected.items()})
        used.add(found.recording or "")
    return accepted, plans


def distance(counts: Counter[str], shares: Mapping[str, float]) -> float:
    return total_variation({k: n / counts.total() for k, n in counts.items()}, shares)


@pytest.mark.parametrize("shares", [EVEN, LOPSIDED], ids=["even", "lopsided"])
def test_five_hundred_planned_utterances_come_within_one_percent_of_the_target(shares: dict[str, float]) -> None:
    counts, _ = driven(Planner(target(shares, turns=8), recipe(), run_seed=1), 500)
    assert distance(counts, shares) < 0.01
    assert set(counts) <= set(shares)


def test_what_is_accepted_and_in_flight_decides_what_comes_next() -> None:
    planner = Planner(target(LOPSIDED, turns=6), recipe(), run_seed=1)
    lacking = planner.next(5, {"neutral": 50, "joy": 30}, {})
    expected = planner.next(5, {"neutral": 50, "joy": 30}, {"fear": 40.0})
    assert lacking is not None
    assert expected is not None
    assert lacking.budget["fear"] > 1
    assert expected.budget.get("fear", 0) == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 2**40), st.dictionaries(st.sampled_from(MELD.names), st.integers(0, 99)))
def test_a_plan_is_whole_and_a_pure_function_of_its_arguments(
    ordinal: int, run_seed: int, accepted: dict[str, int]
) -> None:
    asked = recipe(label_mode=LabelMode.SEQUENCE)
    plan = Planner(target(turns=7), asked, run_seed).next(ordinal, accepted, {})
    assert plan == Planner(target(turns=7), asked, run_seed).next(ordinal, accepted, {})
    assert plan is not None
    assert plan.turns == len(plan.sequence) == len(plan.turn_speakers) == 7
    assert plan.budget == {name: plan.sequence.count(name) for name in MELD.names if name in plan.sequence}
    assert set(plan.turn_speakers) == {speaker.name for speaker in plan.speakers}
    assert plan.turn_speakers[0] == plan.speakers[0].name
    assert len({speaker.name for speaker in plan.speakers}) == len(plan.speakers) == 2
    assert plan.id == f"p{ordinal:05d}"


def test_each_mode_fixes_what_it_says() -> None:
    budget = first(Planner(target(), recipe(), 1))
    free = first(Planner(target(), recipe(label_mode=LabelMode.FREE), 1))
    assert (budget.sequence, budget.turn_speakers, sum(budget.budget.values())) == ((), (), 4)
    assert (free.sequence, free.turn_speakers, dict(free.budget)) == ((), (), {})
    assert free.expected == pytest.approx(dict.fromkeys(MELD.names, 4 / 7))


def test_lengths_and_speakers_are_those_of_the_target() -> None:
    wanted = target()
    wanted = type(wanted)(wanted.scheme, wanted.shares, {4: 0.25, 8: 0.75}, {2: 0.5, 3: 0.5}, 0.2, "a test")
    _, plans = driven(Planner(wanted, recipe(), 3), 4_000)
    assert sum(p.turns == 8 for p in plans) / len(plans) == pytest.approx(0.75, abs=0.05)
    assert sum(len(p.speakers) == 3 for p in plans) / len(plans) == pytest.approx(0.5, abs=0.05)


def test_the_same_speaker_goes_on_as_often_as_in_the_target() -> None:
    planner = Planner(target(turns=20), recipe(label_mode=LabelMode.SEQUENCE), 3)
    orders = [planner.next(n, {}, {}).turn_speakers for n in range(100)]  # type: ignore[union-attr]
    again = [a == b for order in orders for a, b in pairwise(order)]
    assert sum(again) / len(again) == pytest.approx(0.2, abs=0.03)


def test_label_sequences_carry_the_target_s_transitions() -> None:
    wanted = target({"joy": 0.5, "anger": 0.5}, turns=20)
    clinging = {"joy": {"joy": 0.95, "anger": 0.05}, "anger": {"joy": 0.05, "anger": 0.95}}
    wanted = type(wanted)(wanted.scheme, wanted.shares, {20: 1.0}, {2: 1.0}, 0.0, "a test", own=clinging)
    planner = Planner(wanted, recipe(label_mode=LabelMode.SEQUENCE), 3)
    plans = [planner.next(n, {}, {}) for n in range(50)]
    kept = [p.sequence[n] == p.sequence[n - 2] for p in plans if p for n in range(2, 20)]  # two speakers in turn
    assert sum(kept) / len(kept) > 0.85


def test_attributes_and_traits_are_drawn_from_the_recipe() -> None:
    plan = first(Planner(target(), recipe(), 1))
    assert plan.attributes["setting"] in ("in a kitchen", "on a ferry")
    assert {speaker.trait for speaker in plan.speakers} == {"blunt", "warm"}


def test_dialogues_too_long_for_the_token_limit_are_not_planned() -> None:
    wanted = target()
    long = type(wanted)(wanted.scheme, wanted.shares, {4: 0.1, 90: 0.9}, {2: 1.0}, 0.2, "a test")
    _, plans = driven(Planner(long, recipe(), 1), 40)
    assert {plan.turns for plan in plans} == {4}
    with pytest.raises(InputError, match="no dialogue length"):
        Planner(long, recipe(sampling=Sampling(max_tokens=40)), 1)


MENU = (item("r-0", joy=4), item("r-1", fear=4), item("r-2", neutral=2, joy=2), item("r-3", neutral=4))


def test_the_menu_gives_the_unused_recording_nearest_to_the_target() -> None:
    planner = Planner(target(LOPSIDED), recipe(), 1, MENU)
    assert first(planner, {"neutral": 46, "joy": 30, "fear": 20}).recording == "r-3"
    assert first(planner, {"neutral": 50, "joy": 30, "fear": 16}).recording == "r-1"
    assert first(planner, {"neutral": 50, "joy": 30, "fear": 16}, used_recordings={"r-1"}).recording != "r-1"


def test_a_recording_keeps_its_speakers_labels_and_attributes() -> None:
    plan = first(Planner(target(LOPSIDED), recipe(), 1, MENU[2:3]))
    assert (plan.recording, plan.turns, dict(plan.budget)) == ("r-2", 4, {"neutral": 2, "joy": 2})
    assert plan.speakers == (Speaker("Ana"), Speaker("Bo"))
    assert plan.attributes == {"setting": "on a ferry"}


def test_a_menu_that_is_used_up_gives_no_plan() -> None:
    planner = Planner(target(LOPSIDED), recipe(), 1, MENU)
    _, plans = driven(planner, 1_000)
    assert sorted(plan.recording or "" for plan in plans) == ["r-0", "r-1", "r-2", "r-3"]
    assert Planner(target(), recipe(), 1, ()).next(0, {}, {}) is None


def test_runs_with_different_seeds_take_different_recordings(assets: Path) -> None:
    menu = ReplayModel("replay:", assets / "recordings").menu("meld-balanced")
    taken = [{plan.recording for plan in driven(Planner(target(), recipe(), seed, menu), 500)[1]} for seed in (1, 2, 1)]
    assert taken[0] == taken[2]
    assert taken[0] != taken[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_recorded_utterances_come_within_one_percent_of_balance(assets: Path, seed: int) -> None:
    menu = ReplayModel("replay:", assets / "recordings").menu("meld-balanced")
    counts, plans = driven(Planner(target(), recipe(), seed, menu), 1_000)
    assert distance(counts, EVEN) < 0.01
    assert len({plan.recording for plan in plans}) == len(plans)


def test_recordings_of_another_scheme_are_refused() -> None:
    with pytest.raises(InputError, match="'mad'"):
        Planner(target(), recipe(), 1, (item("x-0", mad=3),))


def test_a_plan_takes_less_than_a_millisecond(assets: Path) -> None:
    menu = ReplayModel("replay:", assets / "recordings").menu("meld-balanced")
    for planner in (Planner(target(turns=10), recipe(), 1), Planner(target(), recipe(), 1, menu)):
        driven(planner, 50)
        started = time.process_time()
        plans = [planner.next(n, {"joy": n}, {}) for n in range(1, 101)]
        assert (time.process_time() - started) / len(plans) < 0.002  # twice the goal
