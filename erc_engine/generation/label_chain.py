"""Label sequences with a target's dynamics: who follows whom, what opens and what closes, in the wanted shares.

    chain = LabelChain(target, {8: 0.5, 12: 0.5})
    chain.draw([0, 1, 0, 1], candidates=32, draw=random.Random(1))     # (32, 4) numbers of labels
    chain.own, chain.other, chain.places                               # shares of all pairs, as drawn on average

P(label | own last, other's last, position) ∝ own × other × position, log-linear. The three tables are fitted
(iterative proportional fitting, Deming & Stephan 1940, 10.1214/aoms/1177731829) until the expected transitions,
positions and shares of drawn dialogues are the target's. What is expected is computed exactly for two speakers,
turn by turn over all lengths; with more speakers "the other" is taken to be the one before.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from erc_engine.domain.generation import LabelTarget
from erc_engine.domain.imbalance import POSITIONS
from erc_engine.domain.label_passages import position

ROUNDS = 250
CLOSE = 1e-3  # no table moves more than that: fitted
DAMPING = 0.6
STRONGEST = 50.0  # a cell of the log-linear tables is never above this, or under its inverse


@dataclass(frozen=True)
class _Expected:
    """Utterances (and pairs) that drawn dialogues have on average."""

    own: np.ndarray
    other: np.ndarray
    places: np.ndarray


class LabelChain:
    """`own`, `other` and `places` are (before, label), (before, label) and (position, label), each summing to 1."""

    def __init__(self, target: LabelTarget, lengths: Mapping[int, float]) -> None:
        self._names = target.scheme.names
        self.shares = np.array([target.shares.get(name, 0.0) for name in self._names])
        self._same_speaker = target.same_speaker
        self._lengths = dict(lengths)
        self._wanted_own = _rows(target.own, self._names, self._names)
        self._wanted_other = _rows(target.other, self._names, self._names)
        self._wanted_places = _rows(target.places, POSITIONS, self._names)
        self._tables: dict[tuple[int, ...], np.ndarray] = {}

    @property
    def own(self) -> np.ndarray:
        return _share(self._fitted[1].own, self._wanted_own)

    @property
    def other(self) -> np.ndarray:
        return _share(self._fitted[1].other, self._wanted_other)

    @property
    def places(self) -> np.ndarray:
        return _share(self._fitted[1].places, self._wanted_places)

    def draw(
        self, order: Sequence[int], candidates: int, draw: random.Random, without: Sequence[int] = ()
    ) -> np.ndarray:
        """(candidates, turns) label numbers for speakers that take turns in this order; labels in `without` are out."""
        table = self._cumulated(tuple(without))
        turns, none = len(order), len(self._names)
        labels = np.empty((candidates, turns), dtype=np.int64)
        nobody = np.full(candidates, none)
        last: dict[int, int] = {}
        points = np.array([draw.random() for _ in range(candidates * turns)]).reshape(turns, candidates)
        for n, who in enumerate(order):
            own = labels[:, last[who]] if who in last else nobody
            other = labels[:, n - 1] if n and order[n - 1] != who else nobody
            rows = table[position(n, turns), own, other]
            drawn = (points[n][:, None] * rows[:, -1:] >= rows).sum(1)
            labels[:, n] = np.minimum(drawn, none - 1)
            last[who] = n
        return labels

    def _cumulated(self, without: tuple[int, ...]) -> np.ndarray:
        if without not in self._tables:
            kernel = self._fitted[0].copy()
            kernel[..., list(without)] = 0.0
            rest = self.shares.copy()
            rest[list(without)] = 0.0
            empty = kernel.sum(-1) <= 0
            kernel[empty] = rest if rest.sum() else self.shares
            self._tables[without] = kernel.cumsum(-1)
        return self._tables[without]

    @cached_property
    def _fitted(self) -> tuple[np.ndarray, _Expected]:
        """The kernel (position, own, other, label), and what it gives."""
        k = len(self._names)
        tilt = np.tile(self.shares, (len(POSITIONS), 1))
        own, other = np.ones((k + 1, k)), np.ones((k + 1, k))
        kernel = _kernel(tilt, own, other)
        expected = self._expect(kernel)
        alone = self._wanted_own is None and self._wanted_other is None and self._wanted_places is None
        for _ in range(0 if alone else ROUNDS):
            reached = expected.places.sum(0) / expected.places.sum()
            moved = 0.5 * float(np.abs(reached - self.shares).sum())
            if self._wanted_own is not None:
                moved = max(moved, _scale(own[:k], self._wanted_own, expected.own))
            if self._wanted_other is not None:
                moved = max(moved, _scale(other[:k], self._wanted_other, expected.other))
            if self._wanted_places is not None:
                moved = max(moved, _scale(tilt, self._wanted_places, expected.places, bounded=False))
            else:
                tilt *= np.divide(self.shares, reached, out=np.zeros_like(reached), where=reached > 0) ** DAMPING
            kernel = _kernel(tilt, own, other)
            expected = self._expect(kernel)
            if moved < CLOSE:
                break
        return kernel, expected

    def _expect(self, kernel: np.ndarray) -> _Expected:
        """Forward through all lengths at once; the state is (last label of who spoke, last label of the other)."""
        k, s = len(self._names), self._same_speaker
        lengths = np.array(sorted(self._lengths))
        weights = np.array([self._lengths[n] for n in lengths])
        own, other = np.zeros((k + 1, k)), np.zeros((k + 1, k))
        places = np.zeros((len(POSITIONS), k))
        state = np.zeros((len(lengths), k + 1, k + 1))
        state[:, k, k] = 1.0
        for turn in range(int(lengths.max())):
            going = lengths > turn
            state, lengths, weights = state[going], lengths[going], weights[going]
            at = np.array([position(turn, int(n)) for n in lengths])
            now = kernel[at]
            stays = state * (s if turn else 1.0)  # (length, own, other)
            kept = np.matmul(now[:, :, k, :].transpose(0, 2, 1), stays)  # (length, label, other)
            own += np.einsum("l,lxy,lxz->xz", weights, stays, now[:, :, k, :])
            places_now = kept.sum(2)
            after = np.zeros_like(state)
            after[:, :k, :] = kept
            if turn:
                moved = ((1 - s) * state)[..., None] * now.transpose(0, 2, 1, 3)  # (length, other, own, label)
                by_length = weights[:, None, None, None] * moved
                own += by_length.sum((0, 1))
                other += by_length.sum((0, 2))
                given = moved.sum(2)  # (length, who spoke before, label)
                after[:, :k, :] += given.transpose(0, 2, 1)
                places_now = places_now + given.sum(1)
            np.add.at(places, at, weights[:, None] * places_now)
            state = after
        return _Expected(own[:k], other[:k], places)


def _kernel(tilt: np.ndarray, own: np.ndarray, other: np.ndarray) -> np.ndarray:
    weights = tilt[:, None, None, :] * own[None, :, None, :] * other[None, None, :, :]
    total = weights.sum(-1, keepdims=True)
    kernel: np.ndarray = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    return kernel


def _scale(table: np.ndarray, wanted: np.ndarray, seen: np.ndarray, *, bounded: bool = True) -> float:
    """Moves a table towards the wanted rows, in place; how far the rows were off at most (of those that matter)."""
    mass = seen.sum(1, keepdims=True)
    rows = np.divide(seen, mass, out=np.zeros_like(seen), where=mass > 0)
    ratio = np.where((rows > 0) & (wanted > 0), wanted / np.where(rows > 0, rows, 1.0), 1.0)
    table *= ratio**DAMPING
    if bounded:
        np.clip(table, 1 / STRONGEST, STRONGEST, out=table)
    off = 0.5 * np.abs(np.where(mass > 0, wanted - rows, 0.0)).sum(1)
    return float((off * mass[:, 0]).sum() / max(mass.sum(), 1e-300))


def _rows(given: Mapping[str, Mapping[str, float]], rows: Sequence[str], names: Sequence[str]) -> np.ndarray | None:
    """A table of a target, or None when it has none; a row that is not there is left as drawn."""
    if not given:
        return None
    even = dict.fromkeys(names, 1 / len(names))
    return np.array([[given.get(row, even).get(name, 0.0) for name in names] for row in rows])


def _share(expected: np.ndarray, wanted: np.ndarray | None) -> np.ndarray:
    """Of all pairs: the rows as often as they are drawn, filled as they are wanted."""
    mass = expected.sum(1, keepdims=True)
    filled = expected if wanted is None else mass * wanted
    total = filled.sum()
    found: np.ndarray = filled / total if total else filled
    return found
