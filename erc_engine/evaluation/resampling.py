"""How sure a number about a set of dialogues is: the bootstrap over whole dialogues, for any statistic of sums.

    sums = np.array([[3, 1], [0, 2]])                        # per dialogue: joyful turns, other turns
    drawn = bootstrap(lambda s: s[..., 0] / s.sum(-1), sums)
    drawn.value                                              # 0.5
    measured(drawn, n=6)                                     # Measured(0.5, (0.0, 0.75), n=6)

Turns of one dialogue hang together, so dialogues are drawn with replacement, never turns. A statistic takes sums with
any leading shape: all resamples are then one matrix product. Scores of predictions have their own in `significance`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from erc_engine.domain.curation import Measured

Floats = NDArray[np.float64]
CONFIDENCE = 0.95
RESAMPLES = 1000
CELLS = 4_000_000  # of one block of resamples × dialogues (32 MB)
KEPT_DRAWS = 4  # each 2 bytes for a resample of a dialogue: 24 MB for 1,000 of 12,000


@dataclass(frozen=True)
class Drawn:
    """A statistic of the whole, shape (...), and of each resample, shape (resamples, ...)."""

    value: Floats
    resampled: Floats
    dialogues: int

    def __getitem__(self, at: int | tuple[int, ...]) -> Drawn:
        """One entry of a statistic that gives several at once."""
        return Drawn(self.value[at], np.moveaxis(self.resampled, 0, -1)[at], self.dialogues)


def bootstrap(
    statistic: Callable[[Floats], Floats],
    sums: NDArray[np.generic],
    *,
    seed: int = 0,
    stream: int = 0,
    resamples: int = RESAMPLES,
) -> Drawn:
    """The statistic of the summed dialogues and of resampled ones.

    `sums` has a row for each dialogue, (dialogues, ...); `statistic` maps (..., the same) to (..., what it gives).
    Calls with the same seed and stream draw the same dialogues; another stream is independent.
    """
    dialogues, shape = len(sums), sums.shape[1:]
    flat = sums.reshape(dialogues, -1).astype(np.float64)
    whole = statistic(flat.sum(0).reshape(shape))
    if dialogues < 2:
        return Drawn(whole, np.zeros((0, *whole.shape)), dialogues)
    blocks = [
        statistic((weights.astype(np.float64) @ flat).reshape(len(weights), *shape))
        for weights in _weights(seed % 2**64, stream, dialogues, resamples)
    ]
    return Drawn(whole, np.concatenate(blocks) if blocks else np.zeros((0, *whole.shape)), dialogues)


@lru_cache(maxsize=KEPT_DRAWS)
def _weights(seed: int, stream: int, dialogues: int, resamples: int) -> tuple[NDArray[np.uint16], ...]:
    """How often each dialogue is drawn in each resample, in blocks of (resamples, dialogues).

    Drawing takes longer than all else, and one report asks for the same draws again and again: the last few are kept.
    """
    random = np.random.default_rng([seed, stream])
    blocks, left = [], resamples
    while left > 0:
        rows = max(1, min(left, CELLS // dialogues))
        drawn = random.integers(dialogues, size=(rows, dialogues)) + dialogues * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * dialogues)
        blocks.append(counts.reshape(rows, dialogues).astype(np.uint16))
        left -= rows
    return tuple(blocks)


def measured(drawn: Drawn, n: int, undefined: str = "there is nothing to count") -> Measured:
    """One number with its 95 % percentile interval; NaN becomes undefined for the reason given.

    The interval is widened to hold the value where a resample can only fall to one side of it, as with a set that is
    perfectly balanced. It is left out, with a reason, when more than one resample in twenty is undefined.
    """
    value = float(drawn.value)
    if not np.isfinite(value):
        return Measured.undefined(undefined)
    values = drawn.resampled[np.isfinite(drawn.resampled)]
    if drawn.dialogues < 2:
        return Measured(value, None, n, "no interval: one dialogue only")
    if not len(values) or len(values) < CONFIDENCE * len(drawn.resampled):
        return Measured(value, None, n, "no interval: too often undefined in resamples of so few dialogues")
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Measured(value, (min(float(low), value), max(float(high), value)), n)


def measured_distance(value: float, deviations: Floats, n: int, most: float = 1.0) -> Measured:
    """A distance with an interval that is honest near 0, where plain percentiles lie wholly above the value.

    `deviations` are the distances of each resample from the set itself (or, where both sides are samples, the norm of
    the difference of both deviations). With r their 95 % quantile, the triangle inequality gives value ± r with at
    least that confidence, cut off at 0 and `most`.
    """
    finite = deviations[np.isfinite(deviations)]
    if not len(finite):
        return Measured(value, None, n, "no interval: one dialogue only")
    r = float(np.quantile(finite, CONFIDENCE))
    return Measured(value, (max(0.0, value - r), min(most, value + r)), n)


def ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, NaN where there is nothing below the line."""
    below = np.broadcast_to(below, np.shape(above))
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.abs(below) > 1e-12)
