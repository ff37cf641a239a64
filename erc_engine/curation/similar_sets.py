"""All pairs of word sets that are alike, exactly: shared words are counted for whole tiles of pairs at once.

    for i, j, similarity in similar_sets(sets, 0.5): ...      # i < j, Jaccard similarity at or over 0.5

The shared words of sets i and j are entry (i, j) of M Mᵀ, with M the sets × words table of 0 and 1. The few words that
many sets have are multiplied densely, the many that few have sparsely: 12,000 dialogues take seconds. `minhash` answers
while a set still grows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from numpy.typing import NDArray

TILE = 1024
FREQUENT = 512  # words multiplied densely
_ROUNDING = 1e-9


def similar_sets(sets: Sequence[AbstractSet[str]], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Pairs in order of the later set, then of the earlier; empty sets are in none."""
    if not sets:
        return
    frequency = Counter(word for each in sets for word in each)
    ranked = {word: rank for rank, (word, _) in enumerate(frequency.most_common())}
    frequent, rare = _tables(sets, ranked)
    sizes = np.array([len(each) for each in sets], np.int64)
    for top in range(0, len(sets), TILE):  # j, the later set of a pair, against all up to it
        later = slice(top, top + TILE)
        found: list[tuple[int, int, float]] = []
        for left in range(0, top + 1, TILE):
            earlier = slice(left, left + TILE)
            shared = frequent[later] @ frequent[earlier].T + (rare[later] @ rare[earlier].T).toarray()
            either = sizes[later, None] + sizes[None, earlier] - shared
            alike = (shared > 0) & (shared >= (threshold - _ROUNDING) * either)
            for j, i in zip(*np.nonzero(alike), strict=True):
                if left + i < top + j:
                    found.append((left + int(i), top + int(j), float(shared[j, i]) / float(either[j, i])))
        yield from sorted(found, key=lambda pair: (pair[1], pair[0]))


def _tables(sets: Sequence[AbstractSet[str]], ranked: dict[str, int]) -> tuple[NDArray[np.float32], Any]:
    """Sets × frequent words, dense, and sets × the other words, sparse."""
    from scipy.sparse import csr_array

    ranks = [np.fromiter((ranked[word] for word in each), np.int64, len(each)) for each in sets]
    rows = np.repeat(np.arange(len(sets)), [len(each) for each in ranks])
    columns = np.concatenate(ranks)
    dense = np.zeros((len(sets), FREQUENT), np.float32)
    often = columns < FREQUENT
    dense[rows[often], columns[often]] = 1
    seldom = ~often
    ones = np.ones(int(seldom.sum()), np.float32)
    shape = (len(sets), max(1, len(ranked) - FREQUENT))
    return dense, csr_array((ones, (rows[seldom], columns[seldom] - FREQUENT)), shape=shape)
