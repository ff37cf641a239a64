"""All pairs of word sets that are alike, exactly and without comparing every pair.

    for i, j, similarity in similar_sets(sets, 0.5): ...      # i < j, Jaccard similarity at or over 0.5

Prefix filtering (Chaudhuri et al. 2006, 10.1109/ICDE.2006.9): with words in order of rarity, two sets A and B at the
threshold t share one of the first |A| - ⌈t·|A|⌉ + 1 words of A and of B. `minhash` answers while a set still grows.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from erc_engine.curation.word_sets import jaccard

_ROUNDING = 1e-9


def similar_sets(sets: Sequence[AbstractSet[str]], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Pairs in order of the later set; empty sets are in none."""
    frequency = Counter(word for each in sets for word in each)
    by_word: dict[str, list[int]] = defaultdict(list)
    for j, each in enumerate(sets):
        rarest = sorted(each, key=lambda word: (frequency[word], word))
        kept = rarest[: len(each) - math.ceil(threshold * len(each) - _ROUNDING) + 1]
        candidates = {i for word in kept for i in by_word[word]}
        for i in sorted(candidates):
            smaller, larger = sorted((len(sets[i]), len(each)))
            if smaller >= threshold * larger - _ROUNDING:
                similarity = jaccard(sets[i], each)
                if similarity >= threshold - _ROUNDING:
                    yield i, j, similarity
        for word in kept:
            by_word[word].append(j)
