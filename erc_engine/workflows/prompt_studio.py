"""Prompt studio: versions of recipes, a draft rendered for sample plans, tried on a model, saved as a new version.

    base = find_recipe(workspace, "meld-balanced")
    edited = draft(base, base.system, "Write {{ turns }} turns. {{ format }}")      # Draft(recipe=…, problems=())
    plans = sample_plans(workspace, edited.recipe, "meld", seed=4, count=4)
    prompt(edited.recipe, plans[0])[1].content              # what the model would read
    batch = try_samples(workspace, edited.recipe, like="meld", model="replay:", seed=4, count=4)
    batch.samples                                           # those that have come, each with its raw reply
    save(workspace, base, edited.recipe)                    # SavedRecipe("meld-balanced", version=2, …)

Recipes do not change: an edit is another document with its own hash, and what a run used stays as it was.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import (
    ChatMessage,
    ChatRequest,
    LabelPlan,
    LabelTarget,
    ParsedReply,
    ParsedTurn,
    PromptRecipe,
    Repair,
)
from erc_engine.errors import ErcError, InputError
from erc_engine.generation.checks import judge_reply, mended_speakers
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.parsing import parse
from erc_engine.generation.prompts import VARIABLES, render
from erc_engine.generation.recipes import parse_recipe
from erc_engine.generation.run import menu_for
from erc_engine.generation.template_rules import FILTERS
from erc_engine.llm.chat_model import ChatModel
from erc_engine.workflows.recipes import RecipeRow, recipes
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.run_views import model_of, target_of
from erc_engine.workflows.workspace import Workspace

MOST_SAMPLES = 16
SEED_STEP = 7919  # sample n of seed s is drawn with s + n steps, so that neighbouring seeds share no sample
_ROWS: Remembered[tuple[RecipeRow, ...]] = Remembered(4)


@dataclass(frozen=True)
class Problem:
    """Why a template cannot be used; `where` is system, user or recipe."""

    where: str
    message: str
    hint: str


@dataclass(frozen=True)
class Draft:
    """An edited recipe. `recipe` is None when a template cannot be used; `changed` when its content differs."""

    recipe: PromptRecipe | None
    problems: tuple[Problem, ...]
    changed: bool


@dataclass(frozen=True)
class SavedRecipe:
    name: str
    version: int
    hash: str


@dataclass(frozen=True)
class SampleTurn:
    """A turn as it was read: `label` is the scheme's name, or the raw spelling when it is none of them."""

    speaker: str
    label: str
    known: bool
    text: str
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One plan through one model: the reply as it came, what was read in it, and what the checks say."""

    plan: LabelPlan
    raw: str = ""
    turns: tuple[SampleTurn, ...] = ()
    repairs: tuple[Repair, ...] = ()
    accepted: bool = False
    reason: str = ""
    detail: str = ""
    hint: str = ""
    injected: str = ""
    seconds: float = 0.0
    completion_tokens: int | None = None


class SampleBatch:
    """Samples as they arrive, in plan order; the model is asked in a thread and closed at the end."""

    def __init__(self, recipe: PromptRecipe, plans: Sequence[LabelPlan], model: ChatModel, seed: int) -> None:
        self.recipe, self.plans = recipe, tuple(plans)
        self.spec, self.reads_prompt = model.spec, model.capabilities.reads_prompt
        self._model, self._seed = model, seed
        self._found: list[Sample] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="prompt samples", daemon=True)
        self._thread.start()

    @property
    def samples(self) -> tuple[Sample, ...]:
        return tuple(self._found)

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> None:
        """No further plan is sent; the one under way is waited for by nobody."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return self.done

    def _work(self) -> None:
        try:
            for n, plan in enumerate(self.plans):
                if self._stop.is_set():
                    return
                self._found.append(_sampled(self.recipe, plan, self._model, self._seed + n))
        finally:
            self._model.close()


def recipe_rows(workspace: Workspace) -> tuple[RecipeRow, ...]:
    """All recipes and their versions, read anew only when one was saved."""
    store = workspace.store.recipes
    there = tuple((r.name, r.version, r.hash) for name in store.names() for r in store.versions(name))
    return _ROWS.get((workspace.settings.database_url, there), lambda: recipes(workspace))


def variables() -> dict[str, str]:
    """What a template may use, and what each is."""
    return dict(VARIABLES)


def filters() -> tuple[str, ...]:
    return FILTERS


def draft(base: PromptRecipe, system: str, user: str, name: str | None = None) -> Draft:
    """The recipe with other templates, and another name when one is given. Problems are values; nothing is raised."""
    named = name or base.name
    if (system, user, named) == (base.system, base.user, base.name):
        return Draft(base, (), changed=False)
    problems = [
        Problem(role, error.message, error.hint)
        for role, one in (("system", replace(base, system=system)), ("user", replace(base, user=user)))
        if (error := _refused(one)) is not None
    ]
    if problems:
        return Draft(None, tuple(problems), changed=True)
    try:
        recipe = parse_recipe(_document(base, system, user, named))
        return Draft(recipe, (), changed=recipe.hash != base.hash)
    except ErcError as error:
        return Draft(None, (Problem("recipe", error.message, error.hint),), changed=True)


def _refused(recipe: PromptRecipe) -> ErcError | None:
    try:
        parse_recipe(_document(recipe, recipe.system, recipe.user, recipe.name))
    except ErcError as error:
        return error
    return None


