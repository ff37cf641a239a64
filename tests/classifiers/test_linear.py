"""The linear model, its temperature, and what is carried from turn to turn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from erc_engine.classifiers.linear import ABSENT, best_sharpness, carried, decisions, fit_linear, softmax


def test_a_label_that_was_not_learnt_has_the_surest_no() -> None:
    matrix = csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0]]))
    weights = fit_linear(matrix, np.array([0, 2]), np.ones(2), power=1, cost=10, seed=0)
    scores = decisions(weights, matrix, 4)
    assert scores.argmax(1).tolist() == [0, 2]
    assert (scores[:, [1, 3]] == ABSENT).all()


def test_two_labels_score_as_opposites() -> None:
    matrix = csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0]]))
    weights = fit_linear(matrix, np.array([0, 1]), np.ones(2), power=0, cost=1, seed=0)
    scores = decisions(weights, matrix, 2)
    assert scores[:, 0] == pytest.approx(-scores[:, 1])


def test_balanced_weights_give_a_rare_label_its_due() -> None:
    # the same feature stands in 8 turns of label 0 and 4 of label 1, which is rarer still over all turns
    matrix = csr_matrix(np.array([[1.0, 0.0]] * 12 + [[0.0, 1.0]] * 40))
    labels = np.array([0] * 8 + [1] * 4 + [0] * 40)
    unweighted, balanced = (
        decisions(fit_linear(matrix, labels, np.ones(52), power=power, cost=1, seed=0), matrix[:1], 2)
        for power in (0.0, 1.0)
    )
    assert unweighted.argmax() == 0
    assert balanced.argmax() == 1


def test_softmax_of_large_scores_is_finite() -> None:
    assert softmax(np.array([[1000.0, 999.0]])) == pytest.approx(np.array([[0.731, 0.269]]), abs=1e-3)


def test_the_temperature_of_drawn_labels_is_found_again() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(20_000, 4))
    shares = softmax(scores * 2.5)
    gold = (random.random(20_000)[:, None] > shares.cumsum(1)).sum(1)
    assert best_sharpness(scores, np.eye(4)[gold]) == pytest.approx(2.5, rel=0.05)


def test_a_share_of_how_unusual_the_last_turn_was_is_carried_over() -> None:
    scores = np.array([[1.0, 0.0], [0.0, 0.0], [0.5, 0.5]])
    found = carried(scores, np.array([-1, -1, 0]), usual=np.array([0.5, 0.2]), weight=0.5)
    assert found.tolist() == [[1.0, 0.0], [0.0, 0.0], [0.75, 0.4]]
    assert carried(scores, np.array([-1, -1, 0]), np.zeros(2), 0.0) is scores
