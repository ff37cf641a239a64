"""Which entries have one of these keys: a multimap from 64-bit keys to numbers, in arrays that grow by merging.

    index = NumberIndex()
    index.add(np.array([17, 4], np.uint64), 0)
    index.find(np.array([4, 99], np.uint64))      # [0]

Twelve bytes a key, where a dictionary of sets takes some three hundred. New keys wait in a dictionary; when it is full
they become a sorted array, and arrays of about one size are merged (as in a log-structured merge tree): there are few.
"""

from __future__ import annotations

import numpy as np

WAITING = 1 << 15  # keys


class NumberIndex:
    def __init__(self) -> None:
        self._new: dict[int, list[int]] = {}
        self._waiting = 0
        self._sorted: list[tuple[np.ndarray, np.ndarray]] = []  # keys and numbers, the largest first

    def add(self, keys: np.ndarray, number: int) -> None:
        for key in keys.tolist():
            self._new.setdefault(key, []).append(number)
        self._waiting += len(keys)
        if self._waiting >= WAITING:
            self._settle()

    def find(self, keys: np.ndarray) -> list[int]:
        """Numbers that were added with one of the keys, each once, in ascending order."""
        found: set[int] = set()
        for key in keys.tolist():
            found.update(self._new.get(key, ()))
        for known, numbers in self._sorted:
            first, end = np.searchsorted(known, keys, "left"), np.searchsorted(known, keys, "right")
            for hit in np.flatnonzero(end > first):
                found.update(numbers[first[hit] : end[hit]].tolist())
        return sorted(found)

    def _settle(self) -> None:
        keys = np.fromiter((key for key, held in self._new.items() for _ in held), np.uint64, self._waiting)
        numbers = np.fromiter((number for held in self._new.values() for number in held), np.uint32, self._waiting)
        self._new, self._waiting = {}, 0
        while self._sorted and len(self._sorted[-1][0]) <= 2 * len(keys):
            others = self._sorted.pop()
            keys, numbers = np.concatenate([others[0], keys]), np.concatenate([others[1], numbers])
        order = np.argsort(keys, kind="stable")
        self._sorted.append((keys[order], numbers[order]))
