"""Paired tests over plans, with values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.errors import InputError
from erc_engine.evaluation.paired import detectable_difference, mcnemar_power, paired_difference, sign_flip


def test_one_yes_or_no_a_plan_is_tested_by_the_exact_mcnemar() -> None:
    # seven plans only B, one only A, two agree: 2 · (C(8,0) + C(8,1)) / 2^8 = 18 / 256
    a = [1, 0, 0, 0, 0, 0, 0, 0, 1, 0]
    b = [0, 1, 1, 1, 1, 1, 1, 1, 1, 0]
    found = paired_difference(a, b, yes_or_no=True)
    assert found.difference.value == pytest.approx(0.6)
    assert found.difference.n == 10
    assert found.p == pytest.approx(18 / 256)
    assert found.test == "exact McNemar over plans"


def test_few_plans_are_swapped_in_all_ways() -> None:
    # differences 1, 2, 3: of the 8 signed sums only +6 and -6 are as large as 6
    p, how = sign_flip(np.array([1.0, 2.0, 3.0]))
    assert p == pytest.approx(2 / 8)
    assert how == "exact sign-flip permutation over plans, 8 swaps"


def test_many_plans_are_swapped_at_random_and_p_is_near_the_exact_one() -> None:
    # twenty differences of 1: only all signs alike reach 20, 2 / 2^20; the least p of 10,000 draws is 1 / 10,001
    found = paired_difference([0.0] * 20, [1.0] * 20)
    assert found.p == pytest.approx(1 / 10_001)
    assert found.difference.interval == (1.0, 1.0)


def test_versions_that_do_the_same_show_no_difference() -> None:
    found = paired_difference([0.2, 0.4, 0.9], [0.2, 0.4, 0.9])
    assert (found.difference.value, found.difference.interval, found.p) == (0.0, (0.0, 0.0), 1.0)


def test_the_interval_is_over_plans() -> None:
    # differences 0 and 1: a resample of two has mean 0, .5 or 1 with chances 1/4, 1/2, 1/4
    found = paired_difference([0, 0], [0, 1])
    assert found.difference.value == 0.5
    assert found.difference.interval == (0.0, 1.0)


def test_no_common_plan_is_undefined_and_lists_of_two_lengths_are_refused() -> None:
    assert paired_difference([], []).difference.reason == "no plan has this outcome in both versions"
    with pytest.raises(InputError, match="1 plans in a, 2 in b"):
        paired_difference([1], [1, 0])


def test_the_power_of_six_discordant_plans_on_one_side_is_one_and_of_five_none() -> None:
    # 2 / 2^6 = .031 is under .05, 2 / 2^5 = .0625 is not
    assert mcnemar_power(6, 1.0, 1.0) == pytest.approx(1.0)
    assert mcnemar_power(5, 1.0, 1.0) == 0.0


def test_the_power_sums_over_the_number_of_discordant_plans() -> None:
    # 7 plans, .9 discordant, all toward B: found with 6 or 7 of them, 7 · .9^6 · .1 + .9^7
    assert mcnemar_power(7, 0.9, 0.9) == pytest.approx(7 * 0.9**6 * 0.1 + 0.9**7)


def test_without_a_true_difference_it_is_found_in_less_than_one_lab_in_twenty() -> None:
    assert mcnemar_power(40, 0.3, 0.0) < 0.05


def test_the_detectable_difference_is_the_first_with_enough_power_and_falls_with_plans() -> None:
    at_40, at_200 = detectable_difference(40, 0.3), detectable_difference(200, 0.3)
    assert (at_40, at_200) == (0.243, 0.112)
    assert mcnemar_power(40, 0.3, 0.243) >= 0.8 > mcnemar_power(40, 0.3, 0.242)


def test_a_difference_beyond_the_discordance_takes_all_of_it_to_one_side() -> None:
    # 6 plans are found only when all 6 are discordant: d^6 = .8
    assert detectable_difference(6, 0.3) == pytest.approx(0.8 ** (1 / 6), abs=0.001)
    assert detectable_difference(5, 0.3) is None
    with pytest.raises(InputError):
        detectable_difference(40, 0.0)
