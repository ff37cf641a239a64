"""What was asked for each label and what came of it; when to stop asking for one.

    books = LabelBooks()
    books.planned(plan.expected)                             # once for each plan
    books.ended(plan.expected, labels=("joy", None))         # an accepted dialogue; None is a masked turn
    books.ended(plan.expected, reason="label_plan")          # a refusal; failed and lost attempts are not asked about
    books.evidence(target, 500, attempts_left=120)           # one LabelEvidence a label

A label is given up when three things are true: at least 20 attempts asked for it; the upper end of its pass rate's
interval is under a third of the pass rate of attempts without it; and even at that upper end, what is missing of it
would take more attempts than are left. So a label that is merely refused more often is not given up, a run in which
everything fails is not blamed on a label, and a larger budget takes a label up again. While nothing at all was
accepted, every second plan leaves one label out, in turn: where each dialogue has an unreached label in it, that shows
which.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from erc_engine.domain.generation import LabelTarget
from erc_engine.domain.label_evidence import LabelEvidence

LEAST_ATTEMPTS = 20
FAR_BELOW = 1 / 3
Z95 = 1.959963984540054


@dataclass
class _Tally:
    planned: float = 0.0
    asked: float = 0.0
    accepted: int = 0
    masked: float = 0.0
    attempts: int = 0
    kept: int = 0  # attempts for it that were accepted
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def pass_rate(self) -> float | None:
        """Accepted of asked utterances; a model that chooses labels itself may give more than was counted on."""
        return min(1.0, self.accepted / self.asked) if self.asked else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return None if self.pass_rate is None else wilson(self.pass_rate * self.attempts, self.attempts)


@dataclass
class LabelBooks:
    attempts: int = 0
    kept: int = 0
    labels: defaultdict[str, _Tally] = field(default_factory=lambda: defaultdict(_Tally))

    def planned(self, expected: Mapping[str, float]) -> None:
        for label, n in expected.items():
            self.labels[label].planned += n

    def ended(
        self, expected: Mapping[str, float], *, labels: Iterable[str | None] | None = None, reason: str = ""
    ) -> None:
        """An attempt that came to a reply: accepted with these labels, or refused for a reason."""
        self.attempts += 1
        labels = None if labels is None else tuple(labels)
        self.kept += labels is not None
        given = Counter(label for label in labels or () if label is not None)
        for label, n in expected.items():
            if not n:
                continue
            tally = self.labels[label]
            tally.asked += n
            tally.attempts += 1
            if labels is None:
                tally.rejected[reason] += n  # type: ignore[assignment]
            else:
                tally.kept += 1
                tally.masked += max(0.0, n - given[label])
        for label, n in given.items():
            self.labels[label].accepted += n

    def given_up(self, target: LabelTarget, utterances: int, attempts_left: float) -> frozenset[str]:
        """Labels that are not worth another attempt, by the rule above."""
        return frozenset(
            label
            for label, wanted in quotas(target, utterances).items()
            if wanted > self.labels[label].accepted and self._hopeless(label, wanted, attempts_left)
        )

    def _hopeless(self, label: str, wanted: int, attempts_left: float) -> bool:
        tally = self.labels[label]
        without = self.attempts - tally.attempts
        if tally.attempts < LEAST_ATTEMPTS or not without or tally.pass_rate is None:
            return False
        far_below = FAR_BELOW * (self.kept - tally.kept) / without
        if tally.pass_rate >= far_below:
            return False  # and so is the interval's upper end
        upper = wilson(tally.pass_rate * tally.attempts, tally.attempts)[1]
        if upper >= far_below:
            return False
        needed = self._needed(tally, wanted, upper)
        return needed is None or needed > attempts_left

    def left_out(self, target: LabelTarget, ordinal: int) -> str | None:
        """A label to leave out of this plan on trial, while nothing at all was accepted."""
        wanted = [name for name in target.scheme.names if target.shares.get(name, 0.0) > 0]
        if self.kept or self.attempts < LEAST_ATTEMPTS or ordinal % 2 or len(wanted) < 2:
            return None
        return wanted[ordinal // 2 % len(wanted)]

    @staticmethod
    def _needed(tally: _Tally, wanted: int, rate: float) -> int | None:
        """Attempts for what is missing at this pass rate, with as many utterances an attempt as so far."""
        missing = max(0, wanted - tally.accepted)
        if not missing:
            return 0
        if not tally.attempts or rate <= 0:
            return None
        return math.ceil(missing / (rate * tally.asked / tally.attempts))

    def evidence(
        self, target: LabelTarget, utterances: int, *, attempts_left: float, by_label: bool = True
    ) -> tuple[LabelEvidence, ...]:
        """`by_label` False: the model chooses the labels itself, so that none can be given up."""
        gone = self.given_up(target, utterances, attempts_left) if by_label else frozenset()
        found = []
        for label, wanted in quotas(target, utterances).items():
            tally = self.labels[label]
            interval = tally.interval
            needed = self._needed(tally, wanted, interval[0] if interval else 0.0)
            found.append(
                LabelEvidence(
                    label=label,
                    wanted=wanted,
                    accepted=tally.accepted,
                    planned=tally.planned,
                    asked=tally.asked,
                    rejected=dict(tally.rejected.most_common()),
                    masked=tally.masked,
                    attempts=tally.attempts,
                    pass_rate=tally.pass_rate,
                    interval=interval,
                    needed=needed,
                    over_budget=needed is None or needed > attempts_left,
                    given_up=label in gone,
                )
            )
        return tuple(found)


def quotas(target: LabelTarget, utterances: int) -> Mapping[str, int]:
    """Utterances wanted of each label, in the scheme's order."""
    return {name: round(target.shares.get(name, 0.0) * utterances) for name in target.scheme.names}


def wilson(successes: float, n: int) -> tuple[float, float]:
    """95 % score interval of a proportion (Wilson 1927, 10.1080/01621459.1927.10502953)."""
    p, z2 = successes / n, Z95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)
