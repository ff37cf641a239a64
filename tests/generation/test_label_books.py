"""Evidence label by label, and when a label is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erc_engine.generation.label_books import LabelBooks, wilson
from tests.generation.builders import target

HALF = target({"joy": 0.5, "fear": 0.5})


def books(*, joy: int = 0, fear_refused: int = 0, fear_kept: int = 0) -> LabelBooks:
    found = LabelBooks()
    for _ in range(joy):
        found.ended({"joy": 4.0}, labels=["joy"] * 4)
    for _ in range(fear_refused):
        found.ended({"fear": 2.0, "joy": 2.0}, reason="label_plan")
    for _ in range(fear_kept):
        found.ended({"fear": 2.0, "joy": 2.0}, labels=["fear", "fear", "joy", None])
    return found


def test_evidence_counts_utterances_attempts_and_reasons() -> None:
    seen = books(joy=3, fear_refused=6, fear_kept=2)
    seen.planned({"fear": 2.0, "joy": 2.0})
    joy, fear = (e for e in seen.evidence(HALF, 40, attempts_left=100) if e.label in ("joy", "fear"))
    assert (fear.wanted, fear.accepted, fear.planned, fear.asked, fear.attempts) == (20, 4, 2.0, 16.0, 8)
    assert (fear.rejected, fear.masked, fear.pass_rate) == ({"label_plan": 12.0}, 0.0, 0.25)
    assert (joy.accepted, joy.asked, joy.masked, joy.attempts) == (14, 28.0, 2.0, 11)
    assert fear.interval is not None
    low, high = fear.interval
    assert (round(low, 3), round(high, 3)) == (0.071, 0.591)  # Wilson, 2 of 8
    assert fear.needed == -(-16 // (low * 2))  # 16 missing, two asked for with each attempt
    assert fear.over_budget == (fear.needed > 100)


def test_wilson_s_interval_is_that_of_the_tables() -> None:
    assert [round(x, 4) for x in wilson(15, 20)] == [0.5313, 0.8881]
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)


def test_a_label_is_given_up_when_it_fails_alone_and_the_budget_cannot_hold_it() -> None:
    alone = books(joy=20, fear_refused=40)
    assert alone.given_up(HALF, 1_000, attempts_left=400) == {"fear"}
    assert alone.given_up(HALF, 1_000, attempts_left=1_000_000) == set()  # a larger budget takes it up again
    assert books(joy=20, fear_refused=19).given_up(HALF, 1_000, attempts_left=1) == set()  # too little is known
    assert books(joy=20, fear_refused=30, fear_kept=20).given_up(HALF, 1_000, attempts_left=1) == set()  # merely harder
    assert books(fear_refused=400).given_up(HALF, 1_000, attempts_left=1) == set()  # everything fails


def test_while_nothing_is_accepted_every_second_plan_leaves_a_label_out() -> None:
    failing = books(fear_refused=20)
    assert [failing.left_out(HALF, n) for n in range(5)] == ["joy", None, "fear", None, "joy"]
    assert books(fear_refused=19).left_out(HALF, 0) is None
    assert books(joy=1, fear_refused=20).left_out(HALF, 0) is None


@given(st.integers(0, 400), st.floats(0, 1))
def test_an_interval_holds_its_rate(n: int, rate: float) -> None:
    if n:
        low, high = wilson(rate * n, n)
        assert 0 <= low <= rate + 1e-9
        assert rate - 1e-9 <= high <= 1
