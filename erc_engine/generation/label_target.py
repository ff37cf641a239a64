"""What a generated set should look like, taken from a benchmark's train split.

    target = target_for(meld, TargetMode.BALANCED)
    target.shares          # {"neutral": 1/7, …}
    target.lengths[8]      # share of train's dialogues that have 8 turns
    target.own["joy"]      # P(label | the same speaker's last turn was joy)
    target.places["opening turn"]

Dev and test are never looked at. Transitions and positions are kept as lifts: how much likelier a label is there than
by its share alone. They are carried over to another label mix by scaling each label's column until a chain with these
rows keeps to the target's shares (a fixed point, as in iterative proportional fitting).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TypeVar

import numpy as np

from erc_engine.domain.conversation import Corpus, Dialogue, Split
from erc_engine.domain.generation import LabelTarget, TargetMode
from erc_engine.domain.imbalance import POSITIONS
from erc_engine.domain.label_passages import Passages, position, turns_of
from erc_engine.domain.labels import LabelDistribution, LabelScheme
from erc_engine.errors import InputError
from erc_engine.generation.style_target import style_of

LEAST_TURNS = 2
MOST_SPEAKERS = 8
SMOOTHING = 5.0  # utterances as the target's shares, added to each row of transitions

ROUNDS = 200  # of column scaling; it stops as soon as nothing moves

K = TypeVar("K")
Rows = dict[str, dict[str, float]]


def target_for(
    corpus: Corpus,
    mode: TargetMode,
    shares: Mapping[str, float] | None = None,
    *,
    whole: Mapping[str, float] | None = None,
) -> LabelTarget:
    """Label shares by mode, and lengths, speakers, transitions and positions of train. Single turns do not count.

    `shares` are those of custom and repair: any non-negative weights over labels of the scheme, normalised here. Those
    of a repair are what has to be added to train, `whole` the shares that both together should have.
    """
    train = tuple(d for d in corpus.split(Split.TRAIN) if len(d) >= LEAST_TURNS)
    if not train:
        raise InputError(
            f"'{corpus.name}' has no train dialogue of {LEAST_TURNS} turns or more to take lengths and speakers from",
            hint="choose a corpus with a train split for --like",
        )
    wanted, said = _shares(corpus, mode, shares)
    lengths = Counter(len(d) for d in train)
    speakers = Counter(min(len(d.speakers), MOST_SPEAKERS) for d in train if len(d.speakers) > 1)
    seen = Passages()
    for d in train:
        seen.add(turns_of(d))
    names = corpus.scheme.names
    overall = LabelDistribution.of(corpus.scheme, (label for d in train for label in d.labels)).shares
    return LabelTarget(
        scheme=corpus.scheme,
        shares=wanted,
        lengths=_normalised(dict(sorted(lengths.items()))),
        speakers=_normalised(dict(sorted(speakers.items())) or {2: 1}),
        same_speaker=_same_speaker(train),
        source=said,
        own=_transitions(names, seen.own, overall, wanted),
        other=_transitions(names, seen.other, overall, wanted),
        places=_places(names, seen.places, wanted, train),
        real=dict(corpus.distribution(Split.TRAIN).counts) if mode is TargetMode.REPAIR else {},
        whole=dict(whole or {}),
        style=style_of(train),
    )


def _shares(corpus: Corpus, mode: TargetMode, shares: Mapping[str, float] | None) -> tuple[dict[str, float], str]:
    names = corpus.scheme.names
    if mode is TargetMode.BALANCED:
        return dict.fromkeys(names, 1 / len(names)), "uniform"
    if mode is TargetMode.MATCHED:
        found = corpus.distribution(Split.TRAIN)
        if not found.total:
            raise InputError(f"train of '{corpus.name}' has no labels to match", hint="choose a labelled corpus")
        return dict(found.shares), f"train of {corpus.name}"
    if mode is TargetMode.REPAIR and not any((shares or {}).values()):
        raise InputError(
            f"train of '{corpus.name}' has the wanted label shares already",
            hint="nothing has to be added; choose other shares",
        )
    return given_shares(corpus.scheme, shares), (
        f"what train of {corpus.name} lacks" if mode is TargetMode.REPAIR else "given shares"
    )


def given_shares(scheme: LabelScheme, shares: Mapping[str, float] | None) -> dict[str, float]:
    """Weights over labels of the scheme as shares that sum to 1; InputError for what is none."""
    if not shares:
        raise InputError("a custom label mix needs its shares", hint=f"give weights over: {', '.join(scheme.names)}")
    for label, weight in shares.items():
        if label not in scheme.names:
            raise InputError(f"'{label}' is not a label of {scheme.name}", hint=f"labels: {', '.join(scheme.names)}")
        if not math.isfinite(weight) or weight < 0:
            raise InputError(f"the share of '{label}' cannot be {weight}", hint="a number of 0 or more")
    total = sum(shares.values())
    if not 0 < total < math.inf:
        raise InputError("the shares of a custom label mix sum to nothing", hint="give at least one a positive weight")
    return {name: shares.get(name, 0.0) / total for name in scheme.names}


def _same_speaker(train: Iterable[Dialogue]) -> float:
    """Fraction of turns by the speaker of the turn before."""
    same = total = 0
    for d in train:
        speakers = [u.speaker for u in d.utterances]
        same += sum(a == b for a, b in pairwise(speakers))
        total += len(speakers) - 1
    return same / total if total else 0.0


def _transitions(
    names: tuple[str, ...],
    pairs: Counter[tuple[str, str]],
    overall: Mapping[str, float],
    wanted: Mapping[str, float],
) -> Rows:
    """P(label | label before) with train's lifts and the wanted shares; empty when there is nothing to learn from."""
    counts = np.array([[pairs[a, b] for b in names] for a in names], dtype=float)
    if not counts.sum():
        return {}
    before, now = (_carried(counts.sum(axis), overall, wanted, names) for axis in (1, 0))
    return _named(names, names, _tilted(_lifts(counts), before, now))


