"""Whole dialogues drawn until both sets have the same amount of text, and what an average over draws is worth.

    for draw in draws([12, 8, 20], amount=20, count=30, seed=0): draw     # [(2, 20)], then [(0, 12), (1, 8)], …
    found = estimate(values, fraction=0.5, n=20)                          # Estimate(value=…, error=…)

Diversity depends on how much text there is: short sets look diverse. So both sets are cut to the same amount, at most
half of the smaller one, by drawing dialogues without replacement; the last one is cut. Resampling with replacement
would plant copies, which is what these measures count. The standard error comes from the spread over the draws, by
the delete-d jackknife (Shao & Wu 1989, 10.1214/aos/1176347263): with a fraction f of the set in each draw,

    error = sd of the draws · √(f / (1 − f))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from erc_engine.curation.quality.compared import TwoSets
from erc_engine.domain.curation import Measured
from erc_engine.domain.quality import NUMBER, Row

Z = 1.959964  # of a 95 % interval
Draw = list[tuple[int, int]]


@dataclass(frozen=True)
class Estimate:
    """An average over draws with its standard error; None where one dialogue is all there is."""

    value: float | None
    error: float | None
    n: int
    reason: str = ""

    def measured(self, least: float = 0.0, most: float = float("inf")) -> Measured:
        if self.value is None:
            return Measured.undefined(self.reason)
        if self.error is None:
            return Measured(self.value, None, self.n, "no interval: one dialogue only")
        low, high = self.value - Z * self.error, self.value + Z * self.error
        return Measured(self.value, (max(least, low), min(most, high)), self.n)


def equal_amount(sizes: Sequence[Sequence[int]], most: int) -> int:
    """How much each draw takes: half of the smaller set, at most `most`."""
    return min(most, *(sum(side) // 2 for side in sizes))


def draws(sizes: Sequence[int], amount: int, count: int, *, seed: int, stream: int = 0) -> Iterator[Draw]:
    """(dialogue, how much of it) until `amount` is reached, in a new order each time."""
    random = np.random.default_rng([seed % 2**64, stream])
    for _ in range(count):
        left, draw = amount, []
        for dialogue in random.permutation(len(sizes)):
            taken = min(left, sizes[dialogue])
            if taken:
                draw.append((int(dialogue), taken))
            left -= taken
            if not left:
                break
        yield draw


def estimate(values: Sequence[float], fraction: float, n: int, *, dialogues: int = 2) -> Estimate:
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    error = spread * float(np.sqrt(fraction / (1 - fraction))) if dialogues > 1 and fraction < 1 else None
    return Estimate(float(np.mean(values)), error, n)


def compared_estimates(
    key: str,
    name: str,
    counts: str,
    each: Sequence[Estimate],
    sets: TwoSets,
    *,
    most: float = float("inf"),
    unit: str = NUMBER,
) -> Row:
    """A row of the averages of both sides and their difference."""
    mine = each[0].measured(most=most)
    if len(each) == 1:
        return Row(key, name, counts, mine, sets.none, sets.none, unit=unit)
    return Row(key, name, counts, mine, each[1].measured(most=most), _difference(*each), unit=unit)


def _difference(mine: Estimate, theirs: Estimate) -> Measured:
    for found, whose in ((mine, "set"), (theirs, "benchmark")):
        if found.value is None:
            return Measured.undefined(f"undefined for the {whose}: {found.reason}")
    gap = (mine.value or 0.0) - (theirs.value or 0.0)
    if mine.error is None or theirs.error is None:
        return Measured(gap, None, mine.n + theirs.n, "no interval: one dialogue only")
    error = float(np.hypot(mine.error, theirs.error))
    return Measured(gap, (gap - Z * error, gap + Z * error), mine.n + theirs.n)
