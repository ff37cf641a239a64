"""The index proposes by MinHash and answers by true Jaccard similarity."""

from __future__ import annotations

import random

import pytest

from erc_engine.curation.minhash import MinHashIndex, bands_and_rows
from erc_engine.curation.word_sets import jaccard


def test_the_answer_is_the_true_jaccard_similarity() -> None:
    index = MinHashIndex(0.7)
    index.add(frozenset(["you", "came", "i", "did", "not", "think", "you", "would"]))
    assert index.similar(frozenset(["you", "came", "i", "did", "not", "hope", "you", "would"])) == [(0, 0.75)]


def test_sets_under_the_threshold_are_not_given() -> None:
    index = MinHashIndex(0.8)
    index.add(frozenset(["you", "came", "i", "did", "not", "think", "you", "would"]))
    assert index.similar(frozenset(["you", "came", "i", "did", "not", "hope", "you", "would"])) == []


def test_an_empty_set_has_a_number_and_is_never_found() -> None:
    index = MinHashIndex(0.5)
    assert [index.add(frozenset()), index.add(frozenset({"a"}))] == [0, 1]
    assert index.similar(frozenset()) == []
    assert index.similar(frozenset({"a"})) == [(1, 1.0)]


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.7, 0.8, 0.95, 1.0])
def test_a_pair_at_the_threshold_is_nearly_always_proposed(threshold: float) -> None:
    bands, rows = bands_and_rows(threshold)
    assert bands * rows <= 128
    assert bands >= 2
    assert 1 - (1 - threshold**rows) ** bands >= 0.98


def test_no_pair_over_the_threshold_is_missed_among_many() -> None:
    random_ = random.Random(5)
    vocabulary = [f"w{n}" for n in range(400)]
    sets = [frozenset(random_.sample(vocabulary, 40)) for _ in range(150)]
    # 4 of 40 replaced: 36 of 44 shared, .82; well over .7
    sets += [
        frozenset(random_.sample(sorted(each), 36) + [f"new{n}{k}" for k in range(4)]) for n, each in enumerate(sets)
    ]
    index = MinHashIndex(0.7)
    found = set()
    for number, each in enumerate(sets):
        found |= {(other, number) for other, _ in index.similar(each)}
        index.add(each)
    pairs = ((a, b) for b in range(300) for a in range(b))
    assert found == {(a, b) for a, b in pairs if jaccard(sets[a], sets[b]) >= 0.7}
    assert len(found) == 150
