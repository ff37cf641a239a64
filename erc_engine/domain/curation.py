"""Curation and labels by several annotators: votes, soft labels, duplicates, contamination.

Vote("meld", "12", "12:3", "llm-a", AnnotatorKind.LLM, "joy")
Measured(0.338, (0.32, 0.36), 14503)            a value with its interval
Measured.undefined("the votes are anonymous")   instead of NaN
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class AnnotatorKind(StrEnum):
    """Agreement is never pooled over kinds unless asked for."""

    HUMAN = "human"
    LLM = "llm"
    MODEL = "model"
    ANONYMOUS = "anonymous"


class DialogueState(StrEnum):
    """Where a dialogue stands. Only kept ones can be frozen; nothing is ever deleted."""

    KEPT = "kept"
    DROPPED = "dropped"
    SURPLUS = "surplus"
    TURNED_DOWN = "turned_down"


@dataclass(frozen=True)
class Vote:
    """One label by one annotator for one utterance; `count` > 1 only for anonymous counts.

    `mode` is blind, verify or imported; verify votes are anchored and stay out of agreement.
    `seen` says what context the annotator had: past, dialogue or unknown.
    """

    corpus: str
    dialogue: str
    utterance: str
    annotator: str
    kind: AnnotatorKind
    label: str
    count: int = 1
    mode: str = "imported"
    seen: str = "unknown"


@dataclass(frozen=True)
class SoftLabel:
    """A distribution over labels by a named rule from `n` votes; `ties` are the labels that lead together."""

    utterance: str
    shares: Mapping[str, float]
    n: int
    majority: str | None
    ties: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """A value with its interval and n (what n counts stands with it), or the reason why it is undefined."""

    value: float | None
    interval: tuple[float, float] | None = None
    n: int = 0
    reason: str | None = None

    @classmethod
    def undefined(cls, reason: str) -> Measured:
        return cls(None, None, 0, reason)

    def to_json(self) -> dict[str, Any]:
        if self.value is None:
            return {"value": None, "reason": self.reason}
        data = {"value": self.value, "interval": list(self.interval) if self.interval else None, "n": self.n}
        return data if self.reason is None else {**data, "reason": self.reason}


@dataclass(frozen=True)
class AgreementReport:
    """Agreement of one kind of annotators; n counts utterances with at least two votes."""

    corpus: str
    kind: str
    annotators: int
    utterances: int
    dialogues: int
    percent: Measured
    cohen: Measured
    fleiss: Measured
    alpha: Measured
    ac1: Measured

    def to_json(self) -> dict[str, Any]:
        measures = {m: getattr(self, m).to_json() for m in ("percent", "cohen", "fleiss", "alpha", "ac1")}
        return {
            "corpus": self.corpus,
            "kind": self.kind,
            "annotators": self.annotators,
            "utterances": self.utterances,
            "dialogues": self.dialogues,
            **measures,
        }


@dataclass(frozen=True)
class DuplicateCluster:
    """Dialogues whose text is the same or nearly so. `keep` is the member that stays when the others are dropped.

    `kind` is exact, near or neighbour; `similarity` is the lowest link that holds the cluster together (0 to 1).
    """

    kind: str
    keep: str
    members: tuple[str, ...]
    similarity: float
    example: str = ""


@dataclass(frozen=True)
class Contamination:
    """Evidence that a dialogue carries text of a benchmark's dev or test split.

    `kind` is verbatim (a turn of ≥ 5 words), window (8 words in a row) or near (a near duplicate of a turn).
    """

    dialogue: str
    utterance: str
    kind: str
    source: str
    text: str
    similarity: float = 1.0


@dataclass(frozen=True)
class DuplicateReport:
    """What `duplicates` answers; `members` counts dialogues that would be dropped (each cluster keeps one)."""

    corpus: str
    against: tuple[str, ...]
    clusters: tuple[DuplicateCluster, ...]
    contamination: tuple[Contamination, ...]
    dropped: tuple[str, ...] = ()

    @property
    def contaminated(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.dialogue for c in self.contamination))

    def to_json(self) -> dict[str, Any]:
        return {
            "corpus": self.corpus,
            "against": list(self.against),
            "clusters": len(self.clusters),
            "members": sum(len(c.members) - 1 for c in self.clusters),
            "contaminated": len(self.contaminated),
            "dropped": list(self.dropped),
            "details": [asdict(c) for c in self.clusters],
            "evidence": [asdict(c) for c in self.contamination],
        }
