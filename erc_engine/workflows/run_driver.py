"""Takes the events of a run into the store, one by one, and ends it honestly.

    drive(workspace, run_id, settings, recipe, target, model, progress, stop)
    drive_again(workspace, run_id, settings, recipe, target, old_run_id, progress, stop)    # over stored replies

Every event is in the store before the next one is asked for: a plan before it is submitted, a reply before it counts.
The ledger is read row by row; what a long run holds in memory is what duplicates are found with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.curation.duplicates import DuplicateIndex
from erc_engine.domain.conversation import OWN_LICENCE, Corpus, Dialogue, Licence, Origin
from erc_engine.domain.generation import LabelPlan, LabelTarget, PromptRecipe
from erc_engine.domain.generation_runs import Attempt, AttemptState, Books, RunSettings, RunState
from erc_engine.errors import ErcError
from erc_engine.generation.endings import trim
from erc_engine.generation.gate import Gate, Verify, unverified
from erc_engine.generation.progress import plan_ordinal
from erc_engine.generation.rejudge import rejudge
from erc_engine.generation.run import Ended, Event, Finished, Planned, RepairAsked, RepairEnded, Submitted, run
from erc_engine.generation.shots import ShotPool
from erc_engine.generation.verification import Verification
from erc_engine.llm.chat_model import ChatModel
from erc_engine.workflows.curation import benchmark_sources
from erc_engine.workflows.model_details import weights_of
from erc_engine.workflows.run_lock import only_driver
from erc_engine.workflows.run_targets import evaluation_splits
from erc_engine.workflows.workspace import Workspace

Progress = Callable[[Books], None]
Stop = Callable[[], RunState | None]
PROGRESS_SECONDS = 0.5


def drive(
    workspace: Workspace,
    run_id: str,
    settings: RunSettings,
    recipe: PromptRecipe,
    target: LabelTarget,
    model: ChatModel,
    progress: Progress | None,
    stop: Stop | None,
    *,
    plans: Iterable[LabelPlan] | None = None,
    verify: Verify = unverified,
    shots: ShotPool | None = None,
) -> None:
    """With `plans`, those are followed in place of plans drawn for the target. `verify` says which labels hold;
    `shots` are the recipe's examples."""
    with only_driver(workspace, run_id):
        create_corpus(workspace, settings, recipe, model)

        def events() -> Iterator[Event]:
            gate, attempts = _gate(workspace, run_id, settings, recipe, verify, shots)
            return run(
                settings,
                recipe,
                target,
                model,
                history=workspace.store.ledger.plans(run_id),
                attempts=attempts,
                dialogue_prefix=settings.name,
                gate=gate,
                stop=stop or (lambda: None),
                plans=plans,
                shots=shots,
            )

        _into_store(workspace, run_id, settings, events, progress)


def drive_again(
    workspace: Workspace,
    run_id: str,
    settings: RunSettings,
    recipe: PromptRecipe,
    target: LabelTarget,
    old_run_id: str,
    progress: Progress | None,
    stop: Stop | None,
    *,
    verify: Verify = unverified,
) -> None:
    """Judge the stored replies of another run anew; no model is called."""
    ledger = workspace.store.ledger
    with only_driver(workspace, run_id):
        _copy_corpus(workspace, settings, workspace.store.runs.get(old_run_id).name)

        def events() -> Iterator[Event]:
            gate, attempts = _gate(workspace, run_id, settings, recipe, verify)
            return rejudge(
                settings,
                recipe,
                target,
                plan_of=lambda plan: ledger.plan(old_run_id, plan),
                replies=ledger.as_they_ended(old_run_id),
                history=ledger.plans(run_id),
                attempts=attempts,
                dialogue_prefix=settings.name,
                gate=gate,
                stop=stop or (lambda: None),
                repairs_of=lambda attempt: workspace.store.turn_repairs.of(old_run_id, attempt),
            )

        _into_store(workspace, run_id, settings, events, progress)


