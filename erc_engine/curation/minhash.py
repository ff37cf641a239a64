"""Word sets that are nearly the same, found without comparing every pair: MinHash and banding.

    index = MinHashIndex(threshold=0.7)
    index.add(word_set("you came i did not think you would".split()))
    index.similar(word_set("you came i did not hope you would".split()))    # [(0, 0.75)]: number, true Jaccard

MinHash (Broder 1997) only proposes candidates; every answer is verified on the sets themselves, so there are no
false positives. A pair exactly at the threshold is proposed with a probability of at least 0.98. Sets are kept as
numbers of words and bands as numbers too (`number_index`), so that long runs fit into memory.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import numpy as np

from erc_engine.curation.number_index import NumberIndex

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
        from datasketch import MinHash

        self.threshold = threshold
        self._empty = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=zlib.crc32)
        self._bands, self._rows = bands_and_rows(threshold)
        odd = np.random.default_rng(1).integers(1, 2**63, (self._bands, self._rows), dtype=np.uint64)
        self._mix = odd | np.uint64(1)
        self._index = NumberIndex()
        self._words: dict[str, int] = {}
        self._sets = array("I")
        self._ends = array("Q", [0])
        self._last: tuple[AbstractSet[str], np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self._ends) - 1

    def _keys(self, words: AbstractSet[str]) -> np.ndarray:
        """One number a band, of its rows; the last ones are kept, since a set is mostly looked for and then added."""
        if self._last is None or words != self._last[0]:
            sketch: MinHash = self._empty.copy()
            sketch.update_batch([word.encode("utf-8", "surrogatepass") for word in words])
            rows = sketch.hashvalues[: self._bands * self._rows].astype(np.uint64).reshape(self._bands, self._rows)
            mixed = ((rows + np.uint64(1)) * self._mix).sum(1, dtype=np.uint64)
            self._last = (words, mixed ^ (mixed >> np.uint64(29)))
        return self._last[1]

    def similar(self, words: AbstractSet[str]) -> list[tuple[int, float]]:
        """Numbers and Jaccard similarities of the sets at or over the threshold, in order of addition."""
        if not words or not len(self):
            return []
        known = {self._words[word] for word in words if word in self._words}
        found = []
        for number in self._index.find(self._keys(words)):
            other = self._sets[self._ends[number] : self._ends[number + 1]]
            shared = sum(word in known for word in other)
            similarity = shared / (len(words) + len(other) - shared)
            if similarity >= self.threshold:
                found.append((number, similarity))
        return found

    def add(self, words: AbstractSet[str]) -> int:
        """Remember a set; its number counts from 0. An empty set gets a number and is never found."""
        number = len(self)
        self._sets.extend(self._words.setdefault(word, len(self._words)) for word in words)
        self._ends.append(len(self._sets))
        if words:
            self._index.add(self._keys(words), number)
        return number
