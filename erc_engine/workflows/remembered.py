"""What is slow to count, kept in this process until what was counted changes.

    _SHAPES = Remembered()
    _SHAPES.get((url, "meld", mark), lambda: count(…))     # counted once for one mark, then at hand

A mark (`store.browsing.mark`) in the key makes an old answer impossible to find again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The last so many answers; the one that was not asked for longest goes first. For several threads."""

    def __init__(self, entries: int = 64) -> None:
        self._entries = entries
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        answer = compute()  # two threads may compute the same once each; that is cheaper than waiting
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)
        return answer
