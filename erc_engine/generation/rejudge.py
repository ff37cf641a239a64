"""A ledger run again without its model: the stored replies are parsed, checked and led through the gate anew.

    for event in rejudge(settings, recipe, target, plans=old_plans, replies=old_attempts, attempts=(), gate=…, …): ...

The events are those of `run`. Replies come in the order in which they once ended, so that near duplicates of each other
are met in the same order: with the same recipe the accepted set is the same, however many requests were under way then.
A reply that is accepted now closes its plan; one that no longer is leaves it open until the ledger's next reply for it.
No plan is added: where the ledger has no more replies, the run is over.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from erc_engine.domain.generation import Completion, LabelPlan, LabelTarget, PromptRecipe
from erc_engine.domain.generation_runs import Attempt, AttemptState, RunSettings, RunState
from erc_engine.domain.turn_repairs import TurnRepair
from erc_engine.generation.endings import Endings
from erc_engine.generation.events import Ended, Event, Finished, Planned, Submitted
from erc_engine.generation.gate import Gate
from erc_engine.generation.outcomes import Outcomes
from erc_engine.generation.progress import Progress

UNDECIDED = (AttemptState.LOST, AttemptState.IN_FLIGHT)


def rejudge(
    settings: RunSettings,
    recipe: PromptRecipe,
    target: LabelTarget,
    *,
    plan_of: Callable[[str], LabelPlan],
    replies: Iterable[Attempt],
    history: Iterable[LabelPlan],
    attempts: Iterable[Attempt],
    dialogue_prefix: str,
    gate: Gate,
    stop: Callable[[], RunState | None],
    repairs_of: Callable[[Attempt], Iterable[TurnRepair]] = lambda attempt: (),
) -> Iterator[Event]:
    """`plan_of`, `replies` (in the order of their ends) and their `repairs_of` are of the old run, `history` and
    `attempts` of this one."""
    done: Counter[str] = Counter()
    closed: set[str] = set()
    progress = Progress.of(history, _counted(attempts, done, closed), sys.maxsize)
    endings = Endings(settings, recipe, target, progress, stop)
    outcomes = Outcomes(recipe, gate, dialogue_prefix)
    passed: Counter[str] = Counter()
    for old in replies:
        if old.state in UNDECIDED:
            continue
        passed[old.plan] += 1
        if passed[old.plan] <= done[old.plan] or old.plan in closed:
            continue
        if (asked := stop()) is not None:
            endings.stop_with(asked, "stopped on request")
            break
        if old.plan not in progress.open:
            plan = plan_of(old.plan)
            yield Planned(plan)
            progress.add_plan(plan)
        open_plan = progress.open[old.plan]
        begun = Attempt(settings.name, old.plan, open_plan.attempts, old.seed, AttemptState.IN_FLIGHT)
        begun = replace(begun, prompt_hash=old.prompt_hash)
        yield Submitted(begun)
        progress.start(open_plan)
        ended = _judged(begun, old, open_plan.plan, outcomes, repairs_of)
        if ended.state is AttemptState.ACCEPTED:
            closed.add(old.plan)
        progress.settle(ended)
        yield Finished(ended)
    yield _end(endings, settings)


def _judged(
    begun: Attempt,
    old: Attempt,
    plan: LabelPlan,
    outcomes: Outcomes,
    repairs_of: Callable[[Attempt], Iterable[TurnRepair]],
) -> Attempt:
    """What the old run's repairs brought is put in again where the reply alone is refused once more."""
    if old.state is AttemptState.FAILED:
        told = {name: getattr(old, name) for name in ("state", "reason", "detail", "seconds", "injected")}
        return replace(begun, **told)
    reply = Completion(
        old.raw, old.finish, old.prompt_tokens, old.completion_tokens, old.seconds, injected=old.injected
    )
    draft = outcomes.draft(begun, plan, reply)
    for repair in repairs_of(old):
        if draft.faulty and repair.raw:
            again = Completion(repair.raw, prompt_tokens=0, completion_tokens=0)  # those of old count them already
            _, draft = outcomes.mended(draft, repair, plan, again)
    return draft.attempt


def _counted(attempts: Iterable[Attempt], done: Counter[str], closed: set[str]) -> Iterator[Attempt]:
    """What this run has judged before it was interrupted, passed on."""
    for attempt in attempts:
        if attempt.state not in UNDECIDED:
            done[attempt.plan] += 1
            if attempt.state is AttemptState.ACCEPTED:
                closed.add(attempt.plan)
        yield attempt


def _end(endings: Endings, settings: RunSettings) -> Ended:
    if endings.stopped is not None:
        return endings.stopped
    if endings.progress.accepted_utterances >= settings.utterances:
        return endings.enough()
    return endings.infeasible(f"the ledger of '{settings.replays}' has no more replies")