def _carried(
    counts: np.ndarray, overall: Mapping[str, float], wanted: Mapping[str, float], names: tuple[str, ...]
) -> np.ndarray:
    """How often labels stand in these places when all of them are as frequent as wanted: first turns follow nobody."""
    smooth = counts + SMOOTHING * np.array([overall[name] for name in names])
    times = [n / overall[name] if overall[name] else 1.0 for n, name in zip(smooth / smooth.sum(), names, strict=True)]
    shares = np.array([wanted[name] * n for name, n in zip(names, times, strict=True)])
    found: np.ndarray = shares / shares.sum()
    return found


def _places(
    names: tuple[str, ...],
    seen: Counter[tuple[int, str]],
    wanted: Mapping[str, float],
    train: Iterable[Dialogue],
) -> Rows:
    counts = np.array([[seen[p, b] for b in names] for p in range(len(POSITIONS))], dtype=float)
    if not counts.sum():
        return {}
    turns = Counter(position(n, len(d)) for d in train for n in range(len(d)))
    mass = np.array([turns[p] for p in range(len(POSITIONS))], dtype=float)
    return _named(POSITIONS, names, _tilted(_lifts(counts), mass / mass.sum(), np.array([wanted[k] for k in names])))


def _lifts(counts: np.ndarray) -> np.ndarray:
    """Smoothed with the overall shares, so that a rare row has no lift of nothing or of hundreds."""
    base = counts.sum(0) / counts.sum()
    times = np.divide(counts, base, out=np.zeros_like(counts), where=base > 0)
    lifts: np.ndarray = (times + SMOOTHING) / (counts.sum(1, keepdims=True) + SMOOTHING)
    lifts[:, base == 0] = 1.0
    return lifts


def _tilted(lifts: np.ndarray, rows: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Rows that sum to 1 and, weighted with `rows`, give the shares."""
    columns = shares.copy()
    for _ in range(ROUNDS):
        given = _each_to_one(lifts * columns)
        reached = rows @ given
        if np.abs(reached - shares).max() < 1e-10:
            break
        columns *= np.divide(shares, reached, out=np.zeros_like(shares), where=reached > 0)
    return _each_to_one(lifts * columns)


def _each_to_one(weights: np.ndarray) -> np.ndarray:
    found: np.ndarray = weights / weights.sum(1, keepdims=True)
    return found


def _named(rows: Iterable[str], names: tuple[str, ...], values: np.ndarray) -> Rows:
    return {a: dict(zip(names, map(float, row), strict=True)) for a, row in zip(rows, values, strict=True)}


def _normalised(weights: Mapping[K, float]) -> dict[K, float]:
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}
