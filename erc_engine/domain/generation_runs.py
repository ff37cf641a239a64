"""What becomes of a generation run: its attempts, its settings, the books that must balance, and the report.

    Attempt(plan="p00003", number=0, seed=..., state=AttemptState.ACCEPTED, ...)   one model call for a plan
    Books(submitted=9, accepted=7, rejected=1, failed=0, lost=1, in_flight=0).balanced   # True

An attempt ends in exactly one state. Only a rejection advances the seed; a lost or failed attempt is
tried again with the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import Repair, TargetMode, Toward
from erc_engine.domain.label_evidence import LabelEvidence, Repaired
from erc_engine.domain.turn_repairs import RepairBooks
from erc_engine.domain.verification import GateSettings


class AttemptState(StrEnum):
    IN_FLIGHT = "in_flight"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    LOST = "lost"


class RunState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETE = "complete"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True)
class Attempt:
    """One model attempt for one plan: the unit of the ledger.

    `number` counts attempts of the plan from 0, lost and failed ones included. `raw` is the reply as it came.
    `dialogue` is there when it was accepted, or rejected as unverified: only the state tells which.
    """

    run: str
    plan: str
    number: int
    seed: int
    state: AttemptState
    reason: str = ""
    detail: str = ""
    raw: str = ""
    dialogue: Dialogue | None = None
    repairs: tuple[Repair, ...] = ()
    prompt_hash: str = ""
    finish: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    injected: str | None = None
    surplus: bool = False

    @property
    def id(self) -> str:
        return f"{self.run}/{self.plan}/{self.number}"


@dataclass(frozen=True)
class Books:
    """submitted = accepted + rejected + failed + lost + in_flight, always."""

    submitted: int = 0
    accepted: int = 0
    rejected: int = 0
    failed: int = 0
    lost: int = 0
    in_flight: int = 0

    @property
    def balanced(self) -> bool:
        return self.submitted == self.accepted + self.rejected + self.failed + self.lost + self.in_flight


@dataclass(frozen=True)
class Usage:
    """Tokens as the replies told them. Replies that did not are `untold`, never taken as 0.

    `dollars` is the price of the told tokens, None where the model has no price. `unanswered` requests may have cost
    something too.
    """

    replies: int
    untold: int
    unanswered: int
    prompt_tokens: int
    completion_tokens: int
    dollars: float | None = None

    def __str__(self) -> str:
        """ "$0.42, 310,000 prompt + 140,000 completion tokens, 3 of 120 replies did not tell their tokens"."""
        parts = [] if self.dollars is None else [f"${self.dollars:,.{2 if self.dollars >= 0.1 else 4}f}"]
        if self.untold < self.replies or self.prompt_tokens or self.completion_tokens:
            parts.append(f"{self.prompt_tokens:,} prompt + {self.completion_tokens:,} completion tokens")
        if self.untold:
            parts.append(f"{self.untold:,} of {self.replies:,} replies did not tell their tokens")
        if self.unanswered:
            parts.append(f"{self.unanswered:,} requests without a reply are not counted")
        return ", ".join(parts) or "no replies yet"


@dataclass(frozen=True)
class RunSettings:
    """Everything that decides what a run produces; equal settings resume, changed ones are refused.

    `target` None means custom where `shares` are given, else the recipe's. `max_tokens` counts prompts and replies.
    `replays` names the run whose stored replies are judged anew, `plans_of` the one whose plans are followed: all of
    them, or `only` those that had a reply rejected for that reason. `gate` says who verifies labels, `repairs` how
    often turns may be asked for again before their dialogue is rejected.
    `model_details` is the fingerprint of a model that can tell one: hashes of weights, tokenizer and chat template,
    engine, device, number format.
    """

    name: str
    recipe: str  # hash
    recipe_name: str
    like: str
    utterances: int
    model: str
    seed: int
    window: int = 1
    max_attempts_per_plan: int = 4
    max_attempts: int | None = None
    max_minutes: float | None = None
    shares: Mapping[str, float] | None = None
    target: TargetMode | None = None
    toward: Toward = Toward.EVEN
    max_tokens: int | None = None
    replays: str | None = None
    plans_of: str | None = None
    gate: GateSettings | None = None
    repairs: int = 0
    only: str | None = None
    model_details: Mapping[str, str] | None = None


@dataclass(frozen=True)
class RunReport:
    """What `generate` answers. `labels` counts accepted, non-surplus utterances; `distance` is total variation.

    `tokens` are those of prompts and replies together, None when the model told none. `evidence` says label by label
    what was asked for and what came of it. `repair` is there when a real train split is filled up. `masked` counts
    turns of accepted dialogues whose label was not confirmed; `turn_repairs` are the books of turns asked for again.
    `usage` is None for recordings, which cost nothing.
    """

    run: str
    name: str
    state: RunState
    books: Books
    reasons: Mapping[str, int]
    labels: Mapping[str, int]
    utterances: int
    dialogues: int
    surplus: int
    distance: float | None
    target: Mapping[str, float]
    shortfall: Mapping[str, int]
    recorded: bool
    injected: int
    message: str = ""
    tokens: int | None = None
    evidence: tuple[LabelEvidence, ...] = ()
    repair: Repaired | None = None
    masked: int = 0
    turn_repairs: RepairBooks = field(default_factory=RepairBooks)
    window: int = 1
    usage: Usage | None = None
    model_details: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "name": self.name,
            "state": str(self.state),
            **vars(self.books),
            "reasons": dict(self.reasons),
            "labels": dict(self.labels),
            "utterances": self.utterances,
            "dialogues": self.dialogues,
            "surplus": self.surplus,
            "distance": self.distance,
            "target": dict(self.target),
            "shortfall": dict(self.shortfall),
            "recorded": self.recorded,
            "injected": self.injected,
            "message": self.message,
            "tokens": self.tokens,
            "evidence": [label.to_json() for label in self.evidence],
            "repair": self.repair.to_json() if self.repair else None,
            "masked": self.masked,
            "turn_repairs": vars(self.turn_repairs),
            "window": self.window,
            "usage": vars(self.usage) if self.usage else None,
            "model_details": dict(self.model_details) if self.model_details else None,
        }
