"""Generation: recipe, target, label plan, attempt, and the books that must balance.

    LabelTarget(shares={"joy": .5, "fear": .5}, lengths={8: .6, 10: .4}, ...)   what the set should look like
    LabelPlan("p00003", speakers=("Ana", "Bo"), turns=8, budget={"joy": 4, "fear": 4}, ...)   one dialogue
    Attempt(plan="p00003", number=0, seed=..., state=AttemptState.ACCEPTED, ...)   one model call for it
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
from erc_engine.domain.label_evidence import LabelEvidence, Repaired
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.style import PLAIN, ShotSettings, StyleSettings, StyleTarget
from erc_engine.domain.turn_repairs import RepairBooks
from erc_engine.domain.verification import GateSettings


class LabelMode(StrEnum):
    """Who decides the labels: the plan turn by turn, the plan by counts, or the model."""

    SEQUENCE = "sequence"
    BUDGET = "budget"
    FREE = "free"


class TargetMode(StrEnum):
    """Where the wanted label shares come from; `repair` fills up what a real train split lacks."""

    BALANCED = "balanced"
    MATCHED = "matched"
    REPAIR = "repair"
    CUSTOM = "custom"


class Toward(StrEnum):
    """What a repaired train split should look like: even shares, or the square roots of its own."""

    EVEN = "even"
    ROOT = "root"


class Protocol(StrEnum):
    LINES = "lines/1"
    JSON = "json/1"


class RejectReason(StrEnum):
    """Why a reply did not become an accepted dialogue; all but `unverified` can be produced by an injected fault."""

    EMPTY_REPLY = "empty_reply"  # nothing but white space
    UNPARSED = "unparsed"  # no turn could be read
    TRUNCATED = "truncated"  # the model stopped at its token limit, or broke off
    REFUSAL = "refusal"  # "I'm sorry, but I can't …"
    META_TEXT = "meta_text"  # text about the task inside a turn
    TURN_COUNT = "turn_count"  # not the planned number of turns
    SPEAKERS = "speakers"  # a speaker outside the plan, or a planned one who never speaks
    LABEL_OUTSIDE_SCHEME = "label_outside_scheme"
    LABEL_PLAN = "label_plan"  # labels in the scheme, but not the planned ones
    EMPTY_TURN = "empty_turn"
    REPEATED_TURN = "repeated_turn"
    OWN_LABEL_WORD = "own_label_word"  # the text names its own label
    TOO_LONG = "too_long"  # a turn over the recipe's word limit
    NEAR_DUPLICATE = "near_duplicate"  # of a dialogue accepted earlier in this run
    CONTAMINATED = "contaminated"  # shares text with a benchmark's test or dev split
    UNVERIFIED = "unverified"  # too many labels that the verifiers do not confirm


class FailReason(StrEnum):
    """Why no reply came at all."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    REFUSED_REQUEST = "refused_request"
    BAD_REPLY = "bad_reply"  # not the protocol of the server


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
class ChatMessage:
    role: str  # system, user or assistant
    content: str


@dataclass(frozen=True)
class Sampling:
    temperature: float = 0.9
    top_p: float = 0.95
    max_tokens: int = 1024


@dataclass(frozen=True)
class CheckSettings:
    """Limits of the checks: words in one turn, similarity (0 to 1) that counts as a near duplicate."""

    max_words: int = 60
    near_duplicate: float = 0.7
    own_label_word: bool = True


@dataclass(frozen=True)
class PromptRecipe:
    """An immutable, content-addressed document. `hash` is of its canonical text, so equal content is one recipe.

    `system` and `user` are Jinja2 templates; `attributes` maps a name to the values drawn for each plan.
    `recordings` names the only recorded set that `replay:` may serve for it. `forbidden` maps an attribute and one of
    its values to labels: a plan with one of them does not draw that value.
    """

    name: str
    hash: str
    scheme: LabelScheme
    target: TargetMode
    label_mode: LabelMode
    protocol: Protocol
    system: str
    user: str
    attributes: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...]
    traits: tuple[str, ...]
    sampling: Sampling
    checks: CheckSettings
    recordings: str | None
    text: str
    forbidden: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    style: StyleSettings = PLAIN
    shots: ShotSettings | None = None


