"""What is asked of a model and what it answers: recipe, target, label plan, request, reply.

    LabelTarget(shares={"joy": .5, "fear": .5}, lengths={8: .6, 10: .4}, ...)   what the set should look like
    LabelPlan("p00003", speakers=("Ana", "Bo"), turns=8, budget={"joy": 4, "fear": 4}, ...)   one dialogue
    ParsedReply(turns=(ParsedTurn("Ana", "joy", "You came!"), ...))   a reply as it was read

What becomes of it in a run is `domain.generation_runs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.style import PLAIN, ShotSettings, StyleSettings, StyleTarget


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
