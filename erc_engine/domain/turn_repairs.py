"""Repairs: single turns of a reply asked for again, with books of their own.

    TurnRepair("extra", "p00003", attempt=0, number=0, turns=(2,), reason="too_long", state=RepairState.MENDED, …)
    RepairBooks(asked=4, mended=2, refused=1, failed=0, lost=1).balanced      # True

The unit of the run's ledger stays one attempt at a whole dialogue: it is in flight until its repairs are done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RepairState(StrEnum):
    IN_FLIGHT = "in_flight"
    MENDED = "mended"  # the dialogue was accepted with the new turns
    REFUSED = "refused"  # the reply could not be used, or the dialogue still fails a check
    FAILED = "failed"  # no reply came
    LOST = "lost"


@dataclass(frozen=True)
class TurnRepair:
    """One request for new turns of one attempt; `turns` from 0, `raw` is the reply as it came."""

    run: str
    plan: str
    attempt: int
    number: int
    seed: int
    turns: tuple[int, ...]
    reason: str
    state: RepairState = RepairState.IN_FLIGHT
    detail: str = ""
    raw: str = ""
    prompt_hash: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0

    @property
    def id(self) -> str:
        return f"{self.run}/{self.plan}/{self.attempt}/repair/{self.number}"


@dataclass(frozen=True)
class RepairBooks:
    """asked = mended + refused + failed + lost + in_flight, always."""

    asked: int = 0
    mended: int = 0
    refused: int = 0
    failed: int = 0
    lost: int = 0
    in_flight: int = 0

    @property
    def balanced(self) -> bool:
        return self.asked == self.mended + self.refused + self.failed + self.lost + self.in_flight
