"""Intervals and tests: slow loops over dialogues as the oracle, known p-values, and the time that they take."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import f1_score

from erc_engine.domain.conversation import Split
from erc_engine.domain.labels import custom_scheme
from erc_engine.errors import InputError
from erc_engine.evaluation.significance import compare_pair, holm, mcnemar, score_intervals

ABC = custom_scheme("abc", ["neutral", "joy", "anger"])


def drawn(n: int, dialogues: int, right: float, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Gold labels, predictions that are right that often, and dialogue ids."""
    random = np.random.default_rng(seed)
    gold = random.choice(ABC.names, size=n, p=[0.5, 0.3, 0.2])
    guess = random.choice(ABC.names, size=n)
    predicted = np.where(random.random(n) < right, gold, guess)
    return gold.tolist(), predicted.tolist(), [f"d{i * dialogues // n}" for i in range(n)]


def weighted(gold: list[str], predicted: list[str]) -> float:
    return float(f1_score(gold, predicted, average="weighted", zero_division=0))


def test_the_interval_is_that_of_a_slow_bootstrap_of_dialogues() -> None:
    gold, predicted, where = drawn(120, 12, 0.5, seed=1)
    found = score_intervals(gold, predicted, where, ABC, seed=3, resamples=4_000)["weighted_f1"]
    random = np.random.default_rng(99)
    turns = {d: [i for i, w in enumerate(where) if w == d] for d in dict.fromkeys(where)}
    slow = []
    for _ in range(1_500):
        chosen = [i for d in random.choice(list(turns), size=len(turns)) for i in turns[d]]
        slow.append(weighted([gold[i] for i in chosen], [predicted[i] for i in chosen]))
    assert found.value == pytest.approx(weighted(gold, predicted))
    assert found.interval == pytest.approx(tuple(np.percentile(slow, [2.5, 97.5])), abs=0.015)


def test_intervals_count_dialogues_and_hold_the_point_score() -> None:
    found = score_intervals(*drawn(200, 20, 0.7, seed=2), ABC)
    assert set(found) == {"weighted_f1", "macro_f1", "accuracy"}
    for measured in found.values():
        assert measured.n == 20
        assert measured.value is not None
        assert measured.interval is not None
        assert measured.interval[0] <= measured.value <= measured.interval[1]


def test_resampling_dialogues_is_wider_than_resampling_turns_when_dialogues_differ() -> None:
    gold = ["joy", "anger"] * 100
    predicted = ["joy", "anger"] * 50 + ["anger", "joy"] * 50  # the first ten dialogues all right, the others all wrong
    by_dialogue = score_intervals(gold, predicted, [f"d{i // 10}" for i in range(200)], ABC)["accuracy"].interval
    by_turn = score_intervals(gold, predicted, [f"t{i}" for i in range(200)], ABC)["accuracy"].interval
    assert by_dialogue is not None
    assert by_turn is not None
    assert by_dialogue[1] - by_dialogue[0] > 2 * (by_turn[1] - by_turn[0])


