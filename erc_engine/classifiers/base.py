"""The contract of every emotion classifier, and how one is built or loaded by name.

    model = build(TrainingSettings("tfidf", seed=1))
    report = model.fit(data)                    # TrainingData: train and dev; there is no test in it
    model.predict_proba(dialogues)              # one array (turns, labels) per dialogue, rows sum to 1
    model.save(folder); load_classifier(settings, folder).predict_proba(dialogues)     # the same numbers

Every turn of a dialogue gets a row, labelled or not. Turns without a label are context in training. A label of the
scheme that train does not have gets a probability of about 0 (`UNSEEN`, never exactly 0: log loss stays finite).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.experiment import Scores, TrainingData, TrainingSettings
from erc_engine.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Progress = Callable[[str], None]

UNSEEN = 1e-6


@dataclass(frozen=True)
class FitReport:
    """What was chosen, the scores on dev (None when dev has no labels), and what a reader should know."""

    chosen: Mapping[str, Any]
    dev: Scores | None
    notes: tuple[str, ...] = field(default=())


class Classifier(Protocol):
    name: str

    def fit(self, data: TrainingData, *, progress: Progress | None = None) -> FitReport:
        """Learn from train, choosing on dev and on folds of train; InputError if there is nothing to tell apart."""

    def predict_proba(self, dialogues: Sequence[Dialogue]) -> list[Floats]:
        """Probabilities in scheme order, shape (turns, labels) for each dialogue."""

    def save(self, folder: Path) -> None:
        """Everything that predictions need, as JSON and safetensors; never pickle."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The classifier as it was saved; InputError for a folder that is incomplete or was changed."""


def _classifiers() -> dict[str, type[Any]]:
    from erc_engine.classifiers.majority import MajorityClassifier
    from erc_engine.classifiers.tfidf import TfidfClassifier

    return {"tfidf": TfidfClassifier, "majority": MajorityClassifier}


CLASSIFIERS = ("tfidf", "majority")


def build(settings: TrainingSettings) -> Classifier:
    """An untrained classifier; unknown names and options are refused with the list of known ones."""
    built: Classifier = _named(settings.classifier)(seed=settings.seed, options=settings.options)
    return built


def load_classifier(settings: TrainingSettings, folder: Path) -> Classifier:
    """The trained classifier of these settings from its folder."""
    loaded: Classifier = _named(settings.classifier).load(folder)
    return loaded


def _named(name: str) -> type[Any]:
    if name not in CLASSIFIERS:
        raise InputError(f"classifier '{name}' is not known", hint=f"known classifiers: {', '.join(CLASSIFIERS)}")
    return _classifiers()[name]


def refuse_unknown_options(classifier: str, options: Mapping[str, Any], known: Sequence[str]) -> None:
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InputError(
            f"'{classifier}' has no option {', '.join(unknown)}",
            hint=f"its options: {', '.join(known)}" if known else "it has no options",
        )


@dataclass(frozen=True)
class Targets:
    """What is learnt: one entry per (turn, label) with its weight; hard labels are one entry of weight 1.

    `turns` counts all turns of the dialogues in order; `hard` is the hard label per turn, -1 where it has none.
    """

    turns: Ints
    labels: Ints
    weights: Floats
    hard: Ints

    @property
    def present(self) -> Ints:
        """Labels that occur with any weight, ascending."""
        return np.unique(self.labels)

    def mass(self, labels: int) -> Floats:
        """Total weight per label of the scheme."""
        return np.bincount(self.labels, weights=self.weights, minlength=labels).astype(np.float64)

    def shares(self, labels: int) -> Floats:
        """The distribution that each turn is learnt as, shape (turns, labels); rows of 0 where there is none."""
        table = np.zeros((len(self.hard), labels))
        table[self.turns, self.labels] = self.weights
        return table


def targets(data: TrainingData) -> Targets:
    """Hard or soft targets of train; InputError when there are fewer than two different labels.

    A labelled turn with a soft label is learnt as each of its labels, weighted by the share. A turn whose
    label is None is context, whatever its shares are (tied, stale or masked).
    """
    index = {name: position for position, name in enumerate(data.scheme.names)}
    hard = hard_labels(data.train, index, "train")
    turns: list[int] = []
    labels: list[int] = []
    weights: list[float] = []
    keys = [(d.id, u.id) for d in data.train for u in d.utterances]
    for turn, key in enumerate(keys):
        if hard[turn] < 0:
            continue
        for label, weight in _shares(data.soft.get(key), index, key) or [(int(hard[turn]), 1.0)]:
            turns.append(turn)
            labels.append(label)
            weights.append(weight)
    found = Targets(np.array(turns, dtype=np.int64), np.array(labels, dtype=np.int64), np.array(weights), hard)
    if len(found.present) < 2:
        seen = ", ".join(data.scheme.names[i] for i in found.present) or "no label at all"
        raise InputError(
            f"train has {seen}: there is nothing to tell apart",
            hint="a classifier needs train dialogues with at least two different labels",
        )
    return found


def hard_labels(dialogues: Sequence[Dialogue], index: Mapping[str, int], what: str) -> Ints:
    """Position in the scheme of each turn's label, -1 where it has none."""
    labels = [u.label for d in dialogues for u in d.utterances]
    unknown = sorted({label for label in labels if label is not None and label not in index})
    if unknown:
        raise InputError(
            f"{what} has labels outside the scheme: {', '.join(unknown[:3])}", hint=f"its labels: {', '.join(index)}"
        )
    return np.array([-1 if label is None else index[label] for label in labels], dtype=np.int64)


def _shares(
    soft: Mapping[str, float] | None, index: Mapping[str, int], key: tuple[str, str]
) -> list[tuple[int, float]]:
    if not soft:
        return []
    total = sum(soft.values())
    wrong = [label for label, share in soft.items() if label not in index or not share >= 0]
    if wrong or not 0 < total < math.inf:
        raise InputError(
            f"the soft label of {key[0]} / {key[1]} is not a distribution over the scheme's labels",
            hint="shares are numbers from 0 to 1, one per label of the scheme",
        )
    return [(index[label], share / total) for label, share in soft.items() if share > 0]


def floored(probabilities: Floats, present: Ints) -> Floats:
    """Labels that train does not have get `UNSEEN`; rows sum to 1."""
    absent = np.setdiff1d(np.arange(probabilities.shape[1]), present)
    lifted = probabilities.copy()
    lifted[:, absent] = UNSEEN
    return lifted / lifted.sum(1, keepdims=True)


def by_dialogue(rows: Floats, dialogues: Sequence[Dialogue]) -> list[Floats]:
    """Rows of all turns in order, cut into one array per dialogue."""
    ends = np.cumsum([len(d) for d in dialogues])
    return [rows[end - len(d) : end] for d, end in zip(dialogues, ends, strict=True)]


def dev_scores(probabilities: Sequence[Floats], data: TrainingData) -> Scores | None:
    """Scores of the most probable labels on dev's labelled turns; None when there are none."""
    from erc_engine.evaluation.metrics import scores

    names = data.scheme.names
    pairs = [
        (u.label, names[int(row.argmax())])
        for d, rows in zip(data.dev, probabilities, strict=True)
        for u, row in zip(d.utterances, rows, strict=True)
        if u.label is not None
    ]
    return scores([gold for gold, _ in pairs], [found for _, found in pairs], data.scheme) if pairs else None
