"""A generation run as a stream of events: plans, attempts, outcomes, the end. It saves nothing itself.

    for event in run(settings, recipe, target, model, history=(), attempts=(), gate=Gate(…), …):
        match event:
            case Planned(plan): ...        # write it down before asking on: only then is it submitted
            case Submitted(attempt): ...   # in flight
            case RepairAsked(repair): ...  # some of its turns are asked for again; RepairEnded(repair) follows
            case Finished(attempt): ...    # accepted, rejected or failed, with everything filled
            case Ended(state, message): ...

Whoever consumes the stream persists each event before asking for the next, so whatever happens, the ledger knows at
least as much as the world. Given that ledger again (`history`, `attempts`), a run goes on: open plans first, a lost
attempt with the same seed. At window 1 it then accepts exactly what it would have accepted without the interruption.
Which plan comes next is `label_plan`, what a reply is worth `outcomes` and `gate`, when it is over `endings`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import ChatRequest, Completion, LabelPlan, LabelTarget, ParsedReply, PromptRecipe
from erc_engine.domain.generation_runs import Attempt, AttemptState, RunSettings, RunState
from erc_engine.domain.turn_repairs import TurnRepair
from erc_engine.errors import ModelError
from erc_engine.generation.endings import Endings
from erc_engine.generation.events import Ended, Event, Finished, Planned, RepairAsked, RepairEnded, Submitted
from erc_engine.generation.gate import Gate
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.menu import menu_for
from erc_engine.generation.outcomes import Draft, Outcomes
from erc_engine.generation.progress import OpenPlan, Progress
from erc_engine.generation.prompts import prompt_hash, render
from erc_engine.generation.shots import ShotPool
from erc_engine.generation.style_plan import Steering
from erc_engine.generation.turn_repairs import repair_prompt
from erc_engine.generation.window import Answer, Window
from erc_engine.llm.chat_model import ChatModel

__all__ = ["Ended", "Event", "Finished", "Planned", "RepairAsked", "RepairEnded", "Submitted", "run"]

FAILURES_IN_A_ROW = 10  # then the server is taken to be down, and the run pauses


class NextPlan(Protocol):
    """The plan to follow those of the ledger, None when there is none."""

    def __call__(self, progress: Progress, without: frozenset[str]) -> LabelPlan | None: ...


def run(
    settings: RunSettings,
    recipe: PromptRecipe,
    target: LabelTarget,
    model: ChatModel,
    *,
    history: Iterable[LabelPlan],
    attempts: Iterable[Attempt],
    dialogue_prefix: str,
    gate: Gate,
    stop: Callable[[], RunState | None],
    clock: Callable[[], float] = time.monotonic,
    plans: Iterable[LabelPlan] | None = None,
    shots: ShotPool | None = None,
) -> Iterator[Event]:
    """The events of a run, from its ledger on. RefusedError at once when the model cannot serve the recipe.

    `stop` is asked before each submission: a state ends the run after what is in flight has come back. The gate gets
    each accepted dialogue to remember; those of `attempts` are the caller's to remember beforehand. `clock` is in
    seconds. `plans` are followed, in their order, in place of plans drawn here. `shots` are the recipe's examples.
    """
    menu = menu_for(recipe, model)
    used_up = "the plans of the ledger are used up" if plans else f"the recordings of '{recipe.recordings}' are used up"
    planner = Planner(target, recipe, settings.seed, menu, settings.utterances)
    same_reply = not model.capabilities.reads_prompt
    progress = Progress.of(history, attempts, settings.max_attempts_per_plan, same_reply=same_reply)
    steering = Steering(recipe, target.style, settings.seed, shots)
    following = _drawn(planner, recipe, steering) if plans is None else _given(plans)
    endings = Endings(settings, recipe, target, progress, stop, clock)
    outcomes = Outcomes(recipe, gate, dialogue_prefix)
    return _Run(settings, recipe, model, following, used_up, progress, endings, outcomes, shots).events()


def _drawn(planner: Planner, recipe: PromptRecipe, steering: Steering) -> NextPlan:
    def next_plan(progress: Progress, without: frozenset[str]) -> LabelPlan | None:
        on_trial = progress.books.left_out(planner.target, progress.plans)
        standing = progress.standing(recipe.label_mode, {*without, *([on_trial] if on_trial else [])})
        survival = standing.survival
        in_flight = {label: n * survival.get(label, 1.0) for label, n in progress.expected().items()}
        plan = planner.next(progress.plans, progress.accepted, in_flight, progress.recordings, standing=standing)
        return plan and steering.steered(plan, progress.openers, progress.openers.total())

    return next_plan


def _given(plans: Iterable[LabelPlan]) -> NextPlan:
    ahead = iter(plans)

    def next_plan(progress: Progress, without: frozenset[str]) -> LabelPlan | None:
        return next((plan for plan in ahead if plan.ordinal >= progress.plans), None)

    return next_plan


@dataclass
class _Run:
    settings: RunSettings
    recipe: PromptRecipe
    model: ChatModel
    next_plan: NextPlan
    used_up: str
    progress: Progress
    endings: Endings
    outcomes: Outcomes
    shots: ShotPool | None = None
    failures_in_a_row: int = 0
    in_flight: dict[str, Attempt] = field(default_factory=dict)
    mending: dict[str, tuple[TurnRepair, Draft]] = field(default_factory=dict)

    def events(self) -> Iterator[Event]:
        with Window(self.model, self.settings.window) as window:
            while True:
                ended = self._end()
                while ended is None and len(window) < self.settings.window:
                    open_plan = self.progress.waiting()
                    if open_plan is None:
                        if window and self.endings.enough_under_way():
                            break  # a refusal will make room for another plan; until then it would be surplus
                        plan = self.next_plan(self.progress, self.endings.given_up())
                        if plan is None:
                            ended = self.endings.infeasible(self.used_up)
                            break
                        yield Planned(plan)
                        self.progress.add_plan(plan)
                        open_plan = self.progress.open[plan.id]
                    request, attempt = self._request(open_plan)
                    yield Submitted(attempt)
                    self.progress.start(open_plan)
                    self.in_flight[attempt.plan] = attempt
                    window.submit(attempt.plan, request, partial(self.outcomes.ahead, open_plan.plan))
                    ended = self._end()
                if not window:
                    if ended is not None:
                        yield ended
                        return
                    continue
                for answer in window.finished():
                    yield from self._answered(answer, window)

    def _end(self) -> Ended | None:
        return self.endings.due(len(self.in_flight))

    def _request(self, open_plan: OpenPlan) -> tuple[ChatRequest, Attempt]:
        plan = open_plan.plan
        messages = render(self.recipe, plan, self._examples(plan))
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

    def _answered(self, answer: Answer, window: Window) -> Iterator[Event]:
        """A reply ends its attempt, unless some of its turns are asked for again: then it stays in flight."""
        plan, attempt = self.progress.open[answer.plan].plan, self.in_flight[answer.plan]
        self._count_failures(answer)
        if answer.plan in self.mending:
            repair, before = self.mending.pop(answer.plan)
            repair, draft = self.outcomes.mended(before, repair, plan, answer.reply)
            yield RepairEnded(repair)
        elif isinstance(answer.reply, ModelError):
            draft = Draft(self.outcomes.failed(attempt, answer.reply, answer.seconds), Completion(""))
        else:
            draft = self.outcomes.draft(attempt, plan, answer.reply)
        if self._may_mend(draft):
            repair, request = self._repair(draft, plan)
            yield RepairAsked(repair)
            self.mending[answer.plan] = (repair, draft)
            window.submit(answer.plan, request)
            return
        del self.in_flight[answer.plan]
        self.progress.settle(draft.attempt)
        yield Finished(draft.attempt)

    def _count_failures(self, answer: Answer) -> None:
        if not isinstance(answer.reply, ModelError):
            self.failures_in_a_row = 0
            return
        self.failures_in_a_row += 1
        if self.failures_in_a_row == FAILURES_IN_A_ROW:
            error = answer.reply
            why = f"{FAILURES_IN_A_ROW} attempts in a row failed, the last with {error.code}: {error.message}"
            self.endings.stop_with(RunState.PAUSED, why)

    def _examples(self, plan: LabelPlan) -> tuple[Dialogue, ...]:
        return self.shots.dialogues(plan.shots) if self.shots else ()

    def _may_mend(self, draft: Draft) -> bool:
        """A model that only plays back cannot write a turn again."""
        if not draft.faulty or draft.repairs >= self.settings.repairs or self.endings.stopped is not None:
            return False
        return self.model.capabilities.reads_prompt

    def _repair(self, draft: Draft, plan: LabelPlan) -> tuple[TurnRepair, ChatRequest]:
        messages = repair_prompt(self.recipe, plan, draft.parsed or ParsedReply(()), draft.faulty, self._examples(plan))
        attempt = draft.attempt
        key = f"{attempt.seed}/repair/{draft.repairs}".encode()
        repair = TurnRepair(
            run=attempt.run,
            plan=attempt.plan,
            attempt=attempt.number,
            number=draft.repairs,
            seed=int.from_bytes(hashlib.blake2b(key, digest_size=4).digest(), "big") & 0x7FFFFFFF,
            turns=tuple(sorted(draft.faulty)),
            reason=attempt.reason,
            prompt_hash=prompt_hash(messages),
        )
        return repair, ChatRequest(repair.id, messages, self.recipe.sampling, repair.seed, self.recipe.protocol)
