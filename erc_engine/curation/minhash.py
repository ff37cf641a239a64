"""Word sets that are nearly the same, found without comparing every pair: MinHash and banding.

    index = MinHashIndex(threshold=0.7)
    index.add(word_set("you came i did not think you would".split()))
    index.similar(word_set("you came i did not hope you would".split()))    # [(0, 0.75)]: number, true Jaccard

MinHash (Broder 1997) only proposes candidates; every answer is verified on the sets themselves, so there are no
false positives. A pair exactly at the threshold is proposed with a probability of at least 0.98.
"""

from __future__ import annotations

import zlib
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from erc_engine.curation.word_sets import jaccard

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS = 128
FOUND_AT_THRESHOLD = 0.98


def bands_and_rows(threshold: float) -> tuple[int, int]:
    """The most selective banding that still proposes a pair at the threshold with probability 0.98.

    Two sets of Jaccard similarity s share one of b bands of r rows with probability 1 - (1 - s^r)^b. Below a
    threshold of 0.03 even single rows do not reach 0.98; such a search has no use.
    """
    for rows in range(PERMUTATIONS // 2, 1, -1):
        bands = PERMUTATIONS // rows
        if 1 - (1 - threshold**rows) ** bands >= FOUND_AT_THRESHOLD:
            return bands, rows
    return PERMUTATIONS, 1


class MinHashIndex:
    """Word sets by number of addition, searchable by similarity while it grows."""

    def __init__(self, threshold: float) -> None:
        from datasketch import MinHash, MinHashLSH

        self.threshold = threshold
        self._empty = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=zlib.crc32)
        self._lsh = MinHashLSH(num_perm=PERMUTATIONS, params=bands_and_rows(threshold))
        self._sets: list[AbstractSet[str]] = []
        self._last: tuple[AbstractSet[str], MinHash] = (frozenset(), self._empty)

    def __len__(self) -> int:
        return len(self._sets)

    def _sketch(self, words: AbstractSet[str]) -> MinHash:
        """The set's sketch; the last one is kept, since a set is mostly looked for and then added."""
        if words != self._last[0]:
            sketch = self._empty.copy()
            sketch.update_batch([word.encode("utf-8", "surrogatepass") for word in words])
            self._last = (words, sketch)
        return self._last[1]

    def similar(self, words: AbstractSet[str]) -> list[tuple[int, float]]:
        """Numbers and Jaccard similarities of the sets at or over the threshold, in order of addition."""
        if not words or not self._sets:
            return []
        candidates = self._lsh.query(self._sketch(words))
        verified = ((number, jaccard(words, self._sets[number])) for number in sorted(candidates))
        return [(number, similarity) for number, similarity in verified if similarity >= self.threshold]

    def add(self, words: AbstractSet[str]) -> int:
        """Remember a set; its number counts from 0. An empty set gets a number and is never found."""
        number = len(self._sets)
        self._sets.append(words)
        if words:
            self._lsh.insert(number, self._sketch(words), check_duplication=False)
        return number
