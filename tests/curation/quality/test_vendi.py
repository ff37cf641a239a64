"""Vendi scores of vectors whose eigenvalues are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from erc_engine.curation.encoders import HashingEncoder
from erc_engine.curation.quality.compared import TwoSets
from erc_engine.curation.quality.vendi import vendi, vendi_score
from tests.builders import dialogue


def test_the_score_counts_wholly_different_texts() -> None:
    assert vendi_score(np.eye(3)) == pytest.approx(3)
    assert vendi_score(np.ones((3, 1))) == pytest.approx(1)
    # twice the same and another: eigenvalues of K/3 are 2/3 and 1/3
    entropy = -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))
    assert vendi_score(np.array([[1.0, 0], [1, 0], [0, 1]])) == pytest.approx(math.exp(entropy))


def test_texts_without_a_letter_are_like_nothing_else() -> None:
    assert vendi_score(np.zeros((2, 4))) == pytest.approx(2)


def test_both_sets_are_measured_at_equal_numbers() -> None:
    same = tuple(dialogue("Ana: The kettle boils.", "Bo: Tea, then.", id=f"s{n}") for n in range(8))
    words = ["quartz", "velvet", "juniper", "monday", "sailor", "bright", "thunder", "copper", "willow", "fiddle"]
    other = tuple(dialogue(f"Ana: {w}", f"Bo: {w[::-1]}", id=w) for w in words)
    section = vendi(TwoSets(same, other), HashingEncoder())
    row = section.row("vendi_dialogues")
    assert (row.mine.n, row.theirs.n) == (4, 4)
    assert row.mine.value == pytest.approx(1, abs=1e-6)
    assert 3.5 < row.theirs.value <= 4
    # utterances: 8 a draw from four dialogues of two, four of a kind twice: eigenvalues near ½ and ½
    assert section.row("vendi_utterances").mine.value == pytest.approx(2, abs=0.05)


def test_a_handful_of_dialogues_has_no_score() -> None:
    row = vendi(TwoSets((dialogue("Ana: Hi."),)), HashingEncoder()).row("vendi_dialogues")
    assert row.mine.reason == "fewer than four dialogues: no two in a draw"
