"""Prompt studio: versions of recipes, a draft rendered for a plan, saved as a new version, and what changed.

    base = find_recipe(workspace, "meld-balanced")
    edited = draft(base, base.system, "Write {{ turns }} turns. {{ format }}")      # Draft(recipe=…, problems=())
    prompt(workspace, edited.recipe, plan)[1].content       # what the model would read
    save(workspace, base, edited.recipe)                    # SavedRecipe("meld-balanced", version=2, …)

Recipes do not change: an edit is another document with its own hash, and what a run used stays as it was.
Plans for samples, and trying them on a model: `prompt_samples`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from erc_engine.domain.generation import ChatMessage, LabelPlan, PromptRecipe
from erc_engine.errors import ErcError
from erc_engine.generation.prompts import VARIABLES, render
from erc_engine.generation.recipes import parse_recipe
from erc_engine.generation.template_rules import FILTERS
from erc_engine.workflows.recipes import RecipeRow, recipes
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.shots import shots_of, shown
from erc_engine.workflows.workspace import Workspace

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


def recipe_rows(workspace: Workspace) -> tuple[RecipeRow, ...]:
    """All recipes and their versions, read anew only when one was saved or promoted."""
    store = workspace.store.recipes
    there = tuple((r.name, r.version, r.hash) for name in store.names() for r in store.versions(name))
    promoted = len(store.promotions())
    return _ROWS.get((workspace.settings.database_url, there, promoted), lambda: recipes(workspace))


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


def prompt(workspace: Workspace, recipe: PromptRecipe, plan: LabelPlan) -> tuple[ChatMessage, ...]:
    """What a model would read for this plan."""
    return render(recipe, plan, shown(shots_of(workspace, recipe, None), plan))


def save(workspace: Workspace, base: PromptRecipe, edited: PromptRecipe) -> SavedRecipe:
    """The edited recipe as the next version of its name. What it was made from comes first, so that it has a number."""
    store = workspace.store.recipes
    if edited.name == base.name:
        store.add(base.hash, base.name, base.text)
    return SavedRecipe(edited.name, store.add(edited.hash, edited.name, edited.text), edited.hash)


def with_rules(recipe: PromptRecipe, forbidden: Mapping[str, Mapping[str, Sequence[str]]]) -> PromptRecipe:
    """The recipe with these attribute rules in place of its own."""
    data: dict[str, Any] = yaml.safe_load(recipe.text)
    rules = {name: {value: list(labels) for value, labels in values.items()} for name, values in forbidden.items()}
    return parse_recipe(_written(data | {"attribute_rules": {"forbid": rules}}))


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
    return _written(data)


def _written(data: dict[str, Any]) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