def sample_plans(
    workspace: Workspace,
    recipe: PromptRecipe,
    like: str | None,
    *,
    seed: int,
    count: int = 1,
    model: str | None = None,
    allow_address: bool = False,
) -> tuple[LabelPlan, ...]:
    """Plans as a run would draw them; without a corpus, even shares over short dialogues of two or three.

    With a `model` that replays recordings the plans are those that it can serve.
    """
    target = (
        target_of(workspace, recipe, like, None if recipe.target != "custom" else _even(recipe))
        if like
        else _plain_target(recipe)
    )
    menu = None
    if model is not None:
        opened = model_of(workspace, model, like, allow_address=allow_address)
        try:
            menu = menu_for(recipe, opened)
        finally:
            opened.close()
    planner = Planner(target, recipe, seed, menu)
    plans: list[LabelPlan] = []
    done = dict.fromkeys(recipe.scheme.names, 0.0)
    used: set[str] = set()
    for ordinal in range(min(count, MOST_SAMPLES)):
        plan = planner.next(ordinal, {}, done, used)
        if plan is None:
            break
        plans.append(plan)
        used.update({plan.recording} if plan.recording else ())
        for label, n in plan.expected.items():
            done[label] += n
    return tuple(plans)


def prompt(recipe: PromptRecipe, plan: LabelPlan) -> tuple[ChatMessage, ...]:
    """What a model would read for this plan."""
    return render(recipe, plan)


def try_samples(
    workspace: Workspace,
    recipe: PromptRecipe,
    *,
    like: str | None,
    model: str,
    seed: int,
    count: int,
    allow_address: bool = False,
) -> SampleBatch:
    """Begin `count` samples; refuses at once what a run would refuse. Nothing of it is stored."""
    if not 1 <= count <= MOST_SAMPLES:
        raise InputError(f"{count} samples cannot be asked for at once", hint=f"1 to {MOST_SAMPLES}")
    plans = sample_plans(workspace, recipe, like, seed=seed, count=count, model=model, allow_address=allow_address)
    opened = model_of(workspace, model, like, allow_address=allow_address)
    return SampleBatch(recipe, plans, opened, seed * SEED_STEP)


def _sampled(recipe: PromptRecipe, plan: LabelPlan, model: ChatModel, seed: int) -> Sample:
    try:
        request = ChatRequest(
            id=f"sample/{plan.id}",
            messages=render(recipe, plan),
            sampling=recipe.sampling,
            seed=seed & 0x7FFFFFFF,
            protocol=recipe.protocol,
            recording=plan.recording,
        )
        reply = model.complete(request)
    except ErcError as error:
        injected = getattr(error, "injected", None) or ""
        return Sample(plan, reason=error.code, detail=error.message, hint=error.hint, injected=injected)
    parsed = parse(reply.text, recipe.protocol, recipe.scheme)
    judged = judge_reply(parsed, plan, recipe, reply, dialogue_id="sample")
    repairs: tuple[Repair, ...] = ()
    turns: tuple[SampleTurn, ...] = ()
    if isinstance(parsed, ParsedReply):
        repairs = (*parsed.repairs, *mended_speakers(parsed, plan))
        turns = tuple(_turn(recipe, n, turn, repairs) for n, turn in enumerate(parsed.turns))
    told = Sample(
        plan,
        raw=reply.text,
        turns=turns,
        repairs=repairs,
        injected=reply.injected or "",
        seconds=reply.seconds,
        completion_tokens=reply.completion_tokens,
    )
    if isinstance(judged, Dialogue):
        return replace(told, accepted=True)
    return replace(told, reason=str(judged.reason), detail=judged.detail)


def _turn(recipe: PromptRecipe, number: int, turn: ParsedTurn, repairs: Sequence[Repair]) -> SampleTurn:
    label = recipe.scheme.canonical(turn.label) if turn.label is not None else None
    mine = tuple(r for r in repairs if r.turn == number)
    return SampleTurn(turn.speaker, label or turn.label or "", label is not None, turn.text, mine)


def save(workspace: Workspace, base: PromptRecipe, edited: PromptRecipe) -> SavedRecipe:
    """The edited recipe as the next version of its name. What it was made from comes first, so that it has a number."""
    store = workspace.store.recipes
    if edited.name == base.name:
        store.add(base.hash, base.name, base.text)
    return SavedRecipe(edited.name, store.add(edited.hash, edited.name, edited.text), edited.hash)


def diff(old: PromptRecipe, new: PromptRecipe, *, old_name: str = "", new_name: str = "") -> str:
    """What changed from one recipe to the other, as a unified diff of their documents; empty when nothing did."""
    before, after = (_document(r, r.system, r.user, r.name).splitlines() for r in (old, new))
    lines = difflib.unified_diff(before, after, old_name or old.name, new_name or new.name, lineterm="", n=2)
    return "\n".join(lines)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, as a person writes them."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _document(recipe: PromptRecipe, system: str, user: str, name: str) -> str:
    """The recipe's own document with these templates and this name; comments are lost, its keys stay in order."""
    data: dict[str, Any] = yaml.safe_load(recipe.text)
    data |= {"recipe": name, "system": system, "user": user}
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _even(recipe: PromptRecipe) -> dict[str, float]:
    return dict.fromkeys(recipe.scheme.names, 1 / len(recipe.scheme.names))


def _plain_target(recipe: PromptRecipe) -> LabelTarget:
    return LabelTarget(
        scheme=recipe.scheme,
        shares=_even(recipe),
        lengths={6: 0.4, 8: 0.4, 10: 0.2},
        speakers={2: 0.7, 3: 0.3},
        same_speaker=0.1,
        source="even shares, no corpus",
    )
