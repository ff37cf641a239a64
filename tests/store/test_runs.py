"""Runs and the ledger: plans, attempts, books, surplus."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.domain.conversation import Origin
from erc_engine.domain.generation import LabelPlan, Repair, Speaker
from erc_engine.domain.generation_runs import Attempt, AttemptState, Books, RunSettings, RunState
from erc_engine.errors import ConflictError, InputError, NotFoundError
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue

SETTINGS = RunSettings("first", "9f", "meld-balanced", "meld", 100, "replay:", 2**64 - 1, shares={"joy": 1.0})


def plan(number: int) -> LabelPlan:
    speakers = (Speaker("Ana", "shy"), Speaker("Bo"))
    budget = {"joy": 1, "fear": 1}
    return LabelPlan(
        f"p{number}", number, speakers, 2, (), budget, {"joy": 0.7, "fear": 1.3}, (), {"place": "boat"}, "m7"
    )


def in_flight(plan: int = 0, number: int = 0, seed: int = 7) -> Attempt:
    return Attempt("r1", f"p{plan}", number, seed, AttemptState.IN_FLIGHT)


def passed(attempt: Attempt, id: str | None = None) -> Attempt:
    made = dialogue("Ana: You came! [joy]", "Bo: Is it dark? [fear]", id=id or f"d-{attempt.plan}")
    return replace(attempt, state=AttemptState.ACCEPTED, dialogue=made, raw="1. Ana [joy]: You came!\x00", seconds=0.25)


def rejected(attempt: Attempt) -> Attempt:
    repairs = (Repair("bold", 1, "**Ana**"),)
    return replace(attempt, state=AttemptState.REJECTED, reason="speakers", detail="Cy", raw="Cy: hm", repairs=repairs)


@pytest.fixture
def running(store: Store) -> Store:
    """A run with three plans and an empty corpus to fill."""
    store.corpora.create_empty(corpus(name="out", origin=Origin.RECORDED))
    store.runs.create("r1", SETTINGS)
    for number in range(3):
        store.runs.add_plan("r1", plan(number))
    return store


def test_a_run_is_found_by_name_and_id_with_its_settings(running: Store) -> None:
    by_name = running.runs.by_name("first")
    assert by_name is not None
    assert (by_name.id, by_name.settings, by_name.state, by_name.message) == ("r1", SETTINGS, RunState.RUNNING, "")
    assert running.runs.by_name("second") is None
    assert running.runs.get("r1") == by_name
    with pytest.raises(NotFoundError, match="no run with the id 'r2'"):
        running.runs.get("r2")


def test_two_runs_cannot_share_a_name(running: Store) -> None:
    with pytest.raises(ConflictError, match="already a run with the name 'first'"):
        running.runs.create("r2", SETTINGS)
    running.runs.create("r2", replace(SETTINGS, name="second"))
    assert [run.name for run in running.runs.list()] == ["first", "second"]


def test_a_run_ends_with_a_state_and_a_message(running: Store) -> None:
    running.runs.set_state("r1", RunState.INFEASIBLE, "3 fear short")
    assert (running.runs.get("r1").state, running.runs.get("r1").message) == (RunState.INFEASIBLE, "3 fear short")
    with pytest.raises(NotFoundError):
        running.runs.set_state("r2", RunState.PAUSED, "")


def test_plans_come_back_in_the_order_they_were_made_for(store: Store) -> None:
    store.runs.create("r1", SETTINGS)
    for number in (11, 2, 0):
        store.runs.add_plan("r1", plan(number))
    assert store.runs.plans("r1") == (plan(0), plan(2), plan(11))
    with pytest.raises(ConflictError):
        store.runs.add_plan("r1", plan(2))
    with pytest.raises(NotFoundError):
        store.runs.add_plan("r2", plan(1))


def test_an_accepted_attempt_puts_its_dialogue_into_the_corpus(running: Store) -> None:
    running.runs.start_attempt(in_flight())
    assert running.runs.books("r1") == Books(submitted=1, in_flight=1)
    running.runs.finish_attempt(passed(in_flight()), dialogue_into="out")
    assert running.runs.books("r1") == Books(submitted=1, accepted=1)
    assert running.corpora.get("out").dialogues == (passed(in_flight()).dialogue,)


def test_attempts_come_back_as_they_ended_in_the_order_they_were_submitted(running: Store) -> None:
    first, second, third = in_flight(2), in_flight(0, seed=2**63), in_flight(2, number=1)
    ended = [rejected(first), replace(second, state=AttemptState.FAILED, reason="timeout"), passed(third)]
    for attempt in (first, second, third):
        running.runs.start_attempt(attempt)
    for attempt in reversed(ended):
        running.runs.finish_attempt(attempt, dialogue_into="out")
    assert list(running.runs.attempts("r1")) == ended
    assert [a.raw for a in running.runs.attempts("r1", with_text=False)] == ["", "", ""]
    assert [a.reason for a in running.runs.attempts("r1", with_text=False)] == ["speakers", "timeout", ""]
    assert running.runs.books("r1") == Books(submitted=3, accepted=1, rejected=1, failed=1)


def test_a_plan_is_accepted_at_most_once_and_the_second_leaves_no_trace(running: Store) -> None:
    for number in (0, 1):
        running.runs.start_attempt(in_flight(number=number))
    running.runs.finish_attempt(passed(in_flight(number=0)), dialogue_into="out")
    with pytest.raises(ConflictError, match="r1/p0/1 cannot be accepted"):
        running.runs.finish_attempt(passed(in_flight(number=1), id="other"), dialogue_into="out")
    assert running.runs.books("r1") == Books(submitted=2, accepted=1, in_flight=1)
    assert [d.id for d in running.corpora.get("out").dialogues] == ["d-p0"]


def test_a_dialogue_id_that_is_taken_leaves_the_attempt_in_flight(running: Store) -> None:
    for number in (0, 1):
        running.runs.start_attempt(in_flight(number))
    running.runs.finish_attempt(passed(in_flight(0), id="same"), dialogue_into="out")
    with pytest.raises(ConflictError):
        running.runs.finish_attempt(passed(in_flight(1), id="same"), dialogue_into="out")
    assert running.runs.books("r1") == Books(submitted=2, accepted=1, in_flight=1)


def test_what_was_lost_cannot_be_finished_any_more(running: Store) -> None:
    running.runs.start_attempt(in_flight(0))
    running.runs.start_attempt(in_flight(1))
    running.runs.finish_attempt(rejected(in_flight(1)), dialogue_into=None)
    assert running.runs.mark_lost("r1") == 1
    assert running.runs.mark_lost("r1") == 0
    with pytest.raises(ConflictError, match="already ended as lost"):
        running.runs.finish_attempt(passed(in_flight(0)), dialogue_into="out")
    assert running.runs.books("r1") == Books(submitted=2, rejected=1, lost=1)
    assert running.corpora.get("out").dialogues == ()


def test_an_attempt_starts_once_for_a_plan_that_is_in_the_ledger(running: Store) -> None:
    running.runs.start_attempt(in_flight())
    with pytest.raises(ConflictError):
        running.runs.start_attempt(in_flight())
    with pytest.raises(NotFoundError):
        running.runs.start_attempt(in_flight(plan=99))
    with pytest.raises(NotFoundError, match="never started"):
        running.runs.finish_attempt(rejected(in_flight(plan=1)), dialogue_into=None)
    with pytest.raises(InputError, match="not in flight"):
        running.runs.start_attempt(rejected(in_flight(plan=1)))
    with pytest.raises(InputError, match="cannot end as in_flight"):
        running.runs.finish_attempt(in_flight(), dialogue_into=None)


def test_surplus_is_marked_in_ledger_and_corpus_at_once(running: Store) -> None:
    for number in (0, 1):
        running.runs.start_attempt(in_flight(number))
        running.runs.finish_attempt(passed(in_flight(number)), dialogue_into="out")
    with pytest.raises(NotFoundError, match="accepted nothing for plan 'p2'"):
        running.runs.mark_surplus("r1", ["p1", "p2"], "out")
    assert running.corpora.states("out")["surplus"] == 0
    assert running.runs.mark_surplus("r1", ["p1"], "out") == 1
    assert running.runs.mark_surplus("r1", ["p1"], "out") == 0
    assert [a.surplus for a in running.runs.attempts("r1")] == [False, True]
    assert running.corpora.state_of("out") == {"d-p0": "kept", "d-p1": "surplus"}
    assert running.runs.books("r1") == Books(submitted=2, accepted=2)


def test_more_attempts_than_are_read_at_once_come_complete_and_in_order(sqlite_store: Store) -> None:
    sqlite_store.runs.create("r1", SETTINGS)
    sqlite_store.runs.add_plan("r1", plan(0))
    for number in range(1001):
        sqlite_store.runs.start_attempt(in_flight(number=number))
    assert [a.number for a in sqlite_store.runs.attempts("r1")] == list(range(1001))
