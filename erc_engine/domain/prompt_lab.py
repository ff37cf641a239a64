"""A/B of two recipe versions on the same label plans and seeds: what was asked, each reply, and what it says.

    LabSettings(a="9f3c…", b="41d0…", like="meld", model="openai:local#qwen", plans=40, replies=1, seed=1, …)
    LabReply(lab="lab-1c2d3e4f", arm=Arm.A, plan="p00003", reply=0, number=0, seed=…, text="1. Ana [joy]: …")
    LabReport(…).main        # PairedOutcome("accepted", a=0.71, b=0.86, difference=Measured(0.15, (0.01, 0.29), 40), …)

Differences are B minus A. A plan is the unit: its replies hang together, so plans are resampled and swapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from erc_engine.domain.curation import Measured

LEVEL = 0.05
POWER = 0.8
ASSUMED_DISCORDANCE = 0.3


class Arm(StrEnum):
    A = "a"
    B = "b"


class ReplyState(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True)
class LabSettings:
    """All that decides a lab; `a` and `b` are hashes. Equal settings are the same lab, and go on with it.

    `confirm` names a training run whose classifier reads the replies, for a second opinion on their labels.
    """

    a: str
    b: str
    a_name: str
    b_name: str
    like: str
    model: str
    plans: int
    replies: int
    seed: int
    confirm: str | None = None


@dataclass(frozen=True)
class LabReply:
    """One call as it ended. `number` counts calls for this reply, failed ones included; `error` says why one failed."""

    lab: str
    arm: Arm
    plan: str
    reply: int
    number: int
    seed: int
    text: str
    finish: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    injected: str | None = None
    error: str = ""


@dataclass(frozen=True)
class LabCell:
    """What became of one reply; `reason` is the check that refused it, or why there was none."""

    arm: Arm
    plan: str
    reply: int
    state: ReplyState
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class PairedOutcome:
    """One outcome of both versions over the plans that have it in both; `unit` is share, words, tokens or seconds.

    `better` is higher, lower or neither. `p` alone, `p_holm` corrected over all outcomes of the lab.
    """

    name: str
    unit: str
    better: str
    a: float | None
    b: float | None
    difference: Measured
    p: float | None = None
    p_holm: float | None = None
    test: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"difference": self.difference.to_json()}


@dataclass(frozen=True)
class Detectable:
    """The smallest true difference in the accepted rate that so many plans show in `power` of labs at `level`.

    `discordance` is the share of plans where just one version is accepted: assumed, or as earlier labs had it.
    `difference` is None where none is found that often, which is so under six plans.
    """

    plans: int
    discordance: float
    assumed: bool
    difference: float | None
    power: float = POWER
    level: float = LEVEL

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        if self.difference is None:
            data["reason"] = "no difference is found that often with so few plans"
        return data


@dataclass(frozen=True)
class ArmTexts:
    """All texts of a version, cut so that both have equally many tokens: variety that one plan cannot show."""

    tokens: int
    distinct_2: float | None
    compression: float | None  # bytes over compressed bytes: higher says the same more often


@dataclass(frozen=True)
class LabReport:
    """`outcomes` begin with the main one, accepted. `complete` once no reply is missing any more."""

    id: str
    settings: LabSettings
    label_mode: str
    complete: bool
    asked: int
    replied: int
    outcomes: tuple[PairedOutcome, ...]
    discordance: float | None
    detectable: Detectable
    reasons: Mapping[str, Mapping[str, int]]
    texts: Mapping[str, ArmTexts]
    notes: tuple[str, ...]
    cells: tuple[LabCell, ...]
    injected: int = 0

    @property
    def main(self) -> PairedOutcome:
        return self.outcomes[0]

    @property
    def shown(self) -> bool:
        """Whether the main outcome differs at the level set beforehand."""
        return self.main.p is not None and self.main.p < LEVEL

    def to_json(self) -> dict[str, Any]:
        return {
            "lab": self.id,
            **asdict(self.settings),
            "label_mode": self.label_mode,
            "complete": self.complete,
            "asked": self.asked,
            "replied": self.replied,
            "difference_shown": self.shown,
            "outcomes": [outcome.to_json() for outcome in self.outcomes],
            "discordance": self.discordance,
            "detectable": self.detectable.to_json(),
            "reasons": {arm: dict(reasons) for arm, reasons in self.reasons.items()},
            "texts": {arm: asdict(texts) for arm, texts in self.texts.items()},
            "notes": list(self.notes),
            "injected": self.injected,
        }
