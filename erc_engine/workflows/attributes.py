"""Which attribute values of a generated set give labels away, and the same recipe with rules against them.

    report = attributes_of(workspace, "extra")
    recipe = recipe_of(workspace, "extra")
    save_rules(workspace, recipe, report.suggested())      # SavedRecipe("meld-matched", version=2, …)

A rule keeps a value out of plans that have the label. It says nothing of what else the value does: measure again on a
set made with the new version.
"""

from __future__ import annotations

from collections.abc import Mapping

from erc_engine.curation.attribute_information import attribute_report
from erc_engine.domain.attributes import AttributeReport
from erc_engine.domain.generation import PromptRecipe
from erc_engine.errors import InputError
from erc_engine.generation.recipes import parse_recipe
from erc_engine.workflows.prompt_studio import SavedRecipe, save, with_rules
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

Rules = Mapping[str, Mapping[str, tuple[str, ...]]]
_REPORTS: Remembered[AttributeReport] = Remembered(8)


def attributes_of(workspace: Workspace, name: str, *, seed: int = 0) -> AttributeReport:
    """Measured once, until the set changes."""
    scheme = workspace.store.corpora.stored(name).scheme
    key = (workspace.settings.database_url, name, workspace.store.browsing.mark(name), seed)
    return _REPORTS.get(
        key, lambda: attribute_report(name, workspace.store.corpora.get(name).dialogues, scheme, seed=seed)
    )


def generated_sets(workspace: Workspace) -> tuple[str, ...]:
    """Sets that a run has written, the newest first."""
    there = set(workspace.store.corpora.names())
    return tuple(run.name for run in reversed(workspace.store.runs.list()) if run.name in there)


def recipe_of(workspace: Workspace, name: str) -> PromptRecipe:
    """The recipe that a set was made with."""
    run = workspace.store.runs.by_name(name)
    if run is None:
        raise InputError(f"'{name}' was not made by a run", hint="say which recipe gets the rules: --recipe NAME")
    return parse_recipe(workspace.store.recipes.get(run.settings.recipe))


def fitting_rules(recipe: PromptRecipe, rules: Rules) -> dict[str, dict[str, tuple[str, ...]]]:
    """The recipe's own rules and those given for values that it has. One value of each attribute always stays free:
    of those that would bar the last one, the rule of the least telling value is left out."""
    found = {name: dict(values) for name, values in recipe.forbidden.items()}
    for name, values in rules.items():
        own = found.setdefault(name, {})
        for value, labels in values.items():
            known = tuple(label for label in recipe.scheme.names if label in {*labels, *own.get(value, ())})
            if value in recipe.attributes.get(name, ()) and known:
                own[value] = known
        if len(own) == len(recipe.attributes.get(name, ())) > 0:
            del own[list(own)[-1]]
    return {name: values for name, values in found.items() if values}


def save_rules(workspace: Workspace, recipe: PromptRecipe, rules: Rules) -> SavedRecipe:
    """The next version of the recipe, with these rules beside its own."""
    fitting = fitting_rules(recipe, rules)
    if fitting == recipe.forbidden:
        raise InputError(f"no rule is new to recipe '{recipe.name}'", hint="nothing has to be saved")
    return save(workspace, recipe, with_rules(recipe, fitting))
