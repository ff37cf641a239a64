"""Where a run stands: open plans, accepted labels, attempts spent. Rebuilt from the ledger, kept by each outcome.

    progress = Progress.of(plans, attempts, max_attempts_per_plan=4)
    progress.accepted_utterances      # 120
    progress.waiting()                # the first open plan that is not in flight, or None
    progress.expected()               # label → utterances that the open plans should still give
    progress.survival()               # label → share of what closed plans were to give that was accepted

The same ledger gives the same progress, whatever happened in between: that is why a run can be resumed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from erc_engine.domain.generation import LabelMode, LabelPlan
from erc_engine.domain.generation_runs import Attempt, AttemptState
from erc_engine.domain.label_passages import Passages, turns_of
from erc_engine.generation.label_books import LabelBooks
from erc_engine.generation.label_score import Standing
from erc_engine.generation.style_target import openers_of

FAILURES_PER_PLAN = 10  # requests without a reply: more than refusals, since a server may be down for a while
PRIOR_PLANNED, PRIOR_ACCEPTED = 20.0, 18.0  # utterances: a Beta prior that nine in ten survive


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
    tokens: int = 0  # of prompts and replies, as far as the model told
    untold: int = 0  # replies that told no tokens
    books: LabelBooks = field(default_factory=LabelBooks)
    passages: Passages = field(default_factory=Passages)
    openers: Counter[str] = field(default_factory=Counter)  # first words of accepted turns
    _closed: Counter[str] = field(default_factory=Counter)  # label → utterances that closed plans were to give
    _expected: Counter[str] = field(default_factory=Counter)
    _under_way: Passages = field(default_factory=Passages)

    @classmethod
    def of(
        cls,
        plans: Iterable[LabelPlan],
        attempts: Iterable[Attempt],
        max_attempts_per_plan: int,
        *,
        same_reply: bool = False,
    ) -> Progress:
        """From the ledger: plans by ordinal, attempts as they were submitted; neither is held as a whole.

        An attempt still marked in flight is taken as lost: nobody is waiting for it.
        """
        progress = cls(max_attempts_per_plan, same_reply)
        ahead = iter(plans)
        for attempt in attempts:
            progress._read_up_to(attempt.plan, ahead)
            if attempt.plan in progress.open:
                progress.open[attempt.plan].attempts += 1
                if attempt.state not in (AttemptState.LOST, AttemptState.IN_FLIGHT):
                    progress.settle(attempt)
            elif attempt.state is AttemptState.ACCEPTED:
                progress.settle(attempt)
        for plan in ahead:
            progress.add_plan(plan)
        return progress

    def _read_up_to(self, plan_id: str, ahead: Iterator[LabelPlan]) -> None:
        """Plans are added when their first attempt comes; `plan_ordinal` says whether one was."""
        while plan_ordinal(plan_id) >= self.plans:
            plan = next(ahead, None)
            if plan is None:
                return
            self.add_plan(plan)

    @property
    def accepted_utterances(self) -> int:
        return self.accepted.total()

    def add_plan(self, plan: LabelPlan) -> None:
        self.open[plan.id] = OpenPlan(plan)
        self.plans = max(self.plans, plan.ordinal + 1)
        if plan.recording is not None:
            self.recordings.add(plan.recording)
        self.books.planned(plan.expected)
        self._expected.update(plan.expected)  # a Counter adds floats as well
        self._under_way.add(_planned_turns(plan))

    def waiting(self) -> OpenPlan | None:
        """The open plan to go on with first."""
        return next((plan for plan in self.open.values() if not plan.in_flight), None)

    def start(self, plan: OpenPlan) -> None:
        plan.attempts += 1
        plan.in_flight = True

    def settle(self, attempt: Attempt) -> None:
        """Book how an attempt ended; its plan is closed when it was accepted or has used up its attempts."""
        self.spent += 1
        self._count_tokens(attempt)
        dialogue = attempt.dialogue
        accepted = attempt.state is AttemptState.ACCEPTED
        if accepted and dialogue is not None:
            self.accepted.update(label for label in dialogue.labels if label is not None)
            self.passages.add(turns_of(dialogue))
            self.openers.update(openers_of(dialogue))
        plan = self.open.get(attempt.plan)
        if plan is None:
            return
        if accepted and dialogue is not None:
            self.books.ended(plan.plan.expected, labels=dialogue.labels)
        elif attempt.state is AttemptState.REJECTED:
            self.books.ended(plan.plan.expected, reason=attempt.reason)
        plan.in_flight = False
        plan.rejections += attempt.state is AttemptState.REJECTED
        plan.failures += attempt.state is AttemptState.FAILED
        hopeless = self.same_reply and attempt.state is AttemptState.REJECTED and attempt.injected is None
        used_up = plan.rejections >= self.max_attempts_per_plan or plan.failures >= FAILURES_PER_PLAN
        if attempt.state is AttemptState.ACCEPTED or used_up or hopeless:
            self._close(plan.plan)

    def _close(self, plan: LabelPlan) -> None:
        del self.open[plan.id]
        self._closed.update(plan.expected)
        self._expected.subtract(plan.expected)
        self._under_way.add(_planned_turns(plan), -1)

    def _count_tokens(self, attempt: Attempt) -> None:
        if attempt.state is AttemptState.FAILED:
            return
        self.untold += attempt.completion_tokens is None
        self.tokens += (attempt.prompt_tokens or 0) + (attempt.completion_tokens or 0)

    def expected(self) -> dict[str, float]:
        """What the open plans are counted on for."""
        return {label: n for label, n in self._expected.items() if n > 1e-9}

    def survival(self) -> dict[str, float]:
        """Mean of a Beta posterior for each label that closed plans asked for: how much of it came to be accepted."""
        return {
            label: min(1.0, (self.accepted[label] + PRIOR_ACCEPTED) / (n + PRIOR_PLANNED))
            for label, n in self._closed.items()
        }

    def standing(self, mode: LabelMode, without: Iterable[str] = ()) -> Standing:
        """What the planner has to know beside the counts."""
        done = self.accepted_utterances
        free = mode is LabelMode.FREE
        return Standing(
            passages=self.passages,
            under_way=self._under_way,
            survival={} if free else self.survival(),
            free_mix={label: n / done for label, n in self.accepted.items()} if free and done else None,
            without=frozenset(without),
        )

    def shortfall(self, shares: Mapping[str, float], utterances: int) -> dict[str, int]:
        """Per label, how many of the wanted utterances are missing."""
        wanted = {label: round(share * utterances) for label, share in shares.items()}
        return {label: n - self.accepted[label] for label, n in wanted.items() if n > self.accepted[label]}


def plan_ordinal(plan_id: str) -> int:
    """p00003 → 3."""
    return int(plan_id[1:])


def _planned_turns(plan: LabelPlan) -> list[tuple[str, str | None]]:
    """Speakers with labels where the plan says both, else nothing: what a model orders itself cannot be counted on."""
    return list(zip(plan.turn_speakers, plan.sequence, strict=True)) if plan.sequence else []
