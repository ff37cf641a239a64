"""Means, medians and distances of lengths, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.corpora.text import word_count
from erc_engine.curation.quality.compared import TwoSets
from erc_engine.curation.quality.lengths import group_names, in_groups, lengths, mean, median
from erc_engine.domain.reports import SplitSummary
from tests.builders import dialogue

LONG = dialogue("Ana: One two three.", "Bo: One.", id="long")
SHORT = dialogue("Ana: One.", "Bo: Two.", id="short")


def test_two_sets_are_compared_by_ks_and_earth_movers_distance() -> None:
    # words: 3 and 1 against 1 and 1; shares up to 1, 2, 3 words: ½ ½ 1 against 1 1 1
    # KS = ½; earth mover's = ½ + ½ + 0 = 1: one of two turns would lose two words
    found = lengths(TwoSets((LONG,), (SHORT,)))
    assert found.row("words_ks").gap.value == pytest.approx(0.5)
    assert found.row("words_emd").gap.value == pytest.approx(1.0)
    assert (found.row("words_mean").mine.value, found.row("words_mean").theirs.value) == (2.0, 1.0)
    assert (found.row("words_mean").gap.value, found.row("words_mean").gap.n) == (1.0, 4)
    assert found.row("turns_ks").gap.value == 0
    assert found.row("speakers_median").mine.value == 2


def test_a_median_between_two_lengths_lies_half_way() -> None:
    assert median(np.array([0, 1, 0, 1])) == 2  # lengths 1 and 3
    assert median(np.array([0, 2, 0, 0, 0, 1])) == 1  # 1, 1, 5
    assert mean(np.array([0, 2, 0, 0, 0, 1])) == pytest.approx(7 / 3)


def test_intervals_come_from_resampling_dialogues() -> None:
    found = lengths(TwoSets((LONG, LONG, SHORT, SHORT), (SHORT, SHORT)))
    low, high = found.row("words_mean").mine.interval
    assert 1 <= low < 1.5 < high <= 2  # dialogues have means of 2 and 1
    assert found.row("words_mean").theirs.interval == (1, 1)
    assert lengths(TwoSets((LONG,))).row("words_mean").mine.reason == "no interval: one dialogue only"


def test_without_a_benchmark_each_comparison_says_why() -> None:
    row = lengths(TwoSets((LONG,), absent="iemocap is not in this workspace")).row("words_ks")
    assert row.gap.reason == "not available because iemocap is not in this workspace"


def test_published_counts_give_the_mean_number_of_turns() -> None:
    row = lengths(TwoSets((LONG, SHORT)), SplitSummary(10, 50, {})).row("turns_mean")
    assert (row.theirs.value, row.gap.value, row.gap.interval) == (5.0, -3.0, (-3.0, -3.0))
    assert "published" in row.theirs.reason


def test_pictures_group_lengths_and_miss_none() -> None:
    assert group_names((1, 3, 4)) == ("1–2", "3", "4 or more")
    assert in_groups(np.array([1, 1, 0, 1, 0, 1]), (1, 3, 4)) == (0.5, 0.25, 0.25)  # lengths 0, 1, 3, 5


def test_words_stand_between_spaces_and_an_ideograph_is_one() -> None:
    assert word_count("You're late, y'know.") == 3
    assert word_count("我很高兴。") == 4
    assert word_count("Élan vital") == 2
