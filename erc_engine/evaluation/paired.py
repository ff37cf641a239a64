"""Two versions on the same plans: the mean difference, its interval, its test, and what so many plans can show.

    paired_difference([0, 1, 0, 1], [1, 1, 1, 1])           # Paired(Measured(0.5, (0.0, 1.0), 4), p=0.5, "…")
    detectable_difference(40, discordance=0.3)              # 0.243: the smallest that is found in 80 % of such labs

Each value belongs to one plan (the mean of its replies there), so plans are what is resampled for the interval and
what is swapped for the test: a sign-flip permutation of the differences, exact up to 14 plans. One yes or no a plan is
tested by the exact McNemar (`significance.mcnemar`), whose power is worked out exactly, over all numbers of discordant
plans (Lachenbruch 1992, 10.1002/sim.4780111105).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erc_engine.domain.curation import Measured
from erc_engine.errors import InputError
from erc_engine.evaluation.resampling import Floats, bootstrap, measured
from erc_engine.evaluation.significance import TIE, mcnemar

DRAWS = 10_000
EXACT_UP_TO = 14  # plans: 16,384 ways to swap
STEP = 0.001  # of the differences that are tried


@dataclass(frozen=True)
class Paired:
    """b minus a; n counts plans."""

    difference: Measured
    p: float | None
    test: str


def paired_difference(a: Sequence[float], b: Sequence[float], *, yes_or_no: bool = False, seed: int = 0) -> Paired:
    """The mean of b minus a over plans. `yes_or_no` says that each value is 0 or 1, from one reply."""
    if len(a) != len(b):
        raise InputError(f"{len(a)} plans in a, {len(b)} in b", hint="give one value a plan for both")
    if not len(a):
        return Paired(Measured.undefined("no plan has this outcome in both versions"), None, "")
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    sums = np.column_stack([second - first, np.ones(len(first))])
    drawn = bootstrap(lambda s: s[..., 0] / s[..., 1], sums, seed=seed, resamples=DRAWS)
    difference = measured(drawn, n=len(first))
    if yes_or_no:
        return Paired(difference, mcnemar(first > 0.5, second > 0.5), "exact McNemar over plans")
    p, how = sign_flip(second - first, seed=seed)
    return Paired(difference, p, how)


def sign_flip(differences: Floats, *, seed: int = 0) -> tuple[float, str]:
    """Two-sided p of the mean under swaps of the two versions within plans, and how it was come by."""
    n = len(differences)
    seen = abs(differences.sum())
    if n <= EXACT_UP_TO:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        sums = abs(signs @ differences)
        return float((sums >= seen - TIE).mean()), f"exact sign-flip permutation over plans, {2**n:,} swaps"
    random = np.random.default_rng([seed % 2**64, 2])
    signs = 1 - 2 * random.integers(2, size=(DRAWS, n), dtype=np.int8)
    as_extreme = int((abs(signs.astype(np.float64) @ differences) >= seen - TIE).sum())
    return (as_extreme + 1) / (DRAWS + 1), f"sign-flip permutation over plans, {DRAWS:,} draws"


def mcnemar_power(plans: int, discordance: float, difference: float, level: float = 0.05) -> float:
    """How often the exact McNemar finds a true difference, when this share of plans is discordant."""
    from scipy.stats import binom

    if discordance <= 0:
        return 0.0
    toward = min(1.0, (discordance + abs(difference)) / (2 * discordance))
    counts = np.arange(plans + 1)
    lowest = binom.ppf(level / 2, counts, 0.5)  # rejected when as few as c fall to one side, with P(X ≤ c) ≤ level / 2
    lowest = np.where(binom.cdf(lowest, counts, 0.5) <= level / 2, lowest, lowest - 1)
    found = binom.cdf(lowest, counts, toward) + binom.cdf(lowest, counts, 1 - toward)
    return float((binom.pmf(counts, plans, discordance) * np.where(lowest >= 0, found, 0.0)).sum())


def detectable_difference(plans: int, discordance: float, *, power: float = 0.8, level: float = 0.05) -> float | None:
    """The smallest difference that is found with this power; None when none is, which is so under six plans.

    A difference larger than the discordance needs more of it: then all discordant plans are taken to be on one side.
    """
    if plans < 1 or not 0 < discordance <= 1:
        raise InputError(
            f"{plans} plans with a discordance of {discordance:g}", hint="1 plan or more, a share above 0 and up to 1"
        )

    def found(step: int) -> bool:
        difference = step * STEP
        return mcnemar_power(plans, max(discordance, difference), difference, level) >= power

    low, high = 0, round(1 / STEP)
    if not found(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return round(high * STEP, 3)
