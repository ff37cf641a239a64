"""The bootstrap over dialogues: values, intervals, and reasons where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.evaluation.resampling import bootstrap, measured, measured_distance, ratio


def fraction(sums: np.ndarray) -> np.ndarray:
    return ratio(sums[..., 0], sums[..., 1])


def test_dialogues_are_drawn_and_not_turns() -> None:
    # three dialogues, all turns alike inside each: one of 27 draws is (1, 1, 1) → 1, one is (0, 0, 0) → 0,
    # so both ends of a 95 % interval (2.5 % on each side, 1/27 is 3.7 %) are reached
    found = measured(bootstrap(fraction, np.array([[9, 9], [0, 9], [9, 9]]), resamples=2000), 27)
    assert found.value == pytest.approx(2 / 3)
    assert found.interval == (0.0, 1.0)
    assert found.n == 27


def test_equal_dialogues_leave_no_doubt() -> None:
    assert measured(bootstrap(fraction, np.array([[1, 4]] * 5)), 20).interval == (0.25, 0.25)


def test_one_dialogue_has_a_value_without_an_interval() -> None:
    found = measured(bootstrap(fraction, np.array([[1, 4]])), 4)
    assert (found.value, found.interval, found.reason) == (0.25, None, "no interval: one dialogue only")


def test_nothing_below_the_line_is_undefined_with_the_reason_given() -> None:
    found = measured(bootstrap(fraction, np.zeros((3, 2))), 0, "nobody spoke")
    assert found.to_json() == {"value": None, "reason": "nobody spoke"}


def test_a_value_at_its_bound_lies_in_its_interval() -> None:
    # the two dialogues even out; any resample but half of them does not
    found = measured(bootstrap(lambda s: s.min(-1) / s.max(-1), np.array([[3, 2], [2, 3]])), 10)
    assert found.value == 1.0
    assert found.interval == (pytest.approx(2 / 3), 1.0)


def test_the_same_seed_draws_the_same_dialogues_and_another_stream_others() -> None:
    sums = np.random.default_rng(0).integers(1, 9, (20, 2))
    a, b, c = (bootstrap(fraction, sums, stream=stream).resampled for stream in (0, 0, 1))
    assert (a == b).all()
    assert (a != c).any()


def test_blocks_give_what_one_piece_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = np.random.default_rng(0).integers(1, 9, (20, 2))
    whole = bootstrap(fraction, sums, resamples=50).resampled
    monkeypatch.setattr("erc_engine.evaluation.resampling.CELLS", 100)
    assert np.allclose(bootstrap(fraction, sums, resamples=50).resampled, whole)


def test_a_distance_near_zero_reaches_zero_and_is_never_negative() -> None:
    # the 95 % quantile of .00, .01, … .20 is .19
    found = measured_distance(0.05, np.arange(21) / 100, 100)
    assert found.interval == (0.0, pytest.approx(0.24))
