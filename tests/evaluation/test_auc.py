"""The area under the ROC curve, by hand and from resampled dialogues."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.evaluation.auc import auc

ONE_FOLD = np.zeros(4, np.int64)


def test_the_area_is_the_share_of_pairs_in_the_right_order_and_ties_count_half() -> None:
    # .9 beats .5 and .4; .4 loses to .5 and ties with .4: 2.5 of 4
    scores, positive = np.array([0.9, 0.4, 0.5, 0.4]), np.array([True, True, False, False])
    found = auc(scores, positive, np.array([0, 1, 2, 3]), ONE_FOLD)
    assert (found.value, found.n) == (0.625, 4)
    low, high = found.interval
    assert 0 <= low < 0.625 < high <= 1


def test_turns_of_two_folds_are_never_compared() -> None:
    scores, positive = np.array([0.1, 5.0, 0.0, 4.0]), np.array([True, True, False, False])
    dialogue, fold = np.array([0, 1, 2, 3]), np.array([0, 1, 0, 1])
    assert auc(scores, positive, dialogue, fold).value == 1


def test_one_dialogue_of_a_kind_has_no_interval() -> None:
    scores, positive = np.array([0.9, 0.8, 0.1, 0.2]), np.array([True, True, False, False])
    found = auc(scores, positive, np.array([0, 0, 1, 2]), ONE_FOLD)
    assert (found.value, found.interval) == (1, None)
    assert found.reason == "no interval: one dialogue only"


def test_folds_with_one_kind_alone_leave_it_undefined() -> None:
    scores, positive = np.array([0.9, 0.1]), np.array([True, False])
    found = auc(scores, positive, np.array([0, 1]), np.array([0, 1]))
    assert found.reason == "no fold has turns of both sets"


def test_it_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(0)
    scores, positive = random.integers(0, 9, 200).astype(float), random.random(200) < 0.4
    dialogue = np.where(positive, 0, 50) + random.integers(0, 20, 200)
    found = auc(scores, positive, dialogue, np.zeros(200, np.int64), resamples=50)
    assert found.value == pytest.approx(roc_auc_score(positive, scores))
