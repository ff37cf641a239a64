"""Frozen dataset versions, training runs, evaluations and comparisons.

    version.split(Split.TRAIN)     dialogues with hard labels and, when frozen so, soft ones
    Evaluation(run="r1", split="test", weighted_f1=0.589, ...)     fractions of 1, never points
    Comparison(a="r1", b="r2", difference=0.012, interval=(-0.003, 0.027), p=0.11, ...)   b minus a

`TrainingData` is all that a classifier's `fit` can see: it has no test split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.curation import Measured
from erc_engine.domain.labels import LabelScheme


@dataclass(frozen=True)
class Source:
    """A part of a version: which corpus and split it was taken from, at which content hash, and what was left out."""

    corpus: str
    split: str
    role: str
    hash: str
    dialogues: int
    utterances: int
    origin: str
    licence: str
    may_leave_machine: bool
    derivatives: bool
    excluded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetVersion:
    """An immutable dataset: `hash` is of its content; `demo` versions never enter a leaderboard.

    `gates` says of each gated corpus which gate, with what thresholds, and how many turns and dialogues it took out.
    """

    name: str
    hash: str
    scheme: LabelScheme
    labels: str
    sources: tuple[Source, ...]
    demo: bool = False
    notes: tuple[str, ...] = ()
    gates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "hash": self.hash,
            "scheme": self.scheme.name,
            "labels": self.labels,
            "demo": self.demo,
            "notes": list(self.notes),
            "gates": {corpus: dict(gate) for corpus, gate in self.gates.items()},
            "sources": [asdict(s) for s in self.sources],
        }


@dataclass(frozen=True)
class TrainingData:
    """What `fit` may see. `soft` maps (dialogue id, utterance id) to a distribution where the version has one."""

    scheme: LabelScheme
    train: tuple[Dialogue, ...]
    dev: tuple[Dialogue, ...]
    soft: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingSettings:
    classifier: str
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Prediction:
    """One utterance's predicted distribution in scheme order; a hard label from outside has no probabilities."""

    dialogue: str
    utterance: str
    label: str
    probabilities: tuple[float, ...] | None = None


@dataclass(frozen=True)
class TrainingRun:
    """A classifier fitted on a version, or predictions brought from outside (`classifier` is then "outside")."""

    id: str
    version: str
    settings: TrainingSettings
    state: str
    dev: Mapping[str, Any] = field(default_factory=dict)
    chosen: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "run": self.id,
            "version": self.version,
            "classifier": self.settings.classifier,
            "seed": self.settings.seed,
            "state": self.state,
            "dev": dict(self.dev),
            "chosen": dict(self.chosen),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class ClassScore:
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Scores:
    """Point scores on labelled utterances, fractions of 1; None where undefined, as with no neutral label."""

    n: int
    weighted_f1: float
    macro_f1: float
    micro_f1: float
    micro_f1_without_neutral: float | None
    accuracy: float
    per_class: Mapping[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]  # rows gold, columns predicted, scheme order


@dataclass(frozen=True)
class Evaluation:
    """Scores of one run on one split with dialogue-bootstrap intervals, and how often test was looked at."""

    run: str
    version: str
    split: Split
    scores: Scores
    dialogues: int
    intervals: Mapping[str, Measured]
    test_looks: int
    demo: bool = False

    def to_json(self) -> dict[str, Any]:
        scores = asdict(self.scores)
        return {
            "run": self.run,
            "version": self.version,
            "split": str(self.split),
            **{k: v for k, v in scores.items() if k != "confusion"},
            "confusion": [list(row) for row in self.scores.confusion],
            "dialogues": self.dialogues,
            "intervals": {
                name: (list(m.interval) if m.interval else {"value": None, "reason": m.reason})
                for name, m in self.intervals.items()
            },
            "test_looks": self.test_looks,
            "demo": self.demo,
        }


@dataclass(frozen=True)
class Comparison:
    """b against a on the same dialogues: difference in weighted F1 with its dialogue-bootstrap interval.

    `p` is two-sided approximate randomisation over dialogues; `p_holm` is corrected over the whole family.
    """

    a: str
    b: str
    split: Split
    difference: float
    interval: tuple[float, float]
    p: float
    p_holm: float
    n: int
    dialogues: int
    test: str
    macro_difference: float
    mcnemar_p: float | None

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        data["split"] = str(self.split)
        data["interval"] = list(self.interval)
        return data
