"""Reports on where annotators differ: entropy of soft labels, confusions, a human reference, the flow of a dialogue.

    Confusion("intended", "majority of llm", ("neutral", "joy"), ("neutral", "joy", "tie"), ((5, 1, 0), (0, 4, 1)), …)
    HardUtterance("train/3", "train/3:1", "Bo", "Barely.", "neutral", 1.52, {"neutral": 2, "joy": 2, "fear": 1})

How they are computed stands in `labelling`. Entropies are in bits; a place is (dialogue id, utterance id).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erc_engine.domain.curation import AgreementReport, Measured

Place = tuple[str, str]
TIE = "tie"


@dataclass(frozen=True)
class LabelEntropy:
    """Entropy of the utterances with one label in the corpus, or of all (label None); `bins` counts utterances."""

    label: str | None
    mean: Measured
    bins: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        return {"label": self.label, "mean": self.mean.to_json(), "bins": list(self.bins)}


@dataclass(frozen=True)
class EntropyReport:
    """`edges` has one number more than there are bins; `votes` says how many utterances have how many votes.

    `most` is the highest entropy that so many votes can have.
    """

    edges: tuple[float, ...]
    all: LabelEntropy
    by_label: tuple[LabelEntropy, ...]
    votes: Mapping[int, int]
    most: float
    unanimous: int
    rule: str = "share"

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "unit": "bits",
            "most_possible": self.most,
            "unanimous": self.unanimous,
            "votes": {str(n): count for n, count in self.votes.items()},
            "edges": list(self.edges),
            "all": self.all.to_json(),
            "by_label": [each.to_json() for each in self.by_label],
        }


@dataclass(frozen=True)
class HardUtterance:
    """An utterance with its votes; `given` is who said what, empty for anonymous votes."""

    dialogue: str
    utterance: str
    speaker: str
    text: str
    label: str | None
    entropy: float
    votes: Mapping[str, int]
    given: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "votes": dict(self.votes), "given": dict(self.given)}


@dataclass(frozen=True)
class ReferenceRow:
    """One annotator against the plurality of the others, on some utterances.

    `weighted_f1` and `accuracy` split ties of the others evenly; `untied_f1` is on the votes whose others had a
    single leader; `tied` is the fraction of votes whose others had none. n counts votes.
    """

    rows: str
    utterances: int
    weighted_f1: Measured
    accuracy: Measured
    untied_f1: Measured
    tied: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "utterances": self.utterances,
            "weighted_f1": self.weighted_f1.to_json(),
            "accuracy": self.accuracy.to_json(),
            "untied_f1": self.untied_f1.to_json(),
            "tied": self.tied,
        }


@dataclass(frozen=True)
class Confusion:
    """What two sources of labels say about the same utterances; counts[i][j] for row label i and column label j.

    `places` are the utterances of each cell. `kappa` is Cohen's of the utterances without a tie.
    """

    rows: str
    columns: str
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]
    places: Mapping[tuple[str, str], tuple[Place, ...]]
    kappa: Measured

    @property
    def total(self) -> float:
        return sum(map(sum, self.counts))

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "columns": self.columns,
            "counts": {
                a: dict(zip(self.column_labels, row, strict=True))
                for a, row in zip(self.row_labels, self.counts, strict=True)
            },
            "kappa": self.kappa.to_json(),
        }


@dataclass(frozen=True)
class FlowMark:
    """What one layer says about a turn: a label, or the labels that lead together; `share` of its `n` votes."""

    layer: str
    labels: tuple[str, ...]
    share: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class FlowTurn:
    number: int
    utterance: str
    speaker: str
    text: str
    marks: tuple[FlowMark, ...]


@dataclass(frozen=True)
class EmotionFlow:
    """A dialogue turn by turn under several layers of labels: gold or intended, and the plurality of each kind."""

    dialogue: str
    layers: tuple[str, ...]
    turns: tuple[FlowTurn, ...]

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns))


@dataclass(frozen=True)
class DisagreementReport:
    """All about one kind of annotators on one part of a corpus; `agreement` has a report for each kind there is."""

    part: str
    kind: str
    label_word: str
    agreement: tuple[AgreementReport, ...]
    entropy: EntropyReport | None
    entropy_reason: str
    reference: tuple[ReferenceRow, ...]
    reference_reason: str
    perceived: Confusion
    hardest: tuple[HardUtterance, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        entropy = self.entropy.to_json() if self.entropy else {"value": None, "reason": self.entropy_reason}
        reference: Any = [row.to_json() for row in self.reference]
        if not self.reference:
            reference = {"value": None, "reason": self.reference_reason}
        return {
            "corpus": self.part,
            "kind": self.kind,
            "agreement": [report.to_json() for report in self.agreement],
            "entropy": entropy,
            "leave_one_out": reference,
            "perceived": self.perceived.to_json(),
            "hardest": [each.to_json() for each in self.hardest],
            "notes": list(self.notes),
        }
