"""What a run tried for each label and what came of it: why a label is short, in numbers.

    LabelEvidence("disgust", wanted=300, accepted=41, planned=260, rejected={"label_plan": 190}, attempts=88,
                  pass_rate=0.18, interval=(0.11, 0.27), …)

Utterances, but for attempts. How they are counted stands in `generation.label_books`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class LabelEvidence:
    """One label. `planned` counts each plan once, `asked` each attempt that came to a reply.

    `pass_rate` is accepted of asked, with its 95 % Wilson interval over attempts (turns of one dialogue share their
    fate); None before the first attempt. `needed` are the attempts that the rest would take at the interval's lower end
    (None when that is 0), `over_budget` says that more are needed than are left. A label that was `given_up` is not
    planned any more.
    """

    label: str
    wanted: int
    accepted: int
    planned: float
    asked: float
    rejected: Mapping[str, float] = field(default_factory=dict)
    masked: float = 0.0
    attempts: int = 0
    pass_rate: float | None = None
    interval: tuple[float, float] | None = None
    needed: int | None = 0
    over_budget: bool = False
    given_up: bool = False

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.accepted)

    def to_json(self) -> dict[str, Any]:
        return {
            **vars(self),
            "rejected": dict(self.rejected),
            "interval": list(self.interval) if self.interval else None,
            "missing": self.missing,
        }


@dataclass(frozen=True)
class Repaired:
    """A real train split and what was generated for it: total variation of both to the wanted shares."""

    real: Mapping[str, int]
    wanted: Mapping[str, float]
    distance_before: float
    distance_after: float

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "real": dict(self.real), "wanted": dict(self.wanted)}
