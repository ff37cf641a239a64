"""Cross-entropy and calibration error by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from erc_engine.evaluation.probabilities import cross_entropy, expected_calibration_error


def test_cross_entropy_is_the_mean_of_minus_log() -> None:
    found = cross_entropy(np.array([[0.8, 0.2], [0.5, 0.5]]), np.array([[1, 0], [0, 1]]))
    assert found == pytest.approx((-math.log(0.8) - math.log(0.5)) / 2)


def test_a_soft_label_weighs_each_of_its_labels() -> None:
    found = cross_entropy(np.array([[0.8, 0.2]]), np.array([[0.75, 0.25]]))
    assert found == pytest.approx(-0.75 * math.log(0.8) - 0.25 * math.log(0.2))


def test_a_probability_of_zero_costs_much_but_not_infinity() -> None:
    assert cross_entropy(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])) == pytest.approx(-math.log(1e-12))


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    # four turns at .75, three right: no gap; two at 1.0, one right: gap .5, a third of the turns
    sure = np.array([[0.75, 0.25]] * 4 + [[1.0, 0.0]] * 2)
    gold = np.array([0, 0, 0, 1, 0, 1])
    assert expected_calibration_error(sure, gold) == pytest.approx(0.5 * 2 / 6)
