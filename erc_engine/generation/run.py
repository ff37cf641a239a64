"""A generation run as a stream of events: plans, attempts, outcomes, the end. It saves nothing itself.

    for event in run(settings, recipe, target, model, history=(), attempts=(), …):
        match event:
            case Planned(plan): ...        # write it down before asking on: only then is it submitted
            case Submitted(attempt): ...   # in flight
            case Finished(attempt): ...    # accepted, rejected or failed, with everything filled
            case Ended(state, message): ...

Whoever consumes the stream persists each event before asking for the next, so whatever happens, the ledger knows at
least as much as the world. Given that ledger again (`history`, `attempts`), a run goes on: open plans first, a lost
attempt with the same seed. At window 1 it then accepts exactly what it would have accepted without the interruption.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import (
    Attempt,
    AttemptState,
    ChatRequest,
    Completion,
    FailReason,
    LabelMode,
    LabelPlan,
    LabelTarget,
    MenuItem,
    ParsedReply,
    PromptRecipe,
    Rejection,
    RejectReason,
    RunSettings,
    RunState,
)
from erc_engine.domain.labels import total_variation
from erc_engine.errors import ModelError, RefusedError
from erc_engine.generation.checks import judge_reply, mended_speakers
from erc_engine.generation.events import Ended, Event, Finished, Planned, Submitted
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.parsing import parse
from erc_engine.generation.progress import OpenPlan, Progress
from erc_engine.generation.prompts import prompt_hash, render
from erc_engine.generation.window import Answer, Window
from erc_engine.llm.chat_model import ChatModel

__all__ = ["Ended", "Event", "Finished", "HasMenu", "Planned", "Submitted", "attempt_limit", "menu_for", "run", "trim"]

FAILURES_IN_A_ROW = 10  # then the server is taken to be down, and the run pauses
ATTEMPTS_PER_DIALOGUE = 20  # bound of a run without max_attempts: so many per dialogue that it needs, and
MIX_TOLERANCE = 0.05
ATTEMPTS_TO_SPARE = 100  # so many more


@runtime_checkable
class HasMenu(Protocol):
    """A model that can only serve what it has recorded."""

    def menu(self, recordings_set: str) -> tuple[MenuItem, ...]: ...


@dataclass(frozen=True)
class _Gate:
    """What is asked about a dialogue that passed the checks: is it new, and is it clean."""

    duplicate_of: Callable[[Dialogue], str | None]
    remember: Callable[[Dialogue], None]
    contamination: Callable[[Dialogue], str | None]


def menu_for(recipe: PromptRecipe, model: ChatModel) -> tuple[MenuItem, ...] | None:
    """What a model that reads no prompts can serve for a recipe, None for one that does; else RefusedError."""
    if model.capabilities.reads_prompt:
        return None
    if recipe.label_mode is LabelMode.SEQUENCE:
        raise RefusedError(
            f"'{model.spec}' replays recordings and reads no prompt, so it cannot follow the label sequence of a plan",
            hint="choose a recipe with label_mode budget or free, or a live model such as openai:NAME#model",
        )
    if recipe.recordings is None or not isinstance(model, HasMenu):
        raise RefusedError(
            f"recipe '{recipe.name}' has no recordings that '{model.spec}' could serve",
            hint="choose a recipe with recordings (erc recipes), or a live model such as openai:NAME#model",
        )
    return model.menu(recipe.recordings)


def run(
    settings: RunSettings,
    recipe: PromptRecipe,
    target: LabelTarget,
    model: ChatModel,
    *,
    history: Sequence[LabelPlan],
    attempts: Sequence[Attempt],
    dialogue_prefix: str,
    duplicate_of: Callable[[Dialogue], str | None],
    remember: Callable[[Dialogue], None],
    contamination: Callable[[Dialogue], str | None],
    stop: Callable[[], RunState | None],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Event]:
    """The events of a run, from its ledger on. RefusedError at once when the model cannot serve the recipe.

    `stop` is asked before each submission: a state ends the run after what is in flight has come back. `remember` gets
    each accepted dialogue; those of `attempts` are the caller's to remember beforehand. `clock` is in seconds.
    """
    menu = menu_for(recipe, model)
    planner = Planner(target, recipe, settings.seed, menu, settings.utterances)
    same_reply = not model.capabilities.reads_prompt
    progress = Progress.of(history, attempts, settings.max_attempts_per_plan, same_reply=same_reply)
    gate = _Gate(duplicate_of, remember, contamination)
    course = _Run(settings, recipe, target, model, planner, progress, gate, dialogue_prefix, stop, clock)
    return course.events()


@dataclass
class _Run:
    settings: RunSettings
    recipe: PromptRecipe
    target: LabelTarget
    model: ChatModel
    planner: Planner
    progress: Progress
    gate: _Gate
    dialogue_prefix: str
    stop: Callable[[], RunState | None]
    clock: Callable[[], float]
    failures_in_a_row: int = 0
    stopped: Ended | None = None  # asked for from outside, or the server is down: no way back
    in_flight: dict[str, Attempt] = field(default_factory=dict)

    def events(self) -> Iterator[Event]:
        started = self.clock()
        with Window(self.model, self.settings.window) as window:
            while True:
                ended = self._end(started)
                while ended is None and len(window) < self.settings.window:
                    open_plan = self.progress.waiting()
                    if open_plan is None:
                        if window and self._enough_under_way():
                            break  # a refusal will make room for another plan; until then it would be surplus
                        plan = self._next_plan()
                        if plan is None:
                            ended = self._infeasible(f"the recordings of '{self.recipe.recordings}' are used up")
                            break
                        yield Planned(plan)
                        self.progress.add_plan(plan)
                        open_plan = self.progress.open[plan.id]
                    request, attempt = self._request(open_plan)
                    yield Submitted(attempt)
                    self.progress.start(open_plan)
                    self.in_flight[attempt.plan] = attempt
                    window.submit(attempt.plan, request)
                    ended = self._end(started)
                if not window:
                    if ended is not None:
                        yield ended
                        return
                    continue
                for answer in window.finished():
                    attempt = self._outcome(answer)
                    self.progress.settle(attempt)
                    yield Finished(attempt)

    def _end(self, started: float) -> Ended | None:
        """Why nothing more may be submitted, None while the run goes on."""
        if self.progress.accepted_utterances >= self.settings.utterances:
            return self._enough()
        if self.stopped is None:
            asked = self.stop()
            if asked is not None:
                self.stopped = Ended(asked, "stopped on request", self._shortfall())
        if self.stopped is not None:
            return self.stopped
        limit = attempt_limit(self.settings, self.target)
        if self.progress.spent + len(self.in_flight) >= limit:
            return self._infeasible(f"the limit of {limit} attempts is reached")
        minutes = self.settings.max_minutes
        if minutes is not None and self.clock() - started >= 60 * minutes:
            return self._infeasible(f"the limit of {minutes:g} minutes is reached")
        return None

    def _enough(self) -> Ended:
        """Complete when the labels came out as planned; a model that decides them itself (mode free) may differ."""
        accepted = self.progress.accepted_utterances
        shares = {label: n / accepted for label, n in self.progress.accepted.items()}
        distance = total_variation(shares, self.target.shares)
        if self.recipe.label_mode is LabelMode.FREE or distance <= mix_tolerance(self.target, accepted):
            return Ended(RunState.COMPLETE)
        why = f"{accepted} utterances accepted, but their labels miss the target by {distance:.3f} (total variation)"
        return Ended(RunState.INFEASIBLE, why, self._shortfall())

    def _enough_under_way(self) -> bool:
        expected = sum(self.progress.expected().values())
        return self.progress.accepted_utterances + expected >= self.settings.utterances

    def _infeasible(self, why: str) -> Ended:
        done, wanted = self.progress.accepted_utterances, self.settings.utterances
        return Ended(RunState.INFEASIBLE, f"{why}: {done} of {wanted} utterances accepted", self._shortfall())

    def _shortfall(self) -> dict[str, int]:
        return self.progress.shortfall(self.target.shares, self.settings.utterances)

    def _next_plan(self) -> LabelPlan | None:
        progress = self.progress
        return self.planner.next(progress.plans, progress.accepted, progress.expected(), progress.recordings)

    def _request(self, open_plan: OpenPlan) -> tuple[ChatRequest, Attempt]:
        plan = open_plan.plan
        messages = render(self.recipe, plan)
        attempt = Attempt(
            run=self.settings.name,
            plan=plan.id,
            number=open_plan.attempts,
            seed=open_plan.seed(self.settings.seed),
            state=AttemptState.IN_FLIGHT,
            prompt_hash=prompt_hash(messages),
        )
        request = ChatRequest(
            id=attempt.id,
            messages=messages,
            sampling=self.recipe.sampling,
            seed=attempt.seed,
            protocol=self.recipe.protocol,
            recording=plan.recording,
            failures=open_plan.failures,
        )
        return request, attempt

    def _outcome(self, answer: Answer) -> Attempt:
        """The attempt as it ended; an accepted dialogue is remembered here."""
        attempt = self.in_flight.pop(answer.plan)
        if isinstance(answer.reply, ModelError):
            self.failures_in_a_row += 1
            outcome = _failed(attempt, answer.reply, answer.seconds)
            if self.failures_in_a_row == FAILURES_IN_A_ROW:
                why = f"{FAILURES_IN_A_ROW} attempts in a row failed, the last with {outcome.reason}: {outcome.detail}"
                self.stopped = self.stopped or Ended(RunState.PAUSED, why, self._shortfall())
            return outcome
        self.failures_in_a_row = 0
        plan = self.progress.open[attempt.plan].plan
        return self._judged(attempt, plan, answer.reply)

    def _judged(self, attempt: Attempt, plan: LabelPlan, completion: Completion) -> Attempt:
        parsed = parse(completion.text, self.recipe.protocol, self.recipe.scheme)
        dialogue_id = f"{self.dialogue_prefix}-{plan.ordinal:05d}"
        judged = judge_reply(parsed, plan, self.recipe, completion, dialogue_id=dialogue_id)
        if isinstance(judged, Dialogue):
            judged = self._passed_gate(judged)
        told = replace(
            attempt,
            raw=completion.text,
            repairs=(*parsed.repairs, *mended_speakers(parsed, plan)) if isinstance(parsed, ParsedReply) else (),
            finish=completion.finish,
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
            seconds=completion.seconds,
            injected=completion.injected,
        )
        if isinstance(judged, Rejection):
            return replace(told, state=AttemptState.REJECTED, reason=str(judged.reason), detail=judged.detail)
        self.gate.remember(judged)
        return replace(told, state=AttemptState.ACCEPTED, dialogue=judged)

    def _passed_gate(self, dialogue: Dialogue) -> Dialogue | Rejection:
        if (twin := self.gate.duplicate_of(dialogue)) is not None:
            return Rejection(RejectReason.NEAR_DUPLICATE, twin)
        if (source := self.gate.contamination(dialogue)) is not None:
            return Rejection(RejectReason.CONTAMINATED, source)
        return dialogue


def _failed(attempt: Attempt, error: ModelError, seconds: float) -> Attempt:
    known = error.code in tuple(FailReason)
    return replace(
        attempt,
        state=AttemptState.FAILED,
        reason=error.code if known else FailReason.SERVER_ERROR.value,
        detail=error.message,
        seconds=seconds,
        injected=getattr(error, "injected", None),
    )


def mix_tolerance(target: LabelTarget, utterances: int) -> float:
    """How far accepted labels may be from the target: .05, or one utterance a label where that is more."""
    return max(MIX_TOLERANCE, len(target.scheme.names) / max(utterances, 1))


def attempt_limit(settings: RunSettings, target: LabelTarget) -> int:
    """The most attempts of a run: those given, or many times what it should need, so that every run ends."""
    if settings.max_attempts is not None:
        return settings.max_attempts
    mean_turns = sum(turns * share for turns, share in target.lengths.items())
    return ATTEMPTS_TO_SPARE + ATTEMPTS_PER_DIALOGUE * math.ceil(settings.utterances / max(mean_turns, 1.0))


def trim(accepted: Sequence[tuple[str, int]], wanted: int) -> tuple[str, ...]:
    """The plans, in plan order, that are not needed any more once `wanted` utterances are there."""
    surplus: list[str] = []
    utterances = 0
    for plan, count in accepted:
        if utterances >= wanted:
            surplus.append(plan)
        else:
            utterances += count
    return tuple(surplus)
