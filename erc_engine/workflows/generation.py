"""Generate a dataset to a label plan, stop, and go on where it stopped.

    generate(workspace, recipe="meld-balanced", like="meld", utterances=2000,
             model="replay:", seed=1, name="meld-extra")          → RunReport

Every event of `generation.run` is in the store before the next one is asked for: a plan before it is
submitted, a reply before it counts. The same command again resumes; changed arguments are refused.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.curation.duplicates import DuplicateIndex
from erc_engine.domain.conversation import OWN_LICENCE, Corpus, Dialogue, Licence, Origin, Split
from erc_engine.domain.curation import DialogueState
from erc_engine.domain.generation import (
    AttemptState,
    Books,
    LabelPlan,
    LabelTarget,
    PromptRecipe,
    RunReport,
    RunSettings,
    RunState,
    TargetMode,
)
from erc_engine.domain.labels import total_variation
from erc_engine.errors import ConflictError, ErcError, InputError, RefusedError
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.label_target import target_for
from erc_engine.generation.recipes import parse_recipe
from erc_engine.generation.run import Ended, Finished, Planned, Submitted, menu_for, run, trim
from erc_engine.llm.chat_model import ChatModel, open_model
from erc_engine.settings import assets_folder
from erc_engine.store.runs import StoredRun
from erc_engine.workflows.curation import benchmark_sources
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.run_lock import is_driven, only_driver
from erc_engine.workflows.workspace import Workspace

Progress = Callable[[Books], None]
PROGRESS_SECONDS = 0.5
MOST_AT_ONCE = 1024  # threads of one window


def generate(
    workspace: Workspace,
    *,
    recipe: str,
    like: str,
    utterances: int,
    model: str,
    seed: int,
    name: str,
    window: int = 1,
    max_attempts_per_plan: int = 4,
    max_attempts: int | None = None,
    max_minutes: float | None = None,
    shares: Mapping[str, float] | None = None,
    allow_address: bool = False,
    progress: Progress | None = None,
    stop: Callable[[], RunState | None] | None = None,
) -> RunReport:
    """Start a run, or go on with it when the same command was given before."""
    checked_name(name, "a corpus name")
    chosen = find_recipe(workspace, recipe)
    corpus = workspace.store.corpora.get(like)
    if corpus.scheme.names != chosen.scheme.names:
        raise RefusedError(
            f"recipe '{chosen.name}' writes {', '.join(chosen.scheme.names)}, '{like}' has "
            f"{', '.join(corpus.scheme.names)}",
            hint="choose a recipe of the same label scheme: erc recipes",
        )
    settings = RunSettings(
        name=name,
        recipe=chosen.hash,
        recipe_name=chosen.name,
        like=like,
        utterances=utterances,
        model=model,
        seed=seed,
        window=window,
        max_attempts_per_plan=max_attempts_per_plan,
        max_attempts=max_attempts,
        max_minutes=max_minutes,
        shares=dict(shares) if shares else None,
    )
    _check_numbers(settings)
    existing = workspace.store.runs.by_name(name)
    if existing is None and workspace.store.corpora.exists(name):
        raise ConflictError(f"'{name}' is a corpus already", hint="choose another --name")
    if existing is not None:
        _refuse_changes(existing, settings)
        return resume(workspace, existing.id, allow_address=allow_address, progress=progress, stop=stop)
    chat_model = _open(workspace, settings, allow_address)
    try:
        target = _target(workspace, settings, chosen)
        _check_plannable(settings, chosen, target, chat_model)
        workspace.store.recipes.add(chosen.hash, chosen.name, chosen.text)
        workspace.store.runs.create(name, settings)
        return _drive(workspace, name, settings, chosen, target, chat_model, progress, stop)
    finally:
        chat_model.close()


def resume(
    workspace: Workspace,
    run_id: str,
    *,
    max_attempts: int | None = None,
    max_minutes: float | None = None,
    allow_address: bool = False,
    progress: Progress | None = None,
    stop: Callable[[], RunState | None] | None = None,
) -> RunReport:
    """Go on with a run from its ledger; a finished one is only reported. New bounds hold for this time only."""
    stored = workspace.store.runs.get(run_id)
    if stored.state == RunState.COMPLETE:
        return report(workspace, run_id)
    settings = replace(
        stored.settings,
        max_attempts=stored.settings.max_attempts if max_attempts is None else max_attempts,
        max_minutes=stored.settings.max_minutes if max_minutes is None else max_minutes,
    )
    _check_numbers(settings)
    recipe = parse_recipe(workspace.store.recipes.get(stored.settings.recipe))
    chat_model = _open(workspace, settings, allow_address)
    try:
        target = _target(workspace, settings, recipe)
        return _drive(workspace, run_id, settings, recipe, target, chat_model, progress, stop)
    finally:
        chat_model.close()


def report(workspace: Workspace, run_id: str) -> RunReport:
    """Where a run stands, from its ledger alone."""
    stored = workspace.store.runs.get(run_id)
    settings = stored.settings
    recipe = parse_recipe(workspace.store.recipes.get(settings.recipe))
    target = _target(workspace, settings, recipe)
    reasons: Counter[str] = Counter()
    injected = surplus = 0
    for attempt in workspace.store.runs.attempts(run_id, with_text=False):
        injected += attempt.injected is not None
        surplus += attempt.surplus
        if attempt.state in (AttemptState.REJECTED, AttemptState.FAILED):
            reasons[attempt.reason] += 1
    state, message = stored.state, stored.message
    if state == RunState.RUNNING and not is_driven(workspace, run_id):
        state, message = RunState.PAUSED, f"its process ended without a word; erc resume {run_id} goes on"
    corpora = workspace.store.corpora
    # a run killed between its first two rows has no corpus yet
    dialogues = corpora.get(settings.name, states=_ACCEPTED).dialogues if corpora.exists(settings.name) else ()
    labels = Counter(dict.fromkeys(recipe.scheme.names, 0))
    labels.update(label for d in dialogues for label in d.labels if label is not None)
    utterances = sum(labels.values())
    accepted_shares = {k: v / utterances for k, v in labels.items()} if utterances else {}
    wanted = {k: round(share * settings.utterances) for k, share in target.shares.items()}
    return RunReport(
        run=run_id,
        name=settings.name,
        state=state,
        books=workspace.store.runs.books(run_id),
        reasons=dict(reasons.most_common()),
        labels=dict(labels),
        utterances=utterances,
        dialogues=len(dialogues),
        surplus=surplus,
        distance=total_variation(accepted_shares, target.shares) if utterances else None,
        target=dict(target.shares),
        shortfall={} if stored.state == RunState.COMPLETE else _short(wanted, labels),
        recorded=settings.model.startswith("replay:"),
        injected=injected,
        message=message,
    )


def runs(workspace: Workspace) -> tuple[RunReport, ...]:
    """All runs of this workspace, oldest first."""
    return tuple(report(workspace, stored.id) for stored in workspace.store.runs.list())


# Dialogues that a run accepted and did not trim; what a curator dropped later was still accepted.
_ACCEPTED = (DialogueState.KEPT, DialogueState.DROPPED, DialogueState.TURNED_DOWN)


def _check_numbers(settings: RunSettings) -> None:
    counts = {
        "utterances": (settings.utterances, math.inf),
        "requests in the window": (settings.window, MOST_AT_ONCE),
        "attempts per plan": (settings.max_attempts_per_plan, math.inf),
        "attempts": (1 if settings.max_attempts is None else settings.max_attempts, math.inf),
    }
    for what, (value, most) in counts.items():
        if not 1 <= value <= most:
            raise InputError(
                f"the number of {what} cannot be {value:,}",
                hint="1 or more" + (f", up to {most:,}" if most < math.inf else ""),
            )
    minutes = settings.max_minutes
    if minutes is not None and not 0 < minutes < math.inf:
        raise InputError(f"a run cannot be bounded to {minutes} minutes", hint="a number above 0")


def _check_plannable(settings: RunSettings, recipe: PromptRecipe, target: LabelTarget, model: ChatModel) -> None:
    """Raises what `run` would raise at its start, while nothing of the run is stored yet."""
    Planner(target, recipe, settings.seed, menu_for(recipe, model), settings.utterances)


def _short(wanted: Mapping[str, int], labels: Mapping[str, int]) -> dict[str, int]:
    return {k: n - labels[k] for k, n in wanted.items() if n > labels[k]}


def _drive(
    workspace: Workspace,
    run_id: str,
    settings: RunSettings,
    recipe: PromptRecipe,
    target: LabelTarget,
    model: ChatModel,
    progress: Progress | None,
    stop: Callable[[], RunState | None] | None,
) -> RunReport:
    with only_driver(workspace, run_id):
        _create_corpus(workspace, settings, recipe, model)
        _events_into_store(workspace, run_id, settings, recipe, target, model, progress, stop)
    return report(workspace, run_id)


def _events_into_store(
    workspace: Workspace,
    run_id: str,
    settings: RunSettings,
    recipe: PromptRecipe,
    target: LabelTarget,
    model: ChatModel,
    progress: Progress | None,
    stop: Callable[[], RunState | None] | None,
) -> None:
    """Save each event before the next; whatever happens, the ledger says where the run stands."""
    ledger = workspace.store.runs
    ledger.mark_lost(run_id)
    ledger.set_state(run_id, RunState.RUNNING, "")
    attempts = tuple(ledger.attempts(run_id))
    seen = DuplicateIndex(recipe.checks.near_duplicate)
    for attempt in attempts:
        if attempt.state == AttemptState.ACCEPTED and attempt.dialogue is not None:
            seen.add(attempt.dialogue)
    sources = dict(benchmark_sources(workspace))
    sources.update(_evaluation_splits(workspace, settings.like))
    benchmarks = ContaminationIndex(list(sources.items()))

    def duplicate_of(dialogue: Dialogue) -> str | None:
        found = seen.nearest(dialogue)
        return f"{found[0]} (similarity {found[1]:.2f})" if found else None

    def contamination(dialogue: Dialogue) -> str | None:
        found = benchmarks.check(dialogue)
        return f"{found[0].kind} text of {found[0].source} in turn {found[0].utterance}" if found else None

    new_plan: LabelPlan | None = None
    state, message, told = RunState.PAUSED, "stopped before its end", 0.0
    try:
        events = run(
            settings,
            recipe,
            target,
            model,
            history=ledger.plans(run_id),
            attempts=attempts,
            dialogue_prefix=settings.name,
            duplicate_of=duplicate_of,
            remember=seen.add,
            contamination=contamination,
            stop=stop or (lambda: None),
        )
        for event in events:
            match event:
                case Planned(plan):
                    new_plan = plan  # saved with its first attempt, before anything is submitted
                case Submitted(attempt):
                    ledger.start_attempt(attempt, new_plan=new_plan)
                    new_plan = None
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
    accepted = {a.plan: len(a.dialogue) for a in workspace.store.runs.attempts(run_id) if a.dialogue is not None}
    in_order = [(p.id, accepted[p.id]) for p in workspace.store.runs.plans(run_id) if p.id in accepted]
    surplus = trim(in_order, settings.utterances)
    if surplus:
        workspace.store.runs.mark_surplus(run_id, surplus, settings.name)


def _open(workspace: Workspace, settings: RunSettings, allow_address: bool) -> ChatModel:
    """Open the model; test utterances of `like` are what its fault injection may plant."""
    tests = workspace.store.corpora.get(settings.like, splits=(Split.TEST,)).dialogues
    plant = [u.text for d in tests for u in d.utterances if len(u.text.split()) >= 8][:200]
    return open_model(
        settings.model,
        endpoints=workspace.settings.endpoints,
        recordings=assets_folder() / "recordings",
        plant=plant,
        allow_address=allow_address,
    )


def _evaluation_splits(workspace: Workspace, like: str) -> dict[str, tuple[Dialogue, ...]]:
    corpus = workspace.store.corpora.get(like, splits=(Split.DEV, Split.TEST))
    return {f"{like}:{split}": part for split in (Split.DEV, Split.TEST) if (part := corpus.split(split))}


def _target(workspace: Workspace, settings: RunSettings, recipe: PromptRecipe) -> LabelTarget:
    train = workspace.store.corpora.get(settings.like, splits=(Split.TRAIN,))
    mode = TargetMode.CUSTOM if settings.shares else recipe.target
    return target_for(train, mode, settings.shares)


def _create_corpus(workspace: Workspace, settings: RunSettings, recipe: PromptRecipe, model: ChatModel) -> None:
    if workspace.store.corpora.exists(settings.name):
        return
    live = model.capabilities.is_language_model
    licence = Licence("model output", may_leave_machine=True, note=f"written by {model.spec}") if live else OWN_LICENCE
    origin = Origin.GENERATED if live else Origin.RECORDED
    workspace.store.corpora.create_empty(Corpus(settings.name, "generated", recipe.scheme, (), licence, origin))


def _refuse_changes(existing: StoredRun, wanted: RunSettings) -> None:
    before, now = (json.loads(json.dumps(asdict(s))) for s in (existing.settings, replace(wanted)))
    changed = {key: (before[key], now[key]) for key in now if before.get(key) != now[key]}
    if changed:
        listed = "; ".join(f"{key}: {_said(old)} → {_said(new)}" for key, (old, new) in changed.items())
        raise ConflictError(
            f"'{existing.settings.name}' was started with other arguments ({listed})",
            hint="give the first arguments to go on with it, or another --name to start anew",
        )


def _said(value: Any) -> str:
    return value[:12] if isinstance(value, str) and len(value) == 64 else json.dumps(value)