def test_one_dialogue_has_a_score_but_no_interval_and_says_why() -> None:
    found = score_intervals(["joy", "anger"], ["joy", "joy"], ["d1", "d1"], ABC)["accuracy"]
    assert (found.value, found.interval) == (0.5, None)
    assert "one dialogue" in (found.reason or "")


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    case = drawn(100, 10, 0.5, seed=4)
    first, again, other = (score_intervals(*case, ABC, seed=s)["macro_f1"].interval for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_randomisation_p_is_the_share_of_all_swaps_that_are_as_extreme() -> None:
    gold, a, where = drawn(48, 8, 0.4, seed=5)
    _, b, _ = drawn(48, 8, 0.8, seed=5)
    observed = abs(weighted(gold, b) - weighted(gold, a))
    order = list(dict.fromkeys(where))
    extreme = 0
    for swaps in product([False, True], repeat=8):
        swap = dict(zip(order, swaps, strict=True))
        one = [y if swap[w] else x for x, y, w in zip(a, b, where, strict=True)]
        two = [x if swap[w] else y for x, y, w in zip(a, b, where, strict=True)]
        extreme += abs(weighted(gold, two) - weighted(gold, one)) >= observed - 1e-12
    found = compare_pair("a", "b", gold, a, b, where, ABC, resamples=20_000)
    assert found.p == pytest.approx(extreme / 2**8, abs=0.012)


def test_the_difference_is_b_minus_a_and_turns_its_sign_with_the_order() -> None:
    gold, a, where = drawn(300, 30, 0.3, seed=6)
    _, b, _ = drawn(300, 30, 0.9, seed=6)
    found = compare_pair("a", "b", gold, a, b, where, ABC)
    back = compare_pair("b", "a", gold, b, a, where, ABC)
    assert found.difference == pytest.approx(weighted(gold, b) - weighted(gold, a))
    assert found.difference > 0.2
    assert back.difference == pytest.approx(-found.difference)
    assert back.macro_difference == pytest.approx(-found.macro_difference)
    assert back.interval == pytest.approx((-found.interval[1], -found.interval[0]))
    assert found.interval[0] > 0
    assert found.p == found.p_holm == pytest.approx(1 / 10_001)
    assert (found.a, found.b, found.n, found.dialogues, found.split) == ("a", "b", 300, 30, Split.TEST)
    assert "10,000" in found.test


def test_equal_predictions_differ_by_nothing_with_p_one() -> None:
    gold, a, where = drawn(60, 6, 0.5, seed=7)
    found = compare_pair("a", "b", gold, a, a, where, ABC, resamples=500)
    assert (found.difference, found.interval, found.p, found.mcnemar_p) == (0.0, (0.0, 0.0), 1.0, 1.0)


def test_two_equally_good_models_are_rarely_told_apart() -> None:
    small = 0
    for seed in range(60):
        gold, a, where = drawn(90, 15, 0.5, seed=seed)
        random = np.random.default_rng(1_000 + seed)
        guess = random.choice(ABC.names, size=90)
        b = np.where(random.random(90) < 0.5, gold, guess).tolist()
        small += compare_pair("a", "b", gold, a, b, where, ABC, resamples=300, seed=seed).p <= 0.05
    assert small <= 8  # 3 expected of 60; more than 8 has a chance of 0.3 %


def test_mcnemar_is_the_exact_binomial_of_the_turns_that_differ() -> None:
    # only a right 8 times, only b once: twice P(X ≤ 1) of 9 fair coins
    a = np.array([True] * 8 + [False] + [True] * 20)
    b = np.array([False] * 8 + [True] + [True] * 20)
    assert mcnemar(a, b) == pytest.approx(2 * binom.cdf(1, 9, 0.5))


def test_holm_by_hand() -> None:
    # sorted .01 × 3 = .03, .03 × 2 = .06, .04 × 1 = .04 → raised to .06
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_holm_never_passes_one_and_leaves_a_single_p_alone() -> None:
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


def test_holm_refuses_what_is_no_p_value() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        holm([0.1, float("nan")])


@pytest.mark.parametrize("dialogues", [["d1"] * 4, ["d1", "d2"]])
def test_a_comparison_needs_several_dialogues_and_one_id_per_turn(dialogues: list[str]) -> None:
    labels = ["joy", "anger", "joy", "anger"]
    with pytest.raises(InputError, match=r"one dialogue only|2 dialogue ids"):
        compare_pair("a", "b", labels, labels, labels, dialogues, ABC)


def test_ten_thousand_resamples_of_a_test_split_take_about_a_second() -> None:
    gold, a, where = drawn(2_610, 280, 0.5, seed=8)
    _, b, _ = drawn(2_610, 280, 0.52, seed=8)
    start = time.process_time()
    compare_pair("a", "b", gold, a, b, where, ABC, resamples=10_000)
    assert time.process_time() - start < 2  # twice the goal of one second