def _gate(
    workspace: Workspace,
    run_id: str,
    settings: RunSettings,
    recipe: PromptRecipe,
    verify: Verify,
    shots: ShotPool | None = None,
) -> tuple[Gate, Iterator[Attempt]]:
    """The gate, and the run's attempts so far: as they are read, it remembers those that were accepted."""
    seen = DuplicateIndex(recipe.checks.near_duplicate)
    sources = dict(benchmark_sources(workspace))
    sources.update(evaluation_splits(workspace, settings.like))
    benchmarks = ContaminationIndex(list(sources.items()))

    def duplicate_of(dialogue: Dialogue) -> str | None:
        if shots is not None and (copied := shots.copied(dialogue)) is not None:
            return copied
        found = seen.nearest(dialogue)
        return f"{found[0]} (similarity {found[1]:.2f})" if found else None

    def contamination(dialogue: Dialogue) -> str | None:
        found = benchmarks.check(dialogue)
        return f"{found[0].kind} text of {found[0].source} in turn {found[0].utterance}" if found else None

    def attempts() -> Iterator[Attempt]:
        for attempt in workspace.store.runs.attempts(run_id):
            if attempt.state is AttemptState.ACCEPTED and attempt.dialogue is not None:
                seen.add(attempt.dialogue)
            yield attempt

    gate = Gate(duplicate_of, seen.add, contamination, verify)
    return (replace(gate, ahead=verify.ahead) if isinstance(verify, Verification) else gate), attempts()


def _into_store(
    workspace: Workspace,
    run_id: str,
    settings: RunSettings,
    events: Callable[[], Iterator[Event]],
    progress: Progress | None,
) -> None:
    """Save each event before the next; whatever happens, the ledger says where the run stands."""
    ledger = workspace.store.runs
    ledger.mark_lost(run_id)
    ledger.set_state(run_id, RunState.RUNNING, "")
    new_plan: LabelPlan | None = None
    state, message, told = RunState.PAUSED, "stopped before its end", 0.0
    try:
        for event in events():
            match event:
                case Planned(plan):
                    new_plan = plan  # saved with its first attempt, before anything is submitted
                case Submitted(attempt):
                    ledger.start_attempt(attempt, new_plan=new_plan)
                    new_plan = None
                case RepairAsked(repair):
                    workspace.store.turn_repairs.start(repair)
                case RepairEnded(repair):
                    workspace.store.turn_repairs.finish(repair)
                case Finished(attempt):
                    into = settings.name if attempt.state == AttemptState.ACCEPTED else None
                    ledger.finish_attempt(attempt, dialogue_into=into)
                    if progress is not None and time.monotonic() - told >= PROGRESS_SECONDS:
                        told = time.monotonic()
                        progress(ledger.books(run_id))
                case Ended(ended, why):
                    state, message = ended, why
    except KeyboardInterrupt:
        message = "stopped by the user"
        raise
    except ErcError as error:
        message = f"stopped by an error: {error.message}"
        raise
    finally:
        if state in (RunState.COMPLETE, RunState.INFEASIBLE):
            _trim(workspace, run_id, settings)
        ledger.set_state(run_id, state, message)


def _trim(workspace: Workspace, run_id: str, settings: RunSettings) -> None:
    """Accepted dialogues beyond the wanted number stay in the books, marked as surplus."""
    accepted = {
        outcome.plan: sum(label is not None for label in outcome.labels)
        for outcome in workspace.store.ledger.outcomes(run_id)
        if outcome.labels is not None
    }
    surplus = trim([(plan, accepted[plan]) for plan in sorted(accepted, key=plan_ordinal)], settings.utterances)
    if surplus:
        workspace.store.runs.mark_surplus(run_id, surplus, settings.name)


def create_corpus(workspace: Workspace, settings: RunSettings, recipe: PromptRecipe, model: ChatModel) -> None:
    if workspace.store.corpora.exists(settings.name):
        return
    live = model.capabilities.is_language_model
    examples = f"; its prompts showed examples of train of {recipe.shots.source}" if recipe.shots else ""
    note = f"written by {model.spec}{weights_of(settings)}{examples}"
    licence = Licence("model output", may_leave_machine=True, note=note) if live else OWN_LICENCE
    origin = Origin.GENERATED if live else Origin.RECORDED
    workspace.store.corpora.create_empty(Corpus(settings.name, "generated", recipe.scheme, (), licence, origin))


def _copy_corpus(workspace: Workspace, settings: RunSettings, old: str) -> None:
    """The replies are those of the old run's model: its corpus says by whom, and on what terms."""
    if not workspace.store.corpora.exists(settings.name):
        of = workspace.store.corpora.stored(old)
        empty = Corpus(settings.name, "generated", of.scheme, (), of.licence, of.origin)
        workspace.store.corpora.create_empty(empty)
