"""Plans on any target and any ledger are valid, and the loop comes to its target whatever is refused."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import ChatRequest, LabelMode, LabelPlan, LabelTarget, Rejection, RejectReason
from erc_engine.domain.generation_runs import Attempt, AttemptState, RunState
from erc_engine.domain.imbalance import POSITIONS
from erc_engine.domain.label_passages import Passages
from erc_engine.domain.labels import total_variation
from erc_engine.generation.label_plan import Planner, Standing
from erc_engine.generation.progress import Progress
from tests.builders import dialogue
from tests.generation.builders import MELD, Ledger, ObedientModel, events, plan, recipe, target
from tests.generation.builders import settings as run_settings

weights = st.lists(st.integers(0, 20), min_size=7, max_size=7).filter(any)


def shares_of(given_weights: list[int]) -> dict[str, float]:
    return {name: w / sum(given_weights) for name, w in zip(MELD.names, given_weights, strict=True)}


@st.composite
def targets(draw: st.DrawFn) -> LabelTarget:
    shares = shares_of(draw(weights))
    rows = {name: shares_of(draw(weights)) for name in MELD.names}
    lengths = draw(st.dictionaries(st.integers(2, 30), st.floats(0.01, 1), min_size=1, max_size=4))
    speakers = draw(st.dictionaries(st.integers(2, 6), st.floats(0.01, 1), min_size=1, max_size=3))
    places = {place: shares_of(draw(weights)) for place in POSITIONS}
    with_dynamics = draw(st.booleans())
    return LabelTarget(
        MELD, shares, lengths, speakers, draw(st.floats(0, 0.9)), "a test",
        own=rows if with_dynamics else {}, other=rows if with_dynamics else {},
        places=places if with_dynamics else {},
    )  # fmt: skip


counts = st.dictionaries(st.sampled_from(MELD.names), st.integers(0, 500))


@settings(max_examples=60, deadline=None)
@given(targets(), st.sampled_from(list(LabelMode)), st.integers(0, 10**6), counts, counts, st.data())
def test_any_target_and_any_ledger_give_a_valid_plan_and_always_the_same(
    wanted: LabelTarget,
    mode: LabelMode,
    ordinal: int,
    accepted: dict[str, int],
    under_way: dict[str, float],
    data: st.DataObject,
) -> None:
    passages = Passages()
    for labels in data.draw(st.lists(st.lists(st.sampled_from([*MELD.names, None]), max_size=6), max_size=3)):
        passages.add([("Ana" if n % 3 else "Bo", label) for n, label in enumerate(labels)])
    standing = Standing(
        passages,
        survival=data.draw(st.dictionaries(st.sampled_from(MELD.names), st.floats(0.01, 1))),
        without=frozenset(data.draw(st.sets(st.sampled_from(MELD.names), max_size=2))),
    )
    asked = recipe(label_mode=mode)
    made, again = (Planner(wanted, asked, 3).next(ordinal, accepted, under_way, standing=standing) for _ in range(2))
    assert made is not None
    assert made == again
    assert made.turns in wanted.lengths
    names = [speaker.name for speaker in made.speakers]
    assert len(set(names)) == len(names)
    assert 2 <= len(names) <= max(2, min(made.turns, len(asked.names)))
    assert sum(made.expected.values()) == pytest.approx(made.turns)
    assert set(made.expected) <= set(MELD.names)
    if mode is LabelMode.SEQUENCE:
        assert len(made.sequence) == len(made.turn_speakers) == made.turns
        assert set(made.turn_speakers) == set(names)
        assert Counter(made.sequence) == made.budget
    if mode is not LabelMode.FREE:
        assert sum(made.budget.values()) == made.turns
        possible = {name for name in MELD.names if wanted.shares[name]}
        assert set(made.budget) <= possible
        if possible - standing.without:
            assert not set(made.budget) & standing.without


def driven(progress: Progress, planner: Planner, rates: dict[str, float], utterances: int) -> Progress:
    """Turns pass with a rate of their label; dialogues with three of four turns passed are kept, the others refused."""
    draw = random.Random(1)
    while progress.accepted_utterances < utterances:
        standing = progress.standing(LabelMode.SEQUENCE)
        made = planner.next(progress.plans, progress.accepted, progress.expected(), standing=standing)
        assert made is not None
        progress.add_plan(made)
        while made.id in progress.open:
            kept = [draw.random() < rates[label] for label in made.sequence]
            state = AttemptState.ACCEPTED if sum(kept) >= 0.75 * len(kept) else AttemptState.REJECTED
            turns = zip(made.turn_speakers, made.sequence, kept, strict=True)
            lines = [f"{who}: x{f' [{label}]' if passed else ''}" for who, label, passed in turns]
            got = dialogue(*lines) if state is AttemptState.ACCEPTED else None
            progress.settle(Attempt("r", made.id, 0, 0, state, dialogue=got))
    return progress


@pytest.mark.parametrize("shares", [[1] * 7, [47, 17, 12, 11, 7, 3, 3], [0, 1, 1, 2, 2, 8, 8]])
def test_the_loop_comes_to_its_target_though_rare_labels_are_refused_more_often(shares: list[int]) -> None:
    rates = dict(zip(MELD.names, (0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.65), strict=True))
    wanted = target(shares_of(shares), turns=8)
    planner = Planner(wanted, recipe(label_mode=LabelMode.SEQUENCE), 1)
    done = driven(Progress(4), planner, rates, 2_000)
    got = {label: n / done.accepted_utterances for label, n in done.accepted.items()}
    assert total_variation(got, wanted.shares) < 0.01


def test_survival_is_learnt_from_what_closed_plans_gave() -> None:
    progress = Progress(1)
    for n in range(30):
        progress.add_plan(plan("joy", "fear", id=f"p{n:05d}", ordinal=n))
        got = dialogue("Ana: x [joy]", "Bo: y")
        progress.settle(Attempt("r", f"p{n:05d}", 0, 0, AttemptState.ACCEPTED, dialogue=got))
    assert progress.accepted == {"joy": 30}
    assert progress.survival() == {"joy": 48 / 50, "fear": 18 / 50}  # (accepted + 18) / (planned + 20)
    assert progress.expected() == {}


def test_what_free_plans_are_counted_on_for_is_what_they_gave_so_far() -> None:
    made = Planner(target(turns=10), recipe(label_mode=LabelMode.FREE), 1)
    standing = Standing(free_mix={"joy": 0.9, "fear": 0.1})
    found = made.next(3, {"joy": 9, "fear": 1}, {}, standing=standing)
    assert found is not None
    assert {k: n for k, n in found.expected.items() if n} == {"joy": 9.0, "fear": 1.0}


def test_a_label_that_never_passes_is_given_up_and_the_rest_is_reached() -> None:
    def no_disgust(made: Dialogue, of: LabelPlan) -> Dialogue | Rejection:
        return Rejection(RejectReason.LABEL_PLAN, "no") if "disgust" in made.labels else made

    ledger = Ledger()
    used = run_settings(utterances=280, max_attempts=800)
    sequence = recipe(label_mode=LabelMode.SEQUENCE)
    list(events(ObedientModel(), used=used, by=sequence, to=target(turns=6), ledger=ledger, verify=no_disgust))
    assert ledger.ended is not None
    assert ledger.ended.state is RunState.INFEASIBLE
    assert ledger.ended.message.startswith("disgust given up after too many refusals, all else is there: ")
    assert set(ledger.ended.shortfall) <= {"disgust", *MELD.names}
    assert ledger.ended.shortfall["disgust"] == 40
    assert sum(n for label, n in ledger.ended.shortfall.items() if label != "disgust") <= 6
    assert len(ledger.attempts) < 400


def test_a_label_that_is_in_every_dialogue_is_found_out_all_the_same() -> None:
    def no_disgust(made: Dialogue, of: LabelPlan) -> Dialogue | Rejection:
        return Rejection(RejectReason.LABEL_PLAN, "no") if "disgust" in made.labels else made

    ledger = Ledger()
    used = run_settings(utterances=300, max_attempts=600)
    long = target({"joy": 0.5, "disgust": 0.5}, turns=20)
    list(events(ObedientModel(), used=used, by=recipe(), to=long, ledger=ledger, verify=no_disgust))
    assert ledger.ended is not None
    assert ledger.ended.message.startswith("disgust given up")
    assert {label for d in ledger.dialogues() for label in d.labels} == {"joy"}


def test_masked_turns_are_not_accepted_and_their_labels_are_planned_again() -> None:
    def masks_fear(made: Dialogue, of: LabelPlan) -> Dialogue:
        turns = tuple(replace(u, label=None) if u.label == "fear" and int(u.id[-1]) % 2 else u for u in made.utterances)
        return replace(made, utterances=turns)

    ledger = Ledger()
    sequence = recipe(label_mode=LabelMode.SEQUENCE)
    used = run_settings(utterances=700)
    list(events(ObedientModel(), used=used, by=sequence, to=target(turns=7), ledger=ledger, verify=masks_fear))
    labels = Counter(label for d in ledger.dialogues() for label in d.labels)
    planned = Counter(label for p in ledger.plans for label in p.sequence)
    assert ledger.ended is not None
    assert ledger.ended.state is RunState.COMPLETE
    assert labels[None] > 50
    assert planned["fear"] > 1.3 * planned["joy"]
    assert labels["fear"] == pytest.approx(100, abs=4)


def test_a_run_is_bounded_in_tokens_and_pauses_where_none_are_told() -> None:
    class Telling(ObedientModel):
        def complete(self, request: ChatRequest):  # type: ignore[no-untyped-def]
            return replace(super().complete(request), prompt_tokens=70, completion_tokens=30)

    ledger = Ledger()
    list(events(Telling(), used=run_settings(utterances=400, max_tokens=1_000), ledger=ledger))
    assert ledger.ended is not None
    assert ledger.ended.message.startswith("the limit of 1,000 tokens is reached: ")
    assert len(ledger.attempts) == 10
    silent = Ledger()
    list(events(ObedientModel(), used=run_settings(utterances=400, max_tokens=1_000), ledger=silent))
    assert silent.ended is not None
    assert silent.ended.state is RunState.PAUSED
    assert len(silent.attempts) == 1
