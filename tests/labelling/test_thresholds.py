"""Thresholds from reviewed turns, by hand, and the default where there are too few."""

from __future__ import annotations

import pytest

from erc_engine.domain.labels import scheme
from erc_engine.labelling.thresholds import f1, thresholds_by_label

MELD = scheme("meld")


def test_f1_of_a_threshold_by_hand() -> None:
    pairs = [(1.0, True), (1.0, True), (0.67, False), (0.33, True)]
    assert f1(pairs, 0.5) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert f1(pairs, 1.0) == pytest.approx(2 * 2 / (2 * 2 + 0 + 1))
    assert f1(pairs, 2.0) == 0.0


def test_the_threshold_with_the_best_f1_is_taken() -> None:
    rows = [("joy", 1.0, True)] * 12 + [("joy", 0.67, False)] * 10 + [("joy", 0.33, False)] * 5
    found = thresholds_by_label(rows, MELD, default=0.5)["joy"]
    assert (found.value, found.n, found.f1) == (1.0, 27, 1.0)


def test_of_equally_good_thresholds_the_one_nearest_the_default_is_taken() -> None:
    rows = [("joy", 0.6, True)] * 15 + [("joy", 0.2, False)] * 10 + [("joy", 0.6, False)] * 0
    assert thresholds_by_label(rows, MELD, default=0.5)["joy"].value == 0.6


def test_too_few_reviewed_turns_keep_the_default_and_say_so() -> None:
    found = thresholds_by_label([("joy", 1.0, True)] * 3, MELD, default=0.5)
    assert (found["joy"].value, found["joy"].f1, found["joy"].why) == (0.5, None, "3 reviewed turns, 20 needed")
    agreed = thresholds_by_label([("joy", 1.0, True)] * 30, MELD, default=0.4)["joy"]
    assert (agreed.value, agreed.f1) == (0.4, None)
    assert "people agree with 30 of 30" in agreed.why
