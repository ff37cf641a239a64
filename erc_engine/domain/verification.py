"""Verifying labels: who says what of a turn, when its label is taken as confirmed, and what that is worth.

    Verifier("llm:openai:lab#judge:k3:dialogue:1f0c9a2b", VerifierKind.LLM, "openai:lab#judge", votes=3, …)
    opinion = Opinion(votes={"joy": 2}, abstained=1)
    opinion.support("joy"), opinion.support("anger")      # 1.0, 0.0: of the votes that could be read
    GateSettings(judge="openai:lab#judge").threshold_of("llm", "joy")    # 0.5

A verifier never sees the label that a turn should have.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured

MASKED = "masked"  # in an utterance's extra: {"intended": …, "by": …}


class VerifierKind(StrEnum):
    LLM = "llm"
    MODEL = "model"


class Below(StrEnum):
    """What becomes of a turn whose label is not confirmed: it alone is masked, or the whole dialogue is rejected."""

    MASK = "mask"
    REJECT = "reject"


@dataclass(frozen=True)
class Verifier:
    """A judge with its votes, context and prompt, or a training run of this workspace."""

    id: str
    kind: VerifierKind
    spec: str
    votes: int = 0
    context: str = "dialogue"
    prompt_hash: str = ""


@dataclass(frozen=True)
class Opinion:
    """What a verifier says of one turn: votes that could be read (and how many could not), or probabilities."""

    votes: Mapping[str, int] = field(default_factory=dict)
    abstained: int = 0
    probabilities: Mapping[str, float] = field(default_factory=dict)

    def support(self, label: str) -> float | None:
        """Share of the readable votes, or the probability; None when no vote could be read."""
        if self.probabilities:
            return self.probabilities.get(label, 0.0)
        read = sum(self.votes.values())
        return self.votes.get(label, 0) / read if read else None

    @property
    def top(self) -> str | None:
        """The label it would give; None when two lead together or nothing could be read."""
        told = self.probabilities or self.votes
        most = max(told.values(), default=0)
        leading = [label for label, n in told.items() if n == most and n]
        return leading[0] if len(leading) == 1 else None


@dataclass(frozen=True)
class Verdict:
    """An opinion on a turn as it read then: `text_hash` is of the turn with its whole dialogue."""

    corpus: str
    dialogue: str
    utterance: str
    verifier: str
    text_hash: str
    intended: str | None
    opinion: Opinion
    warning: str = ""


@dataclass(frozen=True)
class GateSettings:
    """How labels are verified while a run goes on. A label is confirmed when every verifier supports it so far.

    `thresholds` of single labels, by kind of verifier, come from people's reviews (of the set `thresholds_of`, when
    the run began); elsewhere `threshold` holds.
    """

    judge: str | None = None
    votes: int = 3
    context: str = "dialogue"
    classifier: str | None = None
    below: Below = Below.MASK
    threshold: float = 0.5
    most_masked: float = 0.3
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    thresholds_of: str | None = None

    def threshold_of(self, kind: str, label: str) -> float:
        return self.thresholds.get(kind, {}).get(label, self.threshold)


@dataclass(frozen=True)
class Threshold:
    """From how much support on a label is confirmed. `n` reviewed turns stood behind it; `f1` is on these same turns,
    None when the default holds, and `why` says why it does."""

    label: str
    value: float
    n: int
    f1: float | None = None
    why: str = ""


@dataclass(frozen=True)
class SampledTurn:
    """A turn in a blind sample and where it comes from; `decision` is passed, masked or rejected."""

    utterance: str
    source: str
    intended: str | None
    decision: str


@dataclass(frozen=True)
class SampledDialogue:
    """A dialogue copied for blind review: drawn from a `stratum` that has `of` dialogues."""

    sample: str
    dialogue: str
    corpus: str
    source: str
    gate: str
    stratum: str
    of: int
    turns: tuple[SampledTurn, ...]


@dataclass(frozen=True)
class GateRow:
    """How good the gate is on the turns that were meant to have one label, or on all. `right`: share of turns where
    people agree with the intended label, whatever the gate said. n counts reviewed turns."""

    label: str
    precision: Measured
    recall: Measured
    right: Measured
    n: int
    passed: int

    def to_json(self) -> dict[str, Any]:
        measures = {name: getattr(self, name).to_json() for name in ("precision", "recall", "right")}
        return {"label": self.label, **measures, "n": self.n, "passed": self.passed}


@dataclass(frozen=True)
class GateAudit:
    """A gate against blind labels by people, weighted to the whole set. `told` says in words what the numbers mean."""

    corpus: str
    gate: str
    sample: str
    dialogues: int
    reviewed: int
    overall: GateRow
    labels: tuple[GateRow, ...]
    told: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "corpus": self.corpus,
            "gate": self.gate,
            "sample": self.sample,
            "dialogues": self.dialogues,
            "reviewed": self.reviewed,
            "overall": self.overall.to_json(),
            "labels": [row.to_json() for row in self.labels],
            "told": list(self.told),
        }


@dataclass(frozen=True)
class LabelVerdicts:
    """Turns that were meant to have a label: how many have a verdict, and on how many the verifier agrees."""

    label: str
    turns: int
    agrees: int
    unread: int

    @property
    def agreement(self) -> float | None:
        read = self.turns - self.unread
        return self.agrees / read if read else None


@dataclass(frozen=True)
class VerifierReport:
    """What one verifier said about a set so far."""

    corpus: str
    verifier: Verifier
    verified: int
    skipped: int
    votes: int
    abstained: int
    labels: tuple[LabelVerdicts, ...]
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "corpus": self.corpus,
            "verifier": asdict(self.verifier),
            "verified": self.verified,
            "skipped": self.skipped,
            "votes": self.votes,
            "abstained": self.abstained,
            "labels": [{**asdict(row), "agreement": row.agreement} for row in self.labels],
            "warnings": list(self.warnings),
        }


def turn_hashes(dialogue: Dialogue) -> tuple[str, ...]:
    """One hash a turn, of who says what in the whole dialogue: an edit anywhere asks for new verdicts."""
    told = json.dumps([[u.speaker, u.text] for u in dialogue.utterances]).encode("ascii")
    whole = hashlib.sha256(told).hexdigest()
    return tuple(hashlib.sha256(f"{whole}/{n}".encode()).hexdigest() for n in range(len(dialogue)))


def intended_labels(dialogue: Dialogue) -> tuple[str | None, ...]:
    """The label that each turn was meant to have, also where it was masked later."""
    return tuple(u.label or u.extra.get(MASKED, {}).get("intended") for u in dialogue.utterances)


def same_model(one: str, other: str) -> bool:
    """Whether two specs name one model, also when it is served at two addresses."""
    return one == other or (one.partition("#")[2] == other.partition("#")[2] != "")
