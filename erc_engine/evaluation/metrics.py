"""Scores of hard labels: weighted, macro and micro F1, micro without neutral, accuracy, per class, confusion.

    found = scores(["joy", "neutral"], ["joy", "joy"], scheme("meld"))
    found.weighted_f1              # 0.333…
    found.per_class["joy"].f1      # 0.666…

A fraction with nothing below the line counts as 0, as in scikit-learn with `zero_division=0`. Macro F1 is the mean
over the labels that occur in the gold labels: a label nobody could have found does not pull it down. Everything
is computed from counts with any leading shape, so that `significance` scores thousands of resamples at once.
Intervals and tests: `significance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from erc_engine.domain.experiment import ClassScore, Scores
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LabelCounts:
    """Per label how often it was right, gold and predicted: three arrays of shape (..., labels)."""

    right: Floats
    gold: Floats
    predicted: Floats


def label_indices(labels: Sequence[str], scheme: LabelScheme, what: str = "labels") -> Ints:
    """Positions in the scheme; a label outside it is an error that names the first ones."""
    index = {name: position for position, name in enumerate(scheme.names)}
    unknown = [label for label in labels if label not in index]
    if unknown:
        raise InputError(
            f"{len(unknown)} {what} are not in scheme '{scheme.name}': {_first(unknown)}",
            hint=f"its labels: {', '.join(scheme.names)}",
        )
    return np.fromiter((index[label] for label in labels), dtype=np.int64, count=len(labels))


def checked_pair(gold: Sequence[str], predicted: Sequence[str], scheme: LabelScheme) -> tuple[Ints, Ints]:
    """Gold and predicted positions of the same length, at least one long."""
    if len(gold) != len(predicted):
        raise InputError(
            f"{len(gold)} gold labels but {len(predicted)} predictions", hint="one prediction per labelled utterance"
        )
    if not gold:
        raise InputError("there is no labelled utterance to score", hint="the split is empty or has no labels")
    return label_indices(gold, scheme, "gold labels"), label_indices(predicted, scheme, "predicted labels")


def confusion_matrix(gold: Ints, predicted: Ints, labels: int) -> Ints:
    """Counts of shape (labels, labels), rows gold, columns predicted."""
    return np.bincount(gold * labels + predicted, minlength=labels * labels).reshape(labels, labels).astype(np.int64)


def f1_per_label(counts: LabelCounts) -> Floats:
    return divide(2.0 * counts.right, counts.gold + counts.predicted)


def weighted_f1(counts: LabelCounts) -> Floats:
    """F1 per label weighted by its gold count; one value per leading index."""
    return divide((f1_per_label(counts) * counts.gold).sum(-1), counts.gold.sum(-1))


def macro_f1(counts: LabelCounts) -> Floats:
    """Mean F1 over the labels that occur in gold."""
    occurs = counts.gold > 0
    return divide((f1_per_label(counts) * occurs).sum(-1), occurs.sum(-1))


def accuracy(counts: LabelCounts) -> Floats:
    return divide(counts.right.sum(-1), counts.gold.sum(-1))


def micro_f1_over(counts: LabelCounts, chosen: NDArray[np.bool_]) -> float | None:
    """Micro F1 over some labels; None when none of them is gold or predicted."""
    below = float((counts.gold + counts.predicted)[chosen].sum())
    return 2.0 * float(counts.right[chosen].sum()) / below if below else None


def divide(above: Floats, below: NDArray[np.generic]) -> Floats:
    """above / below, and 0 where there is nothing below the line."""
    return np.divide(above, below, out=np.zeros_like(above, dtype=np.float64), where=below != 0)


def scores(gold: Sequence[str], predicted: Sequence[str], scheme: LabelScheme) -> Scores:
    """All point scores; gold and predicted are labels of the scheme in the same order of utterances."""
    gold_index, predicted_index = checked_pair(gold, predicted, scheme)
    confusion = confusion_matrix(gold_index, predicted_index, len(scheme.names))
    counts = LabelCounts(
        confusion.diagonal().astype(float), confusion.sum(1).astype(float), confusion.sum(0).astype(float)
    )
    precision, recall = divide(counts.right, counts.predicted), divide(counts.right, counts.gold)
    f1 = f1_per_label(counts)
    emotional = np.array([name != scheme.neutral for name in scheme.names])
    return Scores(
        n=len(gold),
        weighted_f1=float(weighted_f1(counts)),
        macro_f1=float(macro_f1(counts)),
        micro_f1=float(accuracy(counts)),
        micro_f1_without_neutral=None if scheme.neutral is None else micro_f1_over(counts, emotional),
        accuracy=float(accuracy(counts)),
        per_class={
            name: ClassScore(float(precision[i]), float(recall[i]), float(f1[i]), int(counts.gold[i]))
            for i, name in enumerate(scheme.names)
        },
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def _first(values: Sequence[str], most: int = 3) -> str:
    different = list(dict.fromkeys(values))
    return ", ".join(repr(value) for value in different[:most]) + (" …" if len(different) > most else "")
