"""Runs to be ordered: what there is to choose from, and the plan before a run begins.

    order = RunOrder("more-fear", "meld-balanced", "meld", 500, "replay:", seed=1)
    seen = preview(workspace, order)            # refuses what the run would refuse at its start
    seen.labels["fear"], seen.distance          # the label mix that the plans would give, and how far it is off
    order.arguments()                           # those of a job of kind generate

Nothing is saved here; the run itself is `workflows.generation`, what it comes to `run_views`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from erc_engine.domain.conversation import Origin, Split
from erc_engine.domain.generation import LabelPlan, LabelTarget, PromptRecipe, TargetMode, Toward
from erc_engine.domain.generation_runs import RunSettings
from erc_engine.domain.label_passages import Passages
from erc_engine.domain.labels import LabelScheme, total_variation
from erc_engine.domain.verification import Below
from erc_engine.errors import ConflictError, RefusedError
from erc_engine.generation.endings import attempt_limit
from erc_engine.generation.label_plan import Planner, Standing
from erc_engine.generation.menu import menu_for
from erc_engine.llm.chat_model import ChatModel, open_model
from erc_engine.settings import assets_folder
from erc_engine.workflows.browsing import shapes
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.gate_checks import KIND as BLIND_CHECK
from erc_engine.workflows.models import check_typed
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.run_targets import Aim, aim_of, mode_of, turns_to_plant
from erc_engine.workflows.run_views import run_names
from erc_engine.workflows.workspace import Workspace

PREVIEWED = 200  # plans; more say nothing new about the mix
PREVIEW_SECONDS = 2.0
_AIMS: Remembered[Aim] = Remembered(32)
_PREVIEWS: Remembered[PlanPreview] = Remembered(16)


@dataclass(frozen=True)
class LikeChoice:
    """A corpus that lengths, speakers and, for matched targets, shares can be taken from: `counts` is its train."""

    name: str
    scheme: LabelScheme
    counts: Mapping[str, int]
    recorded: bool

    @property
    def fractions(self) -> dict[str, float]:
        total = sum(self.counts.values())
        return {label: n / total for label, n in self.counts.items()} if total else {}


@dataclass(frozen=True)
class RunOrder:
    """What a person asks for; `arguments` are those of a job of kind generate.

    Without `utterances` a repair adds all that is missing.
    """

    name: str
    recipe: str
    like: str
    utterances: int | None
    model: str
    seed: int = 1
    window: int = 1
    max_attempts_per_plan: int = 4
    shares: Mapping[str, float] | None = None
    allow_address: bool = False
    target: TargetMode | None = None
    toward: Toward = Toward.EVEN
    max_attempts: int | None = None
    max_tokens: int | None = None
    max_minutes: float | None = None
    judge: str | None = None
    votes: int = 3
    classifier: str | None = None
    below: Below = Below.MASK
    threshold: float = 0.5
    repairs: int = 0

    def arguments(self) -> dict[str, Any]:
        given = {key: value for key, value in vars(self).items() if value is not None}
        return given | ({"shares": dict(self.shares)} if self.shares else {})


@dataclass(frozen=True)
class PlanPreview:
    """The first plans of a run if each is accepted; `wanted` are the target's shares, `asked` the utterances of the
    whole run. `runs_out` when there are no more recordings. `whole` says that these plans are the whole run."""

    scheme: LabelScheme
    plans: tuple[LabelPlan, ...]
    labels: Mapping[str, float]
    wanted: Mapping[str, float]
    target: str
    distance: float
    asked: int
    whole: bool
    runs_out: bool
    most_attempts: int

    @property
    def utterances(self) -> int:
        return sum(plan.turns for plan in self.plans)


def like_choices(workspace: Workspace) -> tuple[LikeChoice, ...]:
    """Corpora with a train split; what was generated, or planted for the demo, comes last."""
    found = [
        (
            shape.stored.kind in ("generated", "planted"),
            LikeChoice(shape.stored.name, shape.stored.scheme, train.labels, recorded),
        )
        for shape in shapes(workspace)
        if (train := shape.splits.get(str(Split.TRAIN))) and train.dialogues and shape.stored.kind != BLIND_CHECK
        for recorded in [shape.stored.origin is Origin.RECORDED]
    ]
    return tuple(choice for _, choice in sorted(found, key=lambda pair: (pair[0], pair[1].name)))


def endpoint_names(workspace: Workspace) -> tuple[str, ...]:
    """Servers that config.toml names."""
    return tuple(workspace.settings.endpoints)


def target_of(
    workspace: Workspace, recipe: PromptRecipe, like: str, shares: Mapping[str, float] | None = None
) -> LabelTarget:
    """The target of prompt samples, from train of `like` alone."""
    return _aim(workspace, recipe, like, shares, None, Toward.EVEN, None).target


def _aim(
    workspace: Workspace,
    recipe: PromptRecipe,
    like: str,
    shares: Mapping[str, float] | None,
    mode: TargetMode | None,
    toward: Toward,
    utterances: int | None,
) -> Aim:
    """Of a run that has not begun; computed once, then remembered until the corpus changes."""
    chosen = mode_of(recipe, mode, shares)
    size = utterances if chosen is TargetMode.REPAIR else None  # no other target depends on it
    mark = workspace.store.browsing.mark(like)
    key = (workspace.settings.database_url, like, mark, chosen, toward, size, tuple(sorted((shares or {}).items())))
    found = _AIMS.get(
        key,
        lambda: aim_of(
            workspace, recipe, like, mode=chosen, shares=shares or None, toward=toward,
            utterances=utterances if chosen is TargetMode.REPAIR else 1,
        ),
    )  # fmt: skip
    return found if chosen is TargetMode.REPAIR else replace(found, utterances=utterances or 1)


def model_of(workspace: Workspace, spec: str, like: str | None = None, *, allow_address: bool = False) -> ChatModel:
    """The model of a spec, opened to be asked one thing at a time; nothing is sent.

    Test turns of `like` are what copying faults may plant.
    """
    plant: list[str] = []
    if like and "faults" in spec:
        tests = workspace.store.corpora.get(like, splits=(Split.TEST,)).dialogues
        plant = turns_to_plant(tests)
    return open_model(
        spec,
        endpoints=workspace.settings.endpoints,
        recordings=assets_folder() / "recordings",
        plant=plant,
        allow_address=allow_address,
        models=workspace.settings.models,
        repeatable=True,
    )


def free_name(workspace: Workspace, stem: str) -> str:
    """`stem-1`, or the next number that neither a corpus nor a run nor a waiting job has."""
    taken = {*workspace.store.corpora.names(), *run_names(workspace)}
    return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}-{n}") not in taken)


def preview(workspace: Workspace, order: RunOrder) -> PlanPreview:
    """The first plans of an order. Raises what the run would raise at its start, but for the name (`check_name`)."""
    for spec in filter(None, (order.model, order.judge)):
        check_typed(workspace, spec)
    recipe = find_recipe(workspace, order.recipe)
    scheme = workspace.store.corpora.stored(order.like).scheme
    if scheme.names != recipe.scheme.names:
        raise RefusedError(
            f"recipe '{recipe.name}' writes {', '.join(recipe.scheme.names)}, '{order.like}' has "
            f"{', '.join(scheme.names)}",
            hint="choose a corpus of the recipe's label scheme",
        )
    model = model_of(workspace, order.model, order.like, allow_address=order.allow_address)
    try:
        menu = menu_for(recipe, model)
    finally:
        model.close()
    aim = _aim(workspace, recipe, order.like, order.shares, order.target, order.toward, order.utterances)
    target = aim.target
    shares = tuple(target.shares.items())
    mark = workspace.store.browsing.mark(order.like)
    url = workspace.settings.database_url
    key = (url, recipe.hash, order.like, mark, shares, menu is None, order.seed, aim.utterances)
    return _PREVIEWS.get(key, lambda: _previewed(order, recipe, aim, Planner(target, recipe, order.seed, menu)))


def _previewed(order: RunOrder, recipe: PromptRecipe, aim: Aim, planner: Planner) -> PlanPreview:
    target, asked = aim.target, aim.utterances
    passages = Passages()
    labels: Counter[str] = Counter(dict.fromkeys(recipe.scheme.names, 0))
    used: set[str] = set()
    plans: list[LabelPlan] = []
    done, runs_out, began = 0, False, time.monotonic()
    while done < asked and len(plans) < PREVIEWED and time.monotonic() - began < PREVIEW_SECONDS:
        plan = planner.next(len(plans), labels, {}, used, standing=Standing(passages))
        if plan is None:
            runs_out = True
            break
        plans.append(plan)
        labels.update(plan.expected)  # a Counter adds floats as well
        if plan.sequence:
            passages.add(list(zip(plan.turn_speakers, plan.sequence, strict=True)))
        used.update({plan.recording} if plan.recording else ())
        done += plan.turns
    total = sum(labels.values())
    settings = RunSettings(order.name, recipe.hash, recipe.name, order.like, asked, order.model, order.seed)
    settings = replace(settings, max_attempts=order.max_attempts)
    return PlanPreview(
        scheme=recipe.scheme,
        plans=tuple(plans),
        labels=dict(labels),
        wanted=dict(target.shares),
        target=target.source,
        distance=total_variation({k: v / total for k, v in labels.items()}, target.shares) if total else 1.0,
        asked=asked,
        whole=done >= asked or runs_out,
        runs_out=runs_out,
        most_attempts=attempt_limit(settings, target),
    )


def check_name(workspace: Workspace, name: str) -> None:
    """Raises when a new run cannot have this name."""
    checked_name(name, "a corpus name")
    if name in run_names(workspace):
        raise ConflictError(f"there is a run '{name}' already", hint="choose another name, or go on with that run")
    if workspace.store.corpora.exists(name):
        raise ConflictError(f"'{name}' is a corpus already", hint="choose another name")