@dataclass(frozen=True)
class LabelTarget:
    """What the accepted set should look like. All mappings are probabilities that sum to 1.

    `lengths` is over turns in a dialogue, `speakers` over the number of speakers. `own` and `other` give
    P(label | the last label of the same / of the other speaker), `places` P(label | position) for each of POSITIONS;
    they are empty when labels are drawn alone. `source` says where it comes from ("train of meld", "uniform").

    A repair also has the `real` counts it adds to, and `whole`, the shares wanted of both together.
    """

    scheme: LabelScheme
    shares: Mapping[str, float]
    lengths: Mapping[int, float]
    speakers: Mapping[int, float]
    same_speaker: float
    source: str
    own: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    other: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    real: Mapping[str, int] = field(default_factory=dict)
    whole: Mapping[str, float] = field(default_factory=dict)
    style: StyleTarget = field(default_factory=StyleTarget)


@dataclass(frozen=True)
class Speaker:
    name: str
    trait: str = ""


@dataclass(frozen=True)
class MenuItem:
    """One recorded request that `replay:` can serve."""

    recording: str
    turns: int
    labels: Mapping[str, int]
    speakers: tuple[Speaker, ...]
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class LabelPlan:
    """What one dialogue should be. Written to the ledger before anything is submitted for it.

    `sequence` has a label per turn in mode `sequence`, else it is empty; `budget` counts labels in modes
    `sequence` and `budget`, else it is empty. `expected` is what the planner counts on for its closed loop
    (the budget, or `turns` times the target's shares). `turn_speakers` gives the speaker of each turn, or is
    empty when the model decides. `words` are those wanted of each turn, `shots` ids of example dialogues,
    `avoid_openers` beginnings of turns that were used too often; each is empty where the recipe does not ask for it.
    """

    id: str
    ordinal: int
    speakers: tuple[Speaker, ...]
    turns: int
    sequence: tuple[str, ...]
    budget: Mapping[str, int]
    expected: Mapping[str, float]
    turn_speakers: tuple[str, ...]
    attributes: Mapping[str, str]
    recording: str | None = None
    words: tuple[int, ...] = ()
    shots: tuple[str, ...] = ()
    avoid_openers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChatRequest:
    """One call of a chat model. `recording` and `protocol` are read by `replay:` alone, `failures` by its faults."""

    id: str
    messages: tuple[ChatMessage, ...]
    sampling: Sampling
    seed: int
    protocol: Protocol = Protocol.LINES
    recording: str | None = None
    failures: int = 0


@dataclass(frozen=True)
class Completion:
    """A model's reply as it came. `finish` is stop, length or abort; tokens are None when not told."""

    text: str
    finish: str = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    model: str = ""
    injected: str | None = None


@dataclass(frozen=True)
class Repair:
    """A tolerant reading of a reply: what was mended, and where (turn from 0, or None for the whole)."""

    kind: str
    turn: int | None = None
    before: str = ""


@dataclass(frozen=True)
class ParsedTurn:
    """A turn as the model wrote it; `label` is the raw spelling, None when the reply had none."""

    speaker: str
    label: str | None
    text: str


@dataclass(frozen=True)
class ParsedReply:
    turns: tuple[ParsedTurn, ...]
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True)
class Rejection:
    """A refusal as a value: why, with what was seen; the raw text stands in the attempt.

    `turns` (from 0) are those at fault, where the rest of the dialogue is fine.
    """

    reason: RejectReason
    detail: str = ""
    turns: tuple[int, ...] = ()


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
