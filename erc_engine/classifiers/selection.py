"""Which of a few candidates is best on dev and on folds of train that keep episodes whole. Test is never here.

    folds = grouped_folds(train, hard, seed=1)
    choose([Trial(candidate, dev=(0.56, 0.42), folds=(0.58, 0.39)), …])

The rule, fixed in advance: a candidate's score is the mean of its weighted F1 on dev and on the held-out folds of
train taken together. Candidates within `MARGIN` of the best cannot be told apart (the standard error is near 0.01);
among those the best mean macro F1 wins, then the earlier one. Why not dev alone: on a dev split of a thousand turns
the best of ten candidates is mostly luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from erc_engine.classifiers.base import Floats, Ints
from erc_engine.domain.conversation import Dialogue
from erc_engine.evaluation.metrics import LabelCounts, confusion_matrix, macro_f1, weighted_f1

FOLDS = 3
MARGIN = 0.0025

T = TypeVar("T")
F1Pair = tuple[float, float]


@dataclass(frozen=True)
class Trial(Generic[T]):
    """A candidate with its (weighted, macro) F1 on dev and on folds; None where there is nothing to score."""

    candidate: T
    dev: F1Pair | None
    folds: F1Pair | None

    @property
    def weighted(self) -> float:
        return _mean([pair[0] for pair in (self.dev, self.folds) if pair is not None])

    @property
    def macro(self) -> float:
        return _mean([pair[1] for pair in (self.dev, self.folds) if pair is not None])

    def told(self, candidate: dict[str, Any]) -> dict[str, Any]:
        """As JSON: the candidate, and its weighted and macro F1 on dev and on folds."""
        pairs = {"dev": self.dev, "folds": self.folds}
        return {**candidate, **{name: list(pair) if pair else None for name, pair in pairs.items()}}


def choose(trials: Sequence[Trial[T]]) -> Trial[T]:
    """The trial that the rule above picks; the first of those it cannot tell apart."""
    best = max(trial.weighted for trial in trials)
    return max((trial for trial in trials if trial.weighted >= best - MARGIN), key=lambda trial: trial.macro)


def grouped_folds(
    dialogues: Sequence[Dialogue], hard: Ints, *, seed: int, most: int = FOLDS
) -> list[tuple[Ints, Ints]]:
    """(kept, held out) turn numbers: kept ones have a label, held out are all turns of the fold.

    An episode, or a dialogue that names none, is never cut in two. Groups are dealt by size in an order drawn by
    the seed, each to the fold with the fewest labelled turns so far. A fold whose kept part has fewer than two
    labels is left out; with one group there is no fold.
    """
    names = [d.episode or f"dialogue {d.id}" for d in dialogues for _ in d.utterances]
    number = {name: i for i, name in enumerate(sorted(set(names)))}
    groups = np.array([number[name] for name in names], dtype=np.int64)
    sizes = np.bincount(groups, weights=hard >= 0, minlength=len(number))
    order = np.random.default_rng(seed % 2**64).permutation(len(number))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of = np.zeros(len(number), dtype=np.int64)
    filled = np.zeros(min(most, int((sizes > 0).sum())))
    for group in order if len(filled) > 1 else ():
        fold_of[group] = int(filled.argmin())
        filled[fold_of[group]] += sizes[group]
    folds = []
    for fold in range(len(filled) if len(filled) > 1 else 0):
        out = fold_of[groups] == fold
        kept, held = np.flatnonzero(~out & (hard >= 0)), np.flatnonzero(out)
        if len(np.unique(hard[kept])) > 1:
            folds.append((kept, held))
    return folds


def f1_pair(scores: Floats, gold: Ints) -> F1Pair | None:
    """(weighted, macro) F1 of the highest score per row; None without rows."""
    if not len(gold):
        return None
    confusion: Any = confusion_matrix(gold, scores.argmax(1), scores.shape[1]).astype(np.float64)
    counts = LabelCounts(confusion.diagonal(), confusion.sum(1), confusion.sum(0))
    return float(weighted_f1(counts)), float(macro_f1(counts))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
