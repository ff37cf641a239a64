"""Verdicts, samples and repairs in the store: added once, found by text, with books that balance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.domain.generation_runs import Attempt, AttemptState
from erc_engine.domain.turn_repairs import RepairBooks, RepairState, TurnRepair
from erc_engine.domain.verification import (
    Opinion,
    SampledDialogue,
    SampledTurn,
    Verdict,
    Verifier,
    VerifierKind,
)
from erc_engine.errors import ConflictError
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue
from tests.generation.builders import plan, settings

JUDGE = Verifier("llm:test:k3", VerifierKind.LLM, "test:", 3, "dialogue", "ab")
FIRST = Verdict("made", "d1", "d1:0", JUDGE.id, "t1", "joy", Opinion({"joy": 2}, 1), "a warning")


def test_a_verdict_is_added_once_and_read_back_whole(store: Store) -> None:
    other = replace(FIRST, text_hash="t2", intended=None, opinion=Opinion(probabilities={"joy": 0.25}))
    assert store.verdicts.add(JUDGE, [FIRST, other]) == 2
    assert store.verdicts.add(JUDGE, [FIRST, replace(other, intended="joy")]) == 0
    assert store.verdicts.of("made") == (FIRST, other)
    assert store.verdicts.of("made", "another") == ()
    assert store.verdicts.verifiers("made") == (JUDGE,)


def test_an_opinion_on_a_text_is_found_in_whatever_set_it_was_given(store: Store) -> None:
    store.verdicts.add(JUDGE, [FIRST])
    assert store.verdicts.known(JUDGE.id, ["t1", "t9"]) == {"t1": FIRST.opinion}
    assert store.verdicts.known("another", ["t1"]) == {}


def test_samples_come_back_by_name_the_newest_first(store: Store) -> None:
    for name in ("c-check-1", "c-check-2"):
        store.corpora.add(corpus(dialogue("Ana: Hm.", id="check-001"), name=name), faults=(), source="", hash=name)
        turn = SampledTurn("check-001:0", "d1:0", "joy", "masked")
        store.verdicts.add_sample([SampledDialogue(name, "check-001", "c", "d1", "judge", "masked", 7, (turn,))])
    found = store.verdicts.samples("c")
    assert list(found) == ["c-check-2", "c-check-1"]
    assert found["c-check-1"][0].turns[0].decision == "masked"


def begun(store: Store) -> TurnRepair:
    store.runs.create("extra", settings())
    attempt = Attempt("extra", "p00000", 0, 1, AttemptState.IN_FLIGHT)
    store.runs.start_attempt(attempt, new_plan=plan("joy", "neutral"))
    repair = TurnRepair("extra", "p00000", 0, 0, 7, (1,), "too_long")
    store.turn_repairs.start(repair)
    return repair


def test_a_repair_ends_once(store: Store) -> None:
    repair = begun(store)
    assert store.turn_repairs.books("extra") == RepairBooks(asked=1, in_flight=1)
    ended = replace(repair, state=RepairState.MENDED, raw="2. Bo: Hm.")
    store.turn_repairs.finish(ended)
    assert store.turn_repairs.books("extra") == RepairBooks(asked=1, mended=1)
    assert store.turn_repairs.of("extra", Attempt("extra", "p00000", 0, 1, AttemptState.ACCEPTED)) == (ended,)
    with pytest.raises(ConflictError):
        store.turn_repairs.finish(ended)


def test_a_repair_in_flight_is_lost_with_its_attempt(store: Store) -> None:
    repair = begun(store)
    assert store.runs.mark_lost("extra") == 1
    assert store.turn_repairs.books("extra") == RepairBooks(asked=1, lost=1)
    assert store.turn_repairs.of("extra")[0].state is RepairState.LOST
    with pytest.raises(ConflictError):
        store.turn_repairs.finish(replace(repair, state=RepairState.MENDED))
