"""How long a server may take, from how long it took.

    latencies = Latencies(most=120.0)
    latencies.timeout           # 120.0 while little is known
    latencies.add(2.1)          # an answer; after 20 of them: four times the 99th percentile, between 10 and 120

A request that ran into its timeout is added with that time, so a server that became slower is soon given more.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

KNOWN = 20  # answers before they are believed
REMEMBERED = 500


@dataclass
class Latencies:
    most: float
    least: float = 10.0
    factor: float = 4.0
    _seconds: deque[float] = field(init=False, default_factory=lambda: deque(maxlen=REMEMBERED))

    def add(self, seconds: float) -> None:
        self._seconds.append(seconds)

    @property
    def p99(self) -> float | None:
        in_order = sorted(self._seconds)
        return in_order[math.ceil(0.99 * len(in_order)) - 1] if in_order else None

    @property
    def timeout(self) -> float:
        if len(self._seconds) < KNOWN or self.p99 is None:
            return self.most
        return min(self.most, max(self.least, self.factor * self.p99))
