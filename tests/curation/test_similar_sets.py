"""Shared words counted tile by tile give what comparing each pair gives."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from erc_engine.curation import similar_sets as module
from erc_engine.curation.similar_sets import similar_sets
from erc_engine.curation.word_sets import jaccard


def drawn(count: int, seed: int = 3) -> list[frozenset[str]]:
    """Sets about a few subjects, so that some are alike, and a few empty ones."""
    random_ = random.Random(seed)
    return [
        frozenset(f"{n % 7} {random_.randrange(14)}" for _ in range(10)) if n % 9 else frozenset() for n in range(count)
    ]


@pytest.mark.parametrize("threshold", [0.5, 0.7, 1.0])
def test_every_pair_at_or_over_the_threshold_is_found_and_no_other(
    threshold: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TILE", 8)
    monkeypatch.setattr(module, "FREQUENT", 20)
    sets = drawn(60)
    found = [(i, j, round(similarity, 9)) for i, j, similarity in similar_sets(sets, threshold)]
    wanted = [
        (i, j, round(jaccard(sets[i], sets[j]), 9))
        for j in range(60)
        for i in range(j)
        if sets[i] and jaccard(sets[i], sets[j]) >= threshold
    ]
    assert found == wanted
    assert len(found) < len(list(combinations(range(60), 2)))
    assert threshold == 1.0 or len(found) >= 4


def test_nothing_is_like_nothing() -> None:
    assert list(similar_sets([], 0.5)) == []
    assert list(similar_sets([frozenset(), frozenset()], 0.5)) == []
    assert list(similar_sets([frozenset("ab"), frozenset("ab")], 1.0)) == [(0, 1, 1.0)]
