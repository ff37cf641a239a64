"""How far everything accepted and expected would be from the target with one more dialogue: what plans compete in.

    score = Score(names, shares, accepted={"joy": 40}, in_flight={"fear": 2.0}, standing=Standing(…))
    score.of_counts(counts)                        # chi-squared distance of the label mix, for each candidate
    score.of_sequences(labels, order, chain)       # with transitions and labels by position

Chi-squared minds rare labels and has no flat spots. Labels of a candidate count as much as they survived so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from erc_engine.domain.imbalance import POSITIONS
from erc_engine.domain.label_passages import Passages, position
from erc_engine.generation.label_chain import LabelChain

RARE = 1e-3  # the least share that a deviation is measured against
PAIRS_WEIGHT = 0.5  # of own and of other transitions, against 1 for the label mix
PLACES_WEIGHT = 0.25


@dataclass(frozen=True)
class Standing:
    """What the ledger says beside label counts.

    `passages` are of accepted dialogues, `under_way` of open plans. `survival` is the share of a label's planned
    utterances that comes to be accepted, 1 where nothing is said. `free_mix` are the label shares that a model gives
    by itself, None while it gave nothing. `without` are labels that are given up.
    """

    passages: Passages = field(default_factory=Passages)
    under_way: Passages = field(default_factory=Passages)
    survival: Mapping[str, float] = field(default_factory=dict)
    free_mix: Mapping[str, float] | None = None
    without: frozenset[str] = frozenset()


NOTHING_YET = Standing()


class Score:
    def __init__(
        self,
        names: Sequence[str],
        shares: np.ndarray,
        accepted: Mapping[str, int],
        in_flight: Mapping[str, float],
        standing: Standing,
    ) -> None:
        self._names = names
        self._standing = standing
        self._survival = np.array([standing.survival.get(name, 1.0) for name in names])
        self._base = np.array([accepted.get(name, 0) + in_flight.get(name, 0.0) for name in names], dtype=float)
        self.without = tuple(n for n, name in enumerate(names) if name in standing.without)
        wanted = shares.copy()
        wanted[list(self.without)] = 0.0
        self._base[list(self.without)] = 0.0
        self._shares = wanted / wanted.sum() if wanted.sum() else shares

    @property
    def nothing_yet(self) -> bool:
        return not self._base.sum()

    def of_counts(self, counts: np.ndarray) -> np.ndarray:
        """(candidates,) from (candidates, labels)."""
        return _chi_squared(self._base + counts * self._survival, self._shares)

    def of_sequences(self, labels: np.ndarray, order: Sequence[int], chain: LabelChain) -> np.ndarray:
        """(candidates,) from (candidates, turns) of label numbers, with speakers in this order."""
        k, turns = len(self._names), len(order)
        found = self.of_counts(counts_of(labels, k))
        own = _before_own(order)
        other = [n for n in range(1, turns) if order[n] != order[n - 1]]
        tables = (
            (self._pairs("own"), chain.own, [(labels[:, b], labels[:, n]) for b, n in own], PAIRS_WEIGHT),
            (self._pairs("other"), chain.other, [(labels[:, n - 1], labels[:, n]) for n in other], PAIRS_WEIGHT),
            (
                self._places(),
                chain.places,
                [(np.full(len(labels), position(n, turns)), labels[:, n]) for n in range(turns)],
                PLACES_WEIGHT,
            ),
        )
        for base, target, pairs, weight in tables:
            if pairs and not self.without:
                found = found + weight * self._of_table(base, target, pairs)
        return found

    def _of_table(self, base: np.ndarray, target: np.ndarray, pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        k = len(self._names)
        before = np.stack([a for a, _ in pairs], axis=1)
        now = np.stack([b for _, b in pairs], axis=1)
        candidates = len(before)
        codes = (np.arange(candidates)[:, None] * base.size + before * k + now).ravel()
        weights = self._survival[now].ravel()
        counts = np.bincount(codes, weights=weights, minlength=candidates * base.size).reshape(candidates, base.size)
        return _chi_squared(base.ravel() + counts, target.ravel())

    def _pairs(self, which: str) -> np.ndarray:
        return self._together(which, self._names)

    def _places(self) -> np.ndarray:
        return self._together("places", range(len(POSITIONS)))

    def _together(self, which: str, rows: Sequence[object]) -> np.ndarray:
        """Accepted counts and those under way, as far as they survive."""
        done, open_ = getattr(self._standing.passages, which), getattr(self._standing.under_way, which)
        table = np.array([[done[a, b] for b in self._names] for a in rows], dtype=float)
        if open_:
            table += np.array([[open_[a, b] for b in self._names] for a in rows], dtype=float) * self._survival
        return table


def counts_of(labels: np.ndarray, k: int) -> np.ndarray:
    """(candidates, k) counts of (candidates, turns) label numbers."""
    counts: np.ndarray = (labels[:, :, None] == np.arange(k)).sum(1).astype(float)
    return counts


def _before_own(order: Sequence[int]) -> list[tuple[int, int]]:
    """(the speaker's turn before, this turn)."""
    last: dict[int, int] = {}
    pairs = []
    for n, who in enumerate(order):
        if who in last:
            pairs.append((last[who], n))
        last[who] = n
    return pairs


def _chi_squared(projected: np.ndarray, target: np.ndarray) -> np.ndarray:
    total = projected.sum(1, keepdims=True)
    shares = np.divide(projected, total, out=np.zeros_like(projected), where=total > 0)
    found: np.ndarray = ((shares - target) ** 2 / np.maximum(target, RARE)).sum(1)
    return found
