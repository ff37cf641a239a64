"""Where a run stands, from its ledger alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.domain.generation_runs import Attempt, AttemptState
from erc_engine.generation.progress import FAILURES_PER_PLAN, OpenPlan, Progress
from tests.builders import dialogue
from tests.generation.builders import plan

A, B = plan("joy", "fear", id="p00000"), plan("neutral", "neutral", id="p00001", ordinal=1, recording="r-1")


def attempt(of: str, number: int, state: AttemptState, **more: object) -> Attempt:
    made = dialogue("Ana: x [joy]", "Bo: y [fear]") if state is AttemptState.ACCEPTED else None
    return replace(Attempt("run", of, number, 1, state, dialogue=made), **more)  # type: ignore[arg-type]


def progress(*attempts: Attempt, most: int = 3, same_reply: bool = False) -> Progress:
    return Progress.of((A, B), attempts, most, same_reply=same_reply)


def test_plans_without_an_end_wait_in_their_order() -> None:
    standing = progress()
    assert list(standing.open) == ["p00000", "p00001"]
    assert standing.waiting() is standing.open["p00000"]
    assert standing.expected() == {"joy": 1, "fear": 1, "neutral": 2}
    assert (standing.plans, standing.recordings) == (2, {"r-1"})


def test_an_accepted_dialogue_closes_its_plan_and_counts() -> None:
    standing = progress(attempt("p00000", 0, AttemptState.ACCEPTED))
    assert list(standing.open) == ["p00001"]
    assert standing.accepted == {"joy": 1, "fear": 1}
    assert standing.accepted_utterances == 2


def test_rejections_use_a_plan_up_and_lost_attempts_do_not() -> None:
    rejected, failed, lost = AttemptState.REJECTED, AttemptState.FAILED, AttemptState.LOST
    standing = progress(*(attempt("p00000", n, state) for n, state in enumerate((rejected, lost, failed, lost))))
    waiting = standing.open["p00000"]
    assert (waiting.attempts, waiting.rejections, waiting.failures) == (4, 1, 1)
    assert standing.spent == 2
    for number in range(4, 4 + standing.max_attempts_per_plan - 1):
        standing.settle(attempt("p00000", number, rejected))
    assert list(standing.open) == ["p00001"]


def test_a_plan_outlives_more_failed_requests_than_refusals() -> None:
    standing = progress(*(attempt("p00000", n, AttemptState.FAILED) for n in range(FAILURES_PER_PLAN - 1)))
    assert "p00000" in standing.open
    standing.settle(attempt("p00000", FAILURES_PER_PLAN, AttemptState.FAILED))
    assert "p00000" not in standing.open


def test_an_attempt_left_in_flight_is_taken_as_lost() -> None:
    standing = progress(attempt("p00000", 0, AttemptState.IN_FLIGHT))
    assert (standing.open["p00000"].attempts, standing.spent) == (1, 0)
    assert standing.waiting() is standing.open["p00000"]


def test_a_recording_that_is_rejected_as_it_is_would_be_rejected_again() -> None:
    own, injected = (attempt("p00000", 0, AttemptState.REJECTED, injected=kind) for kind in (None, "truncated"))
    assert "p00000" not in progress(own, same_reply=True).open
    assert "p00000" in progress(injected, same_reply=True).open
    assert "p00000" in progress(own).open


def test_only_a_rejection_changes_the_seed() -> None:
    fresh = OpenPlan(A)
    assert fresh.seed(7) == OpenPlan(A, attempts=3, failures=2).seed(7)
    assert len({fresh.seed(7), fresh.seed(8), OpenPlan(A, rejections=1).seed(7), OpenPlan(B).seed(7)}) == 4
    assert 0 <= fresh.seed(7) < 2**31


def test_the_shortfall_is_told_per_label_while_utterances_are_missing() -> None:
    standing = progress(attempt("p00000", 0, AttemptState.ACCEPTED))
    assert standing.shortfall({"joy": 0.5, "neutral": 0.5}, 8) == {"joy": 3, "neutral": 4}
    assert standing.shortfall({"joy": 0.5, "neutral": 0.5}, 0) == {}


@pytest.mark.parametrize("state", [AttemptState.LOST, AttemptState.FAILED])
def test_attempts_of_closed_plans_change_nothing(state: AttemptState) -> None:
    standing = progress(attempt("p00000", 0, AttemptState.ACCEPTED), attempt("p00000", 1, state))
    assert standing.accepted_utterances == 2
