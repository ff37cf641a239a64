"""What a model that only plays back can serve, as a matrix the planner can choose from.

menu = Menu(items, names, run_seed=1)
menu.free({"r-0003"})         # numbers of the recordings that no plan has used yet
"""

from __future__ import annotations

import random
from collections.abc import Sequence, Set
from typing import Protocol, runtime_checkable

import numpy as np

from erc_engine.domain.generation import LabelMode, MenuItem, PromptRecipe
from erc_engine.errors import InputError, RefusedError
from erc_engine.llm.chat_model import ChatModel


@runtime_checkable
class HasMenu(Protocol):
    """A model that can only serve what it has recorded."""

    def menu(self, recordings_set: str) -> tuple[MenuItem, ...]: ...


def menu_for(recipe: PromptRecipe, model: ChatModel) -> tuple[MenuItem, ...] | None:
    """What a model that reads no prompts can serve for a recipe, None for one that does; else RefusedError."""
    if model.capabilities.reads_prompt:
        return None
    if recipe.label_mode is LabelMode.SEQUENCE:
        raise RefusedError(
            f"'{model.spec}' replays recordings and reads no prompt, so it cannot follow the label sequence of a plan",
            hint="choose a recipe with label_mode budget or free, or a live model such as openai:NAME#model",
        )
    if recipe.recordings is None or not isinstance(model, HasMenu):
        raise RefusedError(
            f"recipe '{recipe.name}' has no recordings that '{model.spec}' could serve",
            hint="choose a recipe with recordings (erc recipes), or a live model such as openai:NAME#model",
        )
    return model.menu(recipe.recordings)


class Menu:
    """The recorded requests: `counts` of labels, and seeded `ranks` that decide between equals."""

    def __init__(self, items: Sequence[MenuItem], names: Sequence[str], run_seed: int) -> None:
        foreign = {label for item in items for label in item.labels} - set(names)
        if foreign:
            raise InputError(
                f"the recordings have the label '{sorted(foreign)[0]}', which the recipe's scheme has not",
                hint="a recipe can only replay recordings of its own label scheme",
            )
        self.items = tuple(items)
        self.counts = np.array([[item.labels.get(name, 0) for name in names] for item in items], dtype=float)
        self.counts = self.counts.reshape(len(items), len(names))
        ranks = list(range(len(items)))
        random.Random(f"menu/{run_seed}").shuffle(ranks)
        self.ranks = np.array(ranks)

    def free(self, used: Set[str], without: Sequence[int] = ()) -> np.ndarray:
        """Numbers of recordings that were not used and have none of the labels in `without`."""
        barred = self.counts[:, list(without)].sum(1) if without else np.zeros(len(self.items))
        return np.array(
            [n for n, item in enumerate(self.items) if item.recording not in used and not barred[n]], dtype=int
        )
