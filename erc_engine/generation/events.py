"""What a run tells while it goes on; each event is written to the ledger before the next one is asked for.

Planned(LabelPlan("p00000", …))   Submitted(attempt, in flight)   Finished(the same, with its outcome)
RepairAsked(repair, in flight)   RepairEnded(the same)   both between Submitted and Finished of their attempt
Ended(RunState.INFEASIBLE, "the limit of 12 attempts is reached: 0 of 70 utterances accepted", {"joy": 10, …})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from erc_engine.domain.generation import LabelPlan
from erc_engine.domain.generation_runs import Attempt, RunState
from erc_engine.domain.turn_repairs import TurnRepair


@dataclass(frozen=True)
class Planned:
    plan: LabelPlan


@dataclass(frozen=True)
class Submitted:
    attempt: Attempt


@dataclass(frozen=True)
class RepairAsked:
    repair: TurnRepair


@dataclass(frozen=True)
class RepairEnded:
    repair: TurnRepair


@dataclass(frozen=True)
class Finished:
    attempt: Attempt


@dataclass(frozen=True)
class Ended:
    """Why the run stops; `shortfall` is how many utterances of each label are missing to the target."""

    state: RunState
    message: str = ""
    shortfall: Mapping[str, int] = field(default_factory=dict)


Event = Planned | Submitted | RepairAsked | RepairEnded | Finished | Ended
