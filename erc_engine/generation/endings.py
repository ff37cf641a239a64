"""When a run is over, and how it is told: enough, out of bounds, or asked to stop.

    endings = Endings(settings, recipe, target, progress, stop, clock)
    endings.due(in_flight=3)         # None while it goes on, else Ended(state, message, shortfall)
    endings.given_up()               # labels that are not planned any more

Bounds are attempts, tokens and minutes; a run without any is bounded by many times the attempts it should need.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from erc_engine.domain.generation import LabelMode, LabelTarget, PromptRecipe
from erc_engine.domain.generation_runs import RunSettings, RunState
from erc_engine.domain.labels import mix_tolerance, total_variation
from erc_engine.generation.events import Ended
from erc_engine.generation.label_books import quotas
from erc_engine.generation.progress import Progress

ATTEMPTS_PER_DIALOGUE = 20  # bound of a run without max_attempts: so many per dialogue that it needs, and
ATTEMPTS_TO_SPARE = 100  # so many more


@dataclass
class Endings:
    """`stopped` is what came from outside: a request, or a server that is down. There is no way back from it."""

    settings: RunSettings
    recipe: PromptRecipe
    target: LabelTarget
    progress: Progress
    stop: Callable[[], RunState | None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    stopped: Ended | None = None
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    def due(self, in_flight: int) -> Ended | None:
        """Why nothing more may be submitted, None while the run goes on."""
        progress, settings = self.progress, self.settings
        gone = self.given_up()
        if progress.accepted_utterances >= self.reachable(gone):
            return self.enough(gone)
        if self.stopped is None and (asked := self.stop()) is not None:
            self.stop_with(asked, "stopped on request")
        if self.stopped is not None:
            return self.stopped
        limit = attempt_limit(settings, self.target)
        if progress.spent + in_flight >= limit:
            return self.infeasible(f"the limit of {limit} attempts is reached")
        if settings.max_tokens is not None:
            if progress.untold:
                return Ended(
                    RunState.PAUSED, "the model tells no tokens, so that they cannot be bounded", self._short()
                )
            if progress.tokens + in_flight * tokens_per_attempt(progress) >= settings.max_tokens:
                return self.infeasible(f"the limit of {settings.max_tokens:,} tokens is reached")
        minutes = settings.max_minutes
        if minutes is not None and self.clock() - self.started >= 60 * minutes:
            return self.infeasible(f"the limit of {minutes:g} minutes is reached")
        return None

    def stop_with(self, state: RunState, why: str) -> None:
        self.stopped = self.stopped or Ended(state, why, self._short())

    def infeasible(self, why: str) -> Ended:
        done, wanted = self.progress.accepted_utterances, self.settings.utterances
        return Ended(RunState.INFEASIBLE, f"{why}: {done} of {wanted} utterances accepted", self._short())

    def given_up(self) -> frozenset[str]:
        """Labels that are not worth another attempt; none where the model chooses the labels itself."""
        if self.recipe.label_mode is LabelMode.FREE:
            return frozenset()
        left = attempts_left(self.settings, self.target, self.progress.spent, self.progress.tokens)
        return self.progress.books.given_up(self.target, self.settings.utterances, left)

    def reachable(self, gone: frozenset[str]) -> int:
        """Utterances to accept when nothing more comes of the labels given up."""
        wanted = quotas(self.target, self.settings.utterances)
        return self.settings.utterances - sum(max(0, wanted[k] - self.progress.accepted[k]) for k in gone)

    def enough_under_way(self) -> bool:
        """Whether the open plans would do, if each were accepted."""
        expected = sum(self.progress.expected().values())
        return round(self.progress.accepted_utterances + expected, 6) >= self.reachable(self.given_up())

    def enough(self, gone: frozenset[str] = frozenset()) -> Ended:
        """Complete when the labels came out as planned; a model that decides them itself (mode free) may differ."""
        if gone:
            listed = ", ".join(name for name in self.target.scheme.names if name in gone)
            return self.infeasible(f"{listed} given up after too many refusals, all else is there")
        accepted = self.progress.accepted_utterances
        shares = {label: n / accepted for label, n in self.progress.accepted.items()}
        distance = total_variation(shares, self.target.shares)
        near = distance <= mix_tolerance(len(self.target.scheme.names), accepted)
        if near or self.recipe.label_mode is LabelMode.FREE:
            return Ended(RunState.COMPLETE)
        why = f"{accepted} utterances accepted, but their labels miss the target by {distance:.3f} (total variation)"
        return Ended(RunState.INFEASIBLE, why, self._short())

    def _short(self) -> dict[str, int]:
        return self.progress.shortfall(self.target.shares, self.settings.utterances)


def tokens_per_attempt(progress: Progress) -> float:
    return progress.tokens / progress.spent if progress.spent else 0.0


def attempts_left(settings: RunSettings, target: LabelTarget, spent: int, tokens: int) -> float:
    """Attempts that the bounds still allow; tokens as many each as so far."""
    left = float(attempt_limit(settings, target) - spent)
    if settings.max_tokens is not None and tokens and spent:
        left = min(left, (settings.max_tokens - tokens) * spent / tokens)
    return max(0.0, left)


def attempt_limit(settings: RunSettings, target: LabelTarget) -> int:
    """The most attempts of a run: those given, or many times what it should need, so that every run ends."""
    if settings.max_attempts is not None:
        return settings.max_attempts
    mean_turns = sum(turns * share for turns, share in target.lengths.items())
    return ATTEMPTS_TO_SPARE + ATTEMPTS_PER_DIALOGUE * math.ceil(settings.utterances / max(mean_turns, 1.0))


def trim(accepted: Sequence[tuple[str, int]], wanted: int) -> tuple[str, ...]:
    """The plans, in plan order, that are not needed any more once `wanted` labelled utterances are there."""
    surplus: list[str] = []
    utterances = 0
    for plan, count in accepted:
        if utterances >= wanted:
            surplus.append(plan)
        else:
            utterances += count
    return tuple(surplus)
