"""Recipes by name, file or hash: the bundled ones, and those saved in this workspace.

find_recipe(workspace, "meld-balanced")     bundled
find_recipe(workspace, "my-recipe.yaml")    a file; saved as a version when it is used
find_recipe(workspace, "meld-balanced@2")   a version saved here, by its number
promote(workspace, "meld-balanced", "2", who="Ana", why="lab-1c2d3e4f")    what the name alone means from now on
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from erc_engine.domain.generation import PromptRecipe
from erc_engine.errors import InputError, NotFoundError
from erc_engine.generation.recipes import bundled_recipes, parse_recipe
from erc_engine.settings import assets_folder
from erc_engine.store.recipes import Promotion, StoredRecipe
from erc_engine.workflows.workspace import Workspace

SHORTEST_HASH = 8


@dataclass(frozen=True)
class RecipeRow:
    """One recipe in the list; `version` is its number in this workspace, None for a bundled one not used yet.

    `promoted` marks the version that the name alone means, where somebody said so.
    """

    name: str
    version: int | None
    hash: str
    scheme: str
    target: str
    label_mode: str
    protocol: str
    recordings: str | None
    promoted: bool = False

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def recipes(workspace: Workspace) -> tuple[RecipeRow, ...]:
    """Bundled recipes first, then every version saved here."""
    store = workspace.store.recipes
    saved = {recipe.hash: recipe for name in store.names() for recipe in store.versions(name)}
    chosen = {promotion.name: promotion.hash for promotion in store.promotions()}
    found = {recipe.hash: recipe for recipe in _bundled().values()}
    for hash_, stored in saved.items():
        if hash_ not in found:
            found[hash_] = parse_recipe(stored.text)
    return tuple(
        RecipeRow(
            name=recipe.name,
            version=saved[hash_].version if hash_ in saved else None,
            hash=hash_,
            scheme=recipe.scheme.name,
            target=str(recipe.target),
            label_mode=str(recipe.label_mode),
            protocol=str(recipe.protocol),
            recordings=recipe.recordings,
            promoted=chosen.get(recipe.name) == hash_,
        )
        for hash_, recipe in found.items()
    )


def find_recipe(workspace: Workspace, given: str) -> PromptRecipe:
    """A file when it looks like one, else NAME@VERSION, a name, or a hash (8+ characters).

    A name alone is its promoted version, else the bundled recipe, else the newest version saved here.
    """
    path = Path(given)
    if path.suffix in (".yaml", ".yml"):
        try:
            return parse_recipe(path.read_text("utf-8"), source=str(path))
        except FileNotFoundError:
            raise NotFoundError(f"there is no recipe file {path}", hint="see erc recipes for those at hand") from None
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"the recipe file {path} cannot be read: {error}", hint="a UTF-8 text file") from None
    store = workspace.store.recipes
    bundled = _bundled()
    names = store.names()
    if (promoted := store.promoted(given)) is not None:
        return parse_recipe(store.get(promoted.hash))
    if given in bundled:  # first, so that a changed copy saved under the same name does not change what a command means
        return bundled[given]
    if given in names:
        return parse_recipe(store.versions(given)[-1].text)
    name, at, number = given.rpartition("@")
    if at and name in (*names, *bundled):
        return parse_recipe(_version(workspace, name, number).text)
    if len(given) >= SHORTEST_HASH:
        for recipe in bundled.values():
            if recipe.hash.startswith(given):
                return recipe
        for stored in (stored for name in names for stored in store.versions(name)):
            if stored.hash.startswith(given):
                return parse_recipe(stored.text)
    listed = ", ".join(dict.fromkeys([*bundled, *names]))
    raise NotFoundError(f"there is no recipe '{given}'", hint=f"recipes: {listed}; or a YAML file's path")


def promote(workspace: Workspace, name: str, version: str, *, who: str, why: str = "") -> Promotion:
    """From now on the name alone means this version (a number or a hash); earlier promotions stay on record."""
    chosen = _version(workspace, name, version)
    return workspace.store.recipes.promote(name, chosen.hash, who=who, why=why)


def _version(workspace: Workspace, name: str, given: str) -> StoredRecipe:
    """By number, or by the first characters of its hash."""
    store = workspace.store.recipes
    if name not in store.names() and name in _bundled():
        store.add(_bundled()[name].hash, name, _bundled()[name].text)
    there = store.versions(name)
    number = given.removeprefix("v")
    for stored in there:
        if number == str(stored.version) or (len(given) >= SHORTEST_HASH and stored.hash.startswith(given)):
            return stored
    listed = ", ".join(f"{stored.version} ({stored.hash[:8]})" for stored in there)
    raise NotFoundError(f"recipe '{name}' has no version '{given}'", hint=f"versions in this workspace: {listed}")


@cache
def _bundled() -> Mapping[str, PromptRecipe]:
    """Read once in a process: they come with the package, and reading all of them takes a tenth of a second."""
    return bundled_recipes(assets_folder() / "recipes")
