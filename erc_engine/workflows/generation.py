"""Generate a dataset to a label plan, stop, and go on where it stopped.

    generate(workspace, recipe="meld-balanced", like="meld", utterances=2000,
             model="replay:", seed=1, name="meld-extra")          → RunReport
    rerun(workspace, "meld-extra", name="meld-stricter", recipe="stricter.yaml")

The same command again resumes; changed arguments are refused. What a run aims at is `run_targets`, how its events get
into the store `run_driver`, where it stands `run_reports`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from erc_engine.domain.conversation import Split
from erc_engine.domain.generation import PromptRecipe, TargetMode, Toward
from erc_engine.domain.generation_runs import RunReport, RunSettings, RunState
from erc_engine.domain.verification import Below, GateSettings
from erc_engine.errors import ConflictError, InputError, RefusedError
from erc_engine.generation.gate import Verify, unverified
from erc_engine.generation.recipes import parse_recipe
from erc_engine.generation.verification import Verification
from erc_engine.llm.chat_model import ChatModel, open_model
from erc_engine.settings import assets_folder
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.gate_thresholds import learnt_thresholds
from erc_engine.workflows.model_details import details_of, refuse_another_model
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.rejected_plans import plans_followed, rejected_plans
from erc_engine.workflows.run_arguments import (
    MOST_AT_ONCE,
    below_of,
    check_count,
    check_numbers,
    check_plannable,
    checked_gate,
    choice,
    refuse_changes,
)
from erc_engine.workflows.run_driver import Progress, Stop, drive, drive_again
from erc_engine.workflows.run_lock import is_driven
from erc_engine.workflows.run_reports import report, runs
from erc_engine.workflows.run_targets import aim_of, evaluation_splits, labels_of, target_of_run, turns_to_plant
from erc_engine.workflows.shots import shots_of
from erc_engine.workflows.verifiers import Verified, full_run_id, open_panel
from erc_engine.workflows.workspace import Workspace

__all__ = ["generate", "report", "rerun", "resume", "runs"]

SAME = "same"  # in place of a model: the one of the run that is run again


def generate(
    workspace: Workspace,
    *,
    recipe: str,
    like: str,
    utterances: int | None = None,
    model: str,
    seed: int,
    name: str,
    window: int | None = None,
    max_attempts_per_plan: int = 4,
    max_attempts: int | None = None,
    max_tokens: int | None = None,
    max_minutes: float | None = None,
    target: str | None = None,
    toward: str = Toward.EVEN,
    shares: Mapping[str, float] | None = None,
    judge: str | None = None,
    votes: int = 3,
    judge_sees: str = "dialogue",
    classifier: str | None = None,
    below: str = Below.MASK,
    threshold: float = 0.5,
    most_masked: float = 0.3,
    thresholds_of: str | None = None,
    repairs: int = 0,
    allow_address: bool = False,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> RunReport:
    """Start a run, or go on with it when the same command was given before.

    `target` is a TargetMode, by default the recipe's (custom where `shares` are given). Without `utterances` a repair
    adds all that train lacks; `toward` says what it should come to, unless `shares` do. Without a `window` it is that
    of the run to go on with, or as many requests at once as suit the model. With a `judge` or a `classifier` each
    label is verified before its dialogue is accepted; `thresholds_of` names a set whose reviewed turns give a
    threshold for each label. `repairs` is how often single turns may be asked for again.
    """
    checked_name(name, "a corpus name")
    chosen = find_recipe(workspace, recipe)
    labels = labels_of(workspace, like)
    if labels != chosen.scheme.names:
        raise RefusedError(
            f"recipe '{chosen.name}' writes {', '.join(chosen.scheme.names)}, '{like}' has {', '.join(labels)}",
            hint="choose a recipe of the same label scheme: erc recipes",
        )
    mode, leaning = choice(TargetMode, target), choice(Toward, toward) or Toward.EVEN
    check_count("utterances", utterances)
    if utterances is None:
        utterances = aim_of(workspace, chosen, like, mode=mode, shares=shares, toward=leaning).utterances
    begun = workspace.store.runs.by_name(name)
    settings = RunSettings(
        name=name,
        recipe=chosen.hash,
        recipe_name=chosen.name,
        like=like,
        utterances=utterances,
        model=model,
        seed=seed,
        window=window if window is not None else begun.settings.window if begun else 1,
        max_attempts_per_plan=max_attempts_per_plan,
        max_attempts=max_attempts,
        max_minutes=max_minutes,
        shares=dict(shares) if shares else None,
        target=mode,
        toward=leaning,
        max_tokens=max_tokens,
        gate=checked_gate(
            GateSettings(
                judge,
                votes,
                judge_sees,
                full_run_id(workspace, classifier) if classifier else None,
                below_of(below),
                threshold,
                most_masked,
            )
            if judge or classifier
            else None
        ),
        repairs=repairs,
    )
    check_numbers(settings)
    if settings.gate is not None and thresholds_of is not None:
        settings = replace(settings, gate=_with_thresholds(workspace, name, settings.gate, thresholds_of))
    suit = window is None and begun is None
    return _begin(
        workspace, settings, chosen, allow_address=allow_address, progress=progress, stop=stop, suit_model=suit
    )


def rerun(
    workspace: Workspace,
    run_id: str,
    *,
    name: str,
    recipe: str | None = None,
    model: str | None = None,
    only: str | None = None,
    allow_address: bool = False,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> RunReport:
    """Run a ledger again under a new name, by default over its stored replies: no model is called.

    With the same recipe the accepted set is the same; with another one (of the same labels) the new checks are seen at
    work on the same replies. With a `model` ("same" for that of the run) the run's plans are asked for again, in
    their order and with the same seeds; `only` those that had a reply rejected for this reason, numbered anew.
    """
    checked_name(name, "a corpus name")
    old = workspace.store.runs.get(run_id)
    if old.state == RunState.RUNNING and is_driven(workspace, run_id):
        raise ConflictError(f"run '{run_id}' is under way", hint="wait for its end, or stop it first")
    chosen = find_recipe(workspace, recipe or old.settings.recipe)
    if chosen.scheme.names != parse_recipe(workspace.store.recipes.get(old.settings.recipe)).scheme.names:
        raise RefusedError(
            f"recipe '{chosen.name}' has other labels than run '{run_id}'", hint="choose a recipe of the same labels"
        )
    asked = old.settings.model if model == SAME else model
    utterances = old.settings.utterances
    if only is not None:
        if not asked:
            raise InputError("only plans that are asked for anew can be chosen by reason", hint="add --model same")
        utterances = sum(plan.turns for plan in rejected_plans(workspace, run_id, only))
    settings = replace(
        old.settings,
        name=name,
        recipe=chosen.hash,
        recipe_name=chosen.name,
        model=asked or old.settings.model,
        replays=None if asked else run_id,
        plans_of=run_id if asked else None,
        utterances=utterances,
        only=only,
    )
    return _begin(workspace, settings, chosen, allow_address=allow_address, progress=progress, stop=stop)


def resume(
    workspace: Workspace,
    run_id: str,
    *,
    max_attempts: int | None = None,
    max_tokens: int | None = None,
    max_minutes: float | None = None,
    allow_address: bool = False,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> RunReport:
    """Go on with a run from its ledger; a finished one is only reported. New bounds hold for this time only."""
    stored = workspace.store.runs.get(run_id)
    if stored.state == RunState.COMPLETE:
        return report(workspace, run_id)
    settings = replace(
        stored.settings,
        max_attempts=stored.settings.max_attempts if max_attempts is None else max_attempts,
        max_tokens=stored.settings.max_tokens if max_tokens is None else max_tokens,
        max_minutes=stored.settings.max_minutes if max_minutes is None else max_minutes,
    )
    check_numbers(settings)
    recipe = parse_recipe(workspace.store.recipes.get(stored.settings.recipe))
    return _go_on(workspace, run_id, settings, recipe, allow_address, progress, stop)


def _begin(
    workspace: Workspace,
    settings: RunSettings,
    recipe: PromptRecipe,
    *,
    allow_address: bool,
    progress: Progress | None,
    stop: Stop | None,
    suit_model: bool = False,
) -> RunReport:
    """Store a new run and drive it; one that is there goes on, unless it was started with other arguments.

    `suit_model` lets a new run have as many requests at once as the model suits.
    """
    check_numbers(settings)
    runs = workspace.store.runs
    existing = runs.by_name(settings.name)
    if existing is None and workspace.store.corpora.exists(settings.name):
        raise ConflictError(f"'{settings.name}' is a corpus already", hint="choose another --name")
    if existing is not None:
        refuse_changes(existing, settings)
        return resume(workspace, existing.id, allow_address=allow_address, progress=progress, stop=stop)
    return _go_on(
        workspace, settings.name, settings, recipe, allow_address, progress, stop, new=True, suit_model=suit_model
    )


def _go_on(
    workspace: Workspace,
    run_id: str,
    settings: RunSettings,
    recipe: PromptRecipe,
    allow_address: bool,
    progress: Progress | None,
    stop: Stop | None,
    *,
    new: bool = False,
    suit_model: bool = False,
) -> RunReport:
    def create() -> None:
        if new:
            workspace.store.recipes.add(recipe.hash, recipe.name, recipe.text)
            workspace.store.runs.create(run_id, settings)

    if settings.replays is not None:
        target = target_of_run(workspace, settings, recipe)
        with _verify(workspace, settings, recipe, allow_address) as verify:
            create()
            drive_again(workspace, run_id, settings, recipe, target, settings.replays, progress, stop, verify=verify)
        return report(workspace, run_id)
    chat_model = _open(workspace, settings, allow_address, repeatable=settings.window == 1 and not suit_model)
    if suit_model:
        settings = replace(settings, window=min(chat_model.capabilities.window, MOST_AT_ONCE))
    try:
        target = target_of_run(workspace, settings, recipe)
        check_plannable(settings, recipe, target, chat_model)
        shots = shots_of(workspace, recipe, chat_model)
        details = details_of(chat_model)
        if new:
            settings = replace(settings, model_details=details)
        else:
            refuse_another_model(settings, details)
        with _verify(workspace, settings, recipe, allow_address) as verify:
            create()
            plans = None if settings.plans_of is None else plans_followed(workspace, settings.plans_of, settings.only)
            drive(
                workspace, run_id, settings, recipe, target, chat_model, progress, stop,
                plans=plans, verify=verify, shots=shots,
            )  # fmt: skip
    finally:
        chat_model.close()
    return report(workspace, run_id)


def _with_thresholds(workspace: Workspace, name: str, gate: GateSettings, learnt_from: str) -> GateSettings:
    """Learnt once, when the run begins: what people review meanwhile changes nothing in it."""
    begun = workspace.store.runs.by_name(name)
    before = begun.settings.gate if begun is not None else None
    if before is not None and before.thresholds_of == learnt_from:
        return replace(gate, thresholds=before.thresholds, thresholds_of=learnt_from)
    return replace(gate, thresholds=learnt_thresholds(workspace, learnt_from, gate), thresholds_of=learnt_from)


@contextmanager
def _verify(workspace: Workspace, settings: RunSettings, recipe: PromptRecipe, allow_address: bool) -> Iterator[Verify]:
    """What the gate asks last. The votes of a judge are asked for at once, as the run waits for them."""
    gate = settings.gate
    if gate is None:
        yield unverified
        return
    of = Verified(settings.name, recipe.scheme, written_by=settings.model)
    with open_panel(workspace, gate, of, allow_address=allow_address, at_once=gate.votes) as panel:
        yield Verification(gate, panel.ask, panel.ahead)


def _open(workspace: Workspace, settings: RunSettings, allow_address: bool, *, repeatable: bool) -> ChatModel:
    """Open the model; test utterances of `like` are what its fault injection may plant."""
    tests = evaluation_splits(workspace, settings.like).get(f"{settings.like}:{Split.TEST}", ())
    return open_model(
        settings.model,
        endpoints=workspace.settings.endpoints,
        recordings=assets_folder() / "recordings",
        plant=turns_to_plant(tests),
        allow_address=allow_address,
        models=workspace.settings.models,
        repeatable=repeatable,
    )
