"""Where a run stands: open plans, accepted labels, attempts spent. Rebuilt from the ledger, kept by each outcome.

    progress = Progress.of(plans, attempts, max_attempts_per_plan=4)
    progress.accepted_utterances      # 120
    progress.waiting()                # the first open plan that is not in flight, or None
    progress.expected()               # label → utterances that the open plans should still give

The same ledger gives the same progress, whatever happened in between: that is why a run can be resumed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from erc_engine.domain.generation import Attempt, AttemptState, LabelPlan

FAILURES_PER_PLAN = 10  # requests without a reply: more than refusals, since a server may be down for a while


@dataclass
class OpenPlan:
    """A plan that is neither accepted nor given up."""

    plan: LabelPlan
    attempts: int = 0  # all of them, lost ones included: the next attempt's number
    rejections: int = 0
    failures: int = 0
    in_flight: bool = False

    def seed(self, run_seed: int) -> int:
        """Only a rejection advances it; 31 bits, which every server takes."""
        key = f"{run_seed}/{self.plan.id}/{self.rejections}".encode()
        return int.from_bytes(hashlib.blake2b(key, digest_size=4).digest(), "big") & 0x7FFFFFFF


@dataclass
class Progress:
    """`same_reply`: the model answers a plan with the same text whatever the seed, as recordings do. A reply of its own
    that is rejected (no injected fault) then closes its plan: it would only be rejected again."""

    max_attempts_per_plan: int
    same_reply: bool = False
    open: dict[str, OpenPlan] = field(default_factory=dict)  # in ordinal order
    accepted: Counter[str] = field(default_factory=Counter)
    recordings: set[str] = field(default_factory=set)
    plans: int = 0  # planned so far: the next one's ordinal
    spent: int = 0  # attempts that came to an end of their own; a lost one is repeated and counts once

    @classmethod
    def of(
        cls,
        plans: Iterable[LabelPlan],
        attempts: Iterable[Attempt],
        max_attempts_per_plan: int,
        *,
        same_reply: bool = False,
    ) -> Progress:
        """From the ledger. An attempt still marked in flight is taken as lost: nobody is waiting for it."""
        progress = cls(max_attempts_per_plan, same_reply)
        for plan in sorted(plans, key=lambda plan: plan.ordinal):
            progress.add_plan(plan)
        for attempt in attempts:
            if attempt.plan in progress.open:
                progress.open[attempt.plan].attempts += 1
                if attempt.state not in (AttemptState.LOST, AttemptState.IN_FLIGHT):
                    progress.settle(attempt)
            elif attempt.state is AttemptState.ACCEPTED:
                progress.settle(attempt)
        return progress

    @property
    def accepted_utterances(self) -> int:
        return sum(self.accepted.values())

    def add_plan(self, plan: LabelPlan) -> None:
        self.open[plan.id] = OpenPlan(plan)
        self.plans = max(self.plans, plan.ordinal + 1)
        if plan.recording is not None:
            self.recordings.add(plan.recording)

    def waiting(self) -> OpenPlan | None:
        """The open plan to go on with first."""
        return next((plan for plan in self.open.values() if not plan.in_flight), None)

    def start(self, plan: OpenPlan) -> None:
        plan.attempts += 1
        plan.in_flight = True

    def settle(self, attempt: Attempt) -> None:
        """Book how an attempt ended; its plan is closed when it was accepted or has used up its attempts."""
        self.spent += 1
        if attempt.dialogue is not None:
            self.accepted.update(label for label in attempt.dialogue.labels if label is not None)
        plan = self.open.get(attempt.plan)
        if plan is None:
            return
        plan.in_flight = False
        plan.rejections += attempt.state is AttemptState.REJECTED
        plan.failures += attempt.state is AttemptState.FAILED
        hopeless = self.same_reply and attempt.state is AttemptState.REJECTED and attempt.injected is None
        used_up = plan.rejections >= self.max_attempts_per_plan or plan.failures >= FAILURES_PER_PLAN
        if attempt.state is AttemptState.ACCEPTED or used_up or hopeless:
            del self.open[attempt.plan]

    def expected(self) -> dict[str, float]:
        """What the open plans are counted on for."""
        found: Counter[str] = Counter()
        for plan in self.open.values():
            found.update(plan.plan.expected)  # a Counter adds floats as well
        return dict(found)

    def shortfall(self, shares: Mapping[str, float], utterances: int) -> dict[str, int]:
        """Per label, how many of the wanted utterances are missing."""
        wanted = {label: round(share * utterances) for label, share in shares.items()}
        return {label: n - self.accepted[label] for label, n in wanted.items() if n > self.accepted[label]}
