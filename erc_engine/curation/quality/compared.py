"""Two sets of dialogues measured by the same statistic, and the difference between them with its interval.

    sets = TwoSets(mine, theirs)
    compared("same_speaker", "same speaker twice", "turns", statistic, (sums_mine, sums_theirs), sets, counts=…)

Each set's interval is from resampling its dialogues; the difference's from resampling both at once. Without a
benchmark every comparison says why there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured
from erc_engine.domain.quality import NUMBER, Row
from erc_engine.evaluation.resampling import RESAMPLES, Drawn, Floats, bootstrap, measured, measured_distance

NO_SAMPLE = "no interval: published, no sample"
Statistic = Callable[[Floats], Floats]
Norm = Callable[[Floats], Floats]


@dataclass(frozen=True)
class TwoSets:
    """A set and the benchmark that it is held against; `theirs` is empty where there is none, for a reason."""

    mine: tuple[Dialogue, ...]
    theirs: tuple[Dialogue, ...] = ()
    absent: str = "no benchmark was named"
    seed: int = 0
    resamples: int = RESAMPLES

    @property
    def sides(self) -> tuple[tuple[Dialogue, ...], ...]:
        return (self.mine, self.theirs) if self.theirs else (self.mine,)

    @property
    def none(self) -> Measured:
        return Measured.undefined(f"not available because {self.absent}")


def drawn_sides(statistic: Statistic, sums: Sequence[NDArray[np.generic]], sets: TwoSets) -> list[Drawn]:
    """The statistic of each side and of its resamples; the sides are drawn independently."""
    return [
        bootstrap(statistic, side, seed=sets.seed, stream=stream, resamples=sets.resamples)
        for stream, side in enumerate(sums)
    ]


def compared(
    key: str,
    name: str,
    counts: str,
    drawn: Sequence[Drawn],
    n: Sequence[int],
    sets: TwoSets,
    *,
    undefined: str,
    unit: str = NUMBER,
) -> Row:
    """A row of one number of each side and their difference, set minus benchmark."""
    each = [measured(side, count, undefined) for side, count in zip(drawn, n, strict=True)]
    if len(each) == 1:
        return Row(key, name, counts, each[0], sets.none, sets.none, unit=unit)
    return Row(key, name, counts, each[0], each[1], difference(drawn, each, sum(n)), unit=unit)


def difference(drawn: Sequence[Drawn], each: Sequence[Measured], n: int) -> Measured:
    """Set minus benchmark, or the reason why one of them has no value."""
    for found, whose in zip(each, ("set", "benchmark"), strict=True):
        if found.value is None:
            return Measured.undefined(f"undefined for the {whose}: {found.reason}")
    mine, theirs = drawn
    if min(len(mine.resampled), len(theirs.resampled)) == 0:
        return Measured(float(mine.value - theirs.value), None, n, "no interval: one dialogue only")
    return measured(Drawn(mine.value - theirs.value, mine.resampled - theirs.resampled, 2), n)


def distance(drawn: Sequence[Drawn], norm: Norm, n: int, sets: TwoSets, *, most: float = 1.0) -> Measured:
    """A norm of the difference between what each side gives, with an interval that is honest near 0."""
    if len(drawn) == 1:
        return sets.none
    mine, theirs = drawn
    if not (np.isfinite(mine.value).all() and np.isfinite(theirs.value).all()):
        return Measured.undefined("one of the sets has nothing to count here")
    deviations = np.nan_to_num(mine.resampled - mine.value)
    if len(theirs.resampled) == len(deviations):
        deviations = deviations - np.nan_to_num(theirs.resampled - theirs.value)
    return measured_distance(float(norm(mine.value - theirs.value)), norm(deviations), n, most)


def beside(row: Row, value: float, n: int) -> Row:
    """The row with a published number in place of a benchmark that is not at hand."""
    gap = row.mine
    if gap is not None and gap.value is not None:
        shifted = gap.interval and (gap.interval[0] - value, gap.interval[1] - value)
        gap = replace(gap, value=gap.value - value, interval=shifted)
    return replace(row, theirs=Measured(value, None, n, NO_SAMPLE), gap=gap)
