"""Agreement coefficients against published examples, and the fast bootstrap against a literal one."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.labelling.coefficients import Sums, ac1, alpha, cohen, fleiss, percent

# four observers on twelve units, '.' where one gave no label: the same data in both papers
FOUR_RATERS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def whole(counts: list[list[int]]) -> Sums:
    table = np.array(counts)
    return Sums.of(table, np.zeros(len(table), int), 1).total()


def counts_of(ratings: list[str], labels: str) -> list[list[int]]:
    """Rows of raters, columns of utterances, '.' for no vote → votes for each label of each utterance with one."""
    found = [[column.count(label) for label in labels] for column in zip(*ratings, strict=True)]
    return [row for row in found if sum(row)]


def test_fleiss_kappa_of_fourteen_raters_on_ten_subjects() -> None:
    # the worked example of the article on Fleiss' kappa in Wikipedia: P = .378, chance = .213, kappa = .210
    table = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    assert percent(whole(table)) == pytest.approx(0.378, abs=5e-4)
    assert fleiss(whole(table)) == pytest.approx(0.210, abs=5e-4)


def test_krippendorffs_alpha_of_two_observers_on_binary_data() -> None:
    # Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example A: .095
    assert alpha(whole(counts_of(["0100000010", "1110010000"], "01"))) == pytest.approx(0.095, abs=5e-4)


def test_krippendorffs_alpha_with_missing_votes() -> None:
    # the same paper, example C: .743
    assert alpha(whole(counts_of(FOUR_RATERS, "12345"))) == pytest.approx(0.743, abs=5e-4)


def test_all_measures_of_gwets_example_with_missing_votes() -> None:
    # Gwet's four raters on twelve units (cac.raw4raters of irrCAC): percent .81818, Fleiss .76117, alpha .74342,
    # AC1 .77544. Unit 12 has one vote: it counts for chance in Fleiss and AC1, and nowhere else.
    table = whole(counts_of(FOUR_RATERS, "12345"))
    assert percent(table) == pytest.approx(0.81818, abs=5e-6)
    assert fleiss(table) == pytest.approx(0.76117, abs=5e-6)
    assert alpha(table) == pytest.approx(0.74342, abs=5e-6)
    assert ac1(table, 5) == pytest.approx(0.77544, abs=5e-6)


def test_cohens_kappa_worked_out_by_hand() -> None:
    # 20 + 15 of 50 agree: .7. Chance: (25/50)(30/50) + (25/50)(20/50) = .5. (.7 - .5) / (1 - .5) = .4
    assert cohen(np.array([[20, 5], [10, 15]])) == pytest.approx(0.4)


def test_agreement_by_two_raters_worked_out_by_hand() -> None:
    # 10 utterances, both say a on 6, both b on 2, they differ on 2: percent .8. Shares a: 14/20 = .7, b: .3.
    table = whole([[2, 0]] * 6 + [[0, 2]] * 2 + [[1, 1]] * 2)
    assert percent(table) == pytest.approx(0.8)
    # Fleiss: chance .49 + .09 = .58; (.8 - .58) / .42
    assert fleiss(table) == pytest.approx(0.22 / 0.42)
    # AC1: chance (.7·.3 + .3·.7) / (2 - 1) = .42; (.8 - .42) / .58
    assert ac1(table, 2) == pytest.approx(0.38 / 0.58)
    # alpha: observed 2/10 = .2, expected 2·14·6 / (20·19) = 168/380; 1 - .2·380/168
    assert alpha(table) == pytest.approx(1 - 0.2 * 380 / 168)


def test_ac1_stays_high_where_one_label_prevails_and_kappa_collapses() -> None:
    # 96 of 100 utterances agreed on neutral, 4 disputed: percent .96; shares .98 and .02
    table = whole([[2, 0]] * 96 + [[1, 1]] * 4)
    assert fleiss(table) == pytest.approx((0.96 - 0.9608) / (1 - 0.9608))  # slightly below zero
    assert ac1(table, 2) == pytest.approx((0.96 - 0.0392) / (1 - 0.0392))  # .958


def test_one_label_alone_leaves_every_chance_corrected_measure_without_a_value() -> None:
    table = whole([[2, 0], [2, 0]])
    assert percent(table) == 1
    assert np.isnan([fleiss(table), alpha(table), ac1(table, 1), cohen(np.array([[2, 0], [0, 0]]))]).all()


LABELS = 3
utterance = st.lists(st.integers(0, LABELS - 1), min_size=1, max_size=4)
corpora = st.lists(st.lists(utterance, min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(corpora, st.data())
def test_weighted_sums_equal_a_literal_loop_over_repeated_dialogues(
    dialogues: list[list[list[int]]], data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(dialogues), max_size=len(dialogues)))
    counts = [[ratings.count(label) for label in range(LABELS)] for d in dialogues for ratings in d]
    owner = [n for n, d in enumerate(dialogues) for _ in d]
    fast = Sums.of(np.array(counts), np.array(owner), len(dialogues)).weighted(np.array([weights], float))
    drawn = [ratings for d, times in zip(dialogues, weights, strict=True) for _ in range(times) for ratings in d]
    for quick, slow in (
        (percent(fast), slow_percent(drawn)),
        (fleiss(fast), slow_fleiss(drawn)),
        (ac1(fast, LABELS), slow_ac1(drawn)),
        (alpha(fast), slow_alpha(drawn)),
    ):
        assert quick.shape == (1,)
        assert quick[0] == pytest.approx(slow, nan_ok=True)


def slow_percent(drawn: list[list[int]]) -> float:
    shares = []
    for ratings in drawn:
        pairs = list(permutations(ratings, 2))
        if pairs:
            shares.append(sum(a == b for a, b in pairs) / len(pairs))
    return sum(shares) / len(shares) if shares else np.nan


def slow_shares(drawn: list[list[int]]) -> list[float]:
    return [sum(r.count(label) / len(r) for r in drawn) / len(drawn) if drawn else np.nan for label in range(LABELS)]


def over(observed: float, chance: float) -> float:
    return (observed - chance) / (1 - chance) if abs(1 - chance) > 1e-9 else np.nan


def slow_fleiss(drawn: list[list[int]]) -> float:
    return over(slow_percent(drawn), sum(share**2 for share in slow_shares(drawn)))


def slow_ac1(drawn: list[list[int]]) -> float:
    return over(slow_percent(drawn), sum(s * (1 - s) for s in slow_shares(drawn)) / (LABELS - 1))


def slow_alpha(drawn: list[list[int]]) -> float:
    """By the matrix of coincidences, as Krippendorff writes it."""
    coincidences: Counter[tuple[int, int]] = Counter()
    for ratings in drawn:
        for pair in permutations(ratings, 2):
            coincidences[pair] += 1 / (len(ratings) - 1)  # type: ignore[assignment]
    marginals = [sum(coincidences[a, b] for b in range(LABELS)) for a in range(LABELS)]
    n = sum(marginals)
    differing = sum(v for (a, b), v in coincidences.items() if a != b)
    expected = sum(marginals[a] * marginals[b] for a, b in permutations(range(LABELS), 2))
    return 1 - (n - 1) * differing / expected if expected > 1e-9 else np.nan
