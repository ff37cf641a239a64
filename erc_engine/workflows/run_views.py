"""Generation runs to look at: the plan before a run, the funnel while it goes, the attempts behind it.

    order = RunOrder("more-fear", "meld-balanced", "meld", 500, "replay:", seed=1)
    seen = preview(workspace, order)            # refuses what the run would refuse at its start
    seen.labels["fear"], seen.distance          # the label mix that the plans would give, and how far it is off
    view = run_view(workspace, "more-fear")     # funnel per label, refusals by reason, books, its job
    rows, n = attempts_page(workspace, "more-fear", reason="turn_count")

Nothing is saved here; the run itself is `workflows.generation`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from erc_engine.domain.conversation import Origin, Split
from erc_engine.domain.generation import (
    Attempt,
    AttemptState,
    LabelMode,
    LabelPlan,
    LabelTarget,
    PromptRecipe,
    RejectReason,
    RunReport,
    RunSettings,
    TargetMode,
    Toward,
)
from erc_engine.domain.jobs import Job
from erc_engine.domain.label_passages import Passages
from erc_engine.domain.labels import LabelScheme, total_variation
from erc_engine.domain.verification import Below
from erc_engine.errors import ConflictError, NotFoundError, RefusedError
from erc_engine.generation.endings import attempt_limit
from erc_engine.generation.label_plan import Planner, Standing
from erc_engine.generation.menu import menu_for
from erc_engine.generation.recipes import parse_recipe
from erc_engine.llm.chat_model import ChatModel, open_model
from erc_engine.settings import assets_folder
from erc_engine.workflows import generation, jobs
from erc_engine.workflows.browsing import shapes
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.gate_checks import KIND as BLIND_CHECK
from erc_engine.workflows.models import check_typed
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.run_targets import Aim, aim_of, mode_of
from erc_engine.workflows.workspace import Workspace

PREVIEWED = 200  # plans; more say nothing new about the mix
PREVIEW_SECONDS = 2.0
PAGE = 50
UNREAD = {
    str(r) for r in (RejectReason.EMPTY_REPLY, RejectReason.UNPARSED, RejectReason.TRUNCATED, RejectReason.REFUSAL)
}
_AIMS: Remembered[Aim] = Remembered(32)
_PREVIEWS: Remembered[PlanPreview] = Remembered(16)
_VIEWS: Remembered[RunView] = Remembered(8)


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


@dataclass(frozen=True)
class LabelFunnel:
    """One label in utterances: planned once, asked for with every attempt. Asked for = the five that follow it."""

    label: str
    planned: float
    asked: float
    accepted: float
    unread: float  # no dialogue could be read in the reply
    refused: float  # read, then turned down by a check
    no_reply: float
    open: float  # in flight, or lost with its process
    reasons: Mapping[str, float] = field(default_factory=dict)

    @property
    def parsed(self) -> float:
        return self.accepted + self.refused


@dataclass(frozen=True)
class RunView:
    report: RunReport
    settings: RunSettings
    scheme: LabelScheme
    label_mode: LabelMode
    plans: int
    funnel: tuple[LabelFunnel, ...]
    tokens: int | None
    seconds: float

    @property
    def busy_tokens_per_second(self) -> float | None:
        """Tokens written for each second that a request took; None where the model told none."""
        return self.tokens / self.seconds if self.tokens and self.seconds else None


@dataclass(frozen=True)
class AttemptRow:
    plan: str
    attempt: int
    state: str
    reason: str
    detail: str
    injected: str
    labels: str
    repairs: int
    seed: int


@dataclass(frozen=True)
class AttemptShown:
    """One attempt with its plan and the reply as it came."""

    attempt: Attempt
    plan: LabelPlan


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
        plant = [u.text for d in tests for u in d.utterances if len(u.text.split()) >= 8][:200]
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


def run_names(workspace: Workspace) -> tuple[str, ...]:
    """Runs of the store, and those whose job has not begun them yet; the newest first."""
    stored = [run.name for run in workspace.store.runs.list()]
    asked = [
        str(job.arguments.get("name", "")) for job in jobs.under_way(workspace) if job.kind in ("generate", "rerun")
    ]
    return tuple(dict.fromkeys([*(name for name in asked if name and name not in stored), *reversed(stored)]))


def job_of(workspace: Workspace, run: str) -> Job | None:
    """The newest job of the app that began this run or went on with it."""
    for job in jobs.jobs(workspace):
        asked = job.arguments.get("run_id" if job.kind == "resume" else "name")
        if job.kind in ("generate", "resume", "rerun") and asked == run:
            return job
    return None


def run_view(workspace: Workspace, run: str) -> RunView | None:
    """A run from its ledger; None while its job waits. Counted anew only when its books have changed."""
    stored = workspace.store.runs.by_name(run)
    if stored is None:
        if run in run_names(workspace) or job_of(workspace, run):
            return None
        raise NotFoundError(f"there is no run '{run}' in this workspace", hint="choose one from the list")
    books = workspace.store.runs.books(stored.id)
    mark = workspace.store.browsing.mark(run) if workspace.store.corpora.exists(run) else None
    key = (workspace.settings.database_url, stored.id, books, stored.state, stored.message, mark)
    return _VIEWS.get(key, lambda: _viewed(workspace, stored.id))


def _viewed(workspace: Workspace, run_id: str) -> RunView:
    report = generation.report(workspace, run_id)
    settings = workspace.store.runs.get(run_id).settings
    recipe = parse_recipe(workspace.store.recipes.get(settings.recipe))
    plans = {plan.id: plan for plan in workspace.store.runs.plans(run_id)}
    parts: dict[str, Counter[str]] = {p: Counter() for p in ("accepted", "unread", "refused", "no_reply", "open")}
    reasons: dict[str, Counter[str]] = {name: Counter() for name in recipe.scheme.names}
    tokens, seconds = 0, 0.0
    for attempt in workspace.store.runs.attempts(run_id, with_text=False):
        tokens += attempt.completion_tokens or 0
        seconds += attempt.seconds
        expected = plans[attempt.plan].expected
        parts[_part(attempt)].update(expected)
        if attempt.reason:
            for label, n in expected.items():
                reasons[label][attempt.reason] += n  # type: ignore[assignment]
    planned: Counter[str] = Counter()
    for plan in plans.values():
        planned.update(plan.expected)
    funnel = tuple(
        LabelFunnel(
            label=name,
            planned=planned[name],
            asked=sum(counts[name] for counts in parts.values()),
            **{part: counts[name] for part, counts in parts.items()},
            reasons=dict(reasons[name].most_common()),
        )
        for name in recipe.scheme.names
    )
    return RunView(
        report, settings, recipe.scheme, recipe.label_mode, len(plans), funnel, tokens or None, round(seconds, 3)
    )


def _part(attempt: Attempt) -> str:
    match attempt.state:
        case AttemptState.ACCEPTED:
            return "accepted"
        case AttemptState.REJECTED:
            return "unread" if attempt.reason in UNREAD else "refused"
        case AttemptState.FAILED:
            return "no_reply"
        case _:
            return "open"


def attempts_page(
    workspace: Workspace, run: str, *, reason: str = "", page: int = 0, size: int = PAGE
) -> tuple[tuple[AttemptRow, ...], int]:
    """Attempts without an accepted dialogue, the newest first, and how many there are in all."""
    stored = workspace.store.runs.by_name(run)
    if stored is None:
        return (), 0
    ended = (AttemptState.REJECTED, AttemptState.FAILED, AttemptState.LOST)
    found = [
        a
        for a in workspace.store.runs.attempts(stored.id, with_text=False)
        if a.state in ended and (not reason or reason == (a.reason or str(a.state)))
    ][::-1]
    plans = {plan.id: plan for plan in workspace.store.runs.plans(stored.id)}
    rows = (
        AttemptRow(
            plan=a.plan,
            attempt=a.number,
            state=str(a.state),
            reason=a.reason or str(a.state),
            detail=a.detail,
            injected=a.injected or "",
            labels=mix_said(plans[a.plan]),
            repairs=len(a.repairs),
            seed=a.seed,
        )
        for a in found[page * size : (page + 1) * size]
    )
    return tuple(rows), len(found)


def attempt_shown(workspace: Workspace, run: str, plan: str, number: int) -> AttemptShown:
    """One attempt whole, with the reply as it came."""
    stored = workspace.store.runs.by_name(run)
    if stored is not None:
        for attempt in workspace.store.runs.attempts(stored.id):
            if attempt.plan == plan and attempt.number == number:
                plans = workspace.store.runs.plans(stored.id)
                return AttemptShown(attempt, next(p for p in plans if p.id == plan))
    raise NotFoundError(f"run '{run}' has no attempt {number} of plan '{plan}'", hint="choose one from the table")


def mix_said(plan: LabelPlan) -> str:
    """The labels that a plan is counted on for: "joy 4, anger 3"."""
    return ", ".join(f"{label} {n:g}" for label, n in plan.expected.items() if n)
