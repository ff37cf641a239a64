"""Scores by hand on small cases and against scikit-learn on drawn ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from erc_engine.domain.labels import custom_scheme, scheme
from erc_engine.errors import InputError
from erc_engine.evaluation.metrics import scores

ABC = custom_scheme("abc", ["neutral", "joy", "anger"])
NAMES = list(ABC.names)
LABELS = st.sampled_from(NAMES)
PAIRS = st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40)


def test_a_small_case_by_hand() -> None:
    # gold: 2 joy, 2 neutral; one joy is taken for anger, one neutral for joy.
    # joy: right 1, predicted 2, gold 2 → F1 1/2. neutral: right 1, predicted 1, gold 2 → 2/3. anger: no gold → 0.
    found = scores(["joy", "joy", "neutral", "neutral"], ["joy", "anger", "joy", "neutral"], ABC)
    assert found.per_class["joy"].f1 == pytest.approx(1 / 2)
    assert found.per_class["neutral"].f1 == pytest.approx(2 / 3)
    assert found.per_class["anger"].f1 == 0
    assert found.weighted_f1 == pytest.approx((2 * 1 / 2 + 2 * 2 / 3) / 4)
    assert found.accuracy == found.micro_f1 == 0.5
    assert found.confusion == ((1, 1, 0), (0, 1, 1), (0, 0, 0))
    assert found.n == 4


def test_macro_f1_is_over_the_labels_that_occur_in_gold() -> None:
    found = scores(["joy", "joy", "neutral", "neutral"], ["joy", "anger", "joy", "neutral"], ABC)
    assert found.macro_f1 == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_micro_f1_without_neutral_leaves_right_neutrals_out() -> None:
    # not neutral: right 1 (joy), gold 2, predicted 3 → 2 × 1 / 5
    found = scores(["joy", "joy", "neutral", "neutral"], ["joy", "anger", "joy", "neutral"], ABC)
    assert found.micro_f1_without_neutral == pytest.approx(2 / 5)


def test_micro_f1_without_neutral_is_undefined_when_all_is_neutral() -> None:
    assert scores(["neutral"], ["neutral"], ABC).micro_f1_without_neutral is None


def test_micro_f1_without_neutral_is_undefined_without_a_neutral_label() -> None:
    assert scores(["a"], ["b"], custom_scheme("two", ["a", "b"])).micro_f1_without_neutral is None


@given(PAIRS)
@settings(max_examples=60, deadline=None)
def test_every_score_equals_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    found = scores(gold, predicted, ABC)
    occur = [name for name in NAMES if name in gold]
    assert found.weighted_f1 == pytest.approx(f1_score(gold, predicted, average="weighted", zero_division=0))
    assert found.macro_f1 == pytest.approx(f1_score(gold, predicted, average="macro", labels=occur, zero_division=0))
    assert found.accuracy == pytest.approx(accuracy_score(gold, predicted))
    assert found.confusion == tuple(map(tuple, confusion_matrix(gold, predicted, labels=NAMES).tolist()))
    without = f1_score(gold, predicted, average="micro", labels=["joy", "anger"], zero_division=0)
    assert (found.micro_f1_without_neutral or 0.0) == pytest.approx(without)
    table = np.array(precision_recall_fscore_support(gold, predicted, labels=NAMES, zero_division=0)).T
    for name, row in zip(NAMES, table, strict=True):
        mine = found.per_class[name]
        assert (mine.precision, mine.recall, mine.f1, mine.support) == pytest.approx(tuple(row))


def test_nothing_to_score_is_an_error() -> None:
    with pytest.raises(InputError, match="no labelled utterance"):
        scores([], [], ABC)


def test_unequal_lengths_are_an_error() -> None:
    with pytest.raises(InputError, match="2 gold labels but 1 predictions"):
        scores(["joy", "joy"], ["joy"], ABC)


def test_a_label_outside_the_scheme_is_named() -> None:
    with pytest.raises(InputError, match="1 predicted labels are not in scheme 'meld': 'bliss'"):
        scores(["joy"], ["bliss"], scheme("meld"))
