"""The examples that a recipe shows: from the train split of a corpus, to models that may see its text.

    pool = shots_of(workspace, recipe, model)      # None when the recipe shows none, or nobody would read them
    shown(pool, plan)                              # the dialogues that the plan's prompt has

A model on another machine gets no example of a corpus whose text may not leave this one.
"""

from __future__ import annotations

from erc_engine.curation.encoders import HashingEncoder
from erc_engine.domain.conversation import Corpus, Dialogue, Split
from erc_engine.domain.generation import LabelPlan, PromptRecipe
from erc_engine.errors import RefusedError
from erc_engine.generation.shots import ShotPool
from erc_engine.llm.chat_model import ChatModel
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

DIMENSIONS = 512  # enough to tell two dozen dialogues apart
_POOLS: Remembered[ShotPool] = Remembered(4)


def shots_of(workspace: Workspace, recipe: PromptRecipe, model: ChatModel | None) -> ShotPool | None:
    """RefusedError when the examples do not fit the recipe, or may not go to the model."""
    settings = recipe.shots
    if settings is None or (model is not None and not model.capabilities.reads_prompt):
        return None
    stored = workspace.store.corpora.stored(settings.source)
    if stored.scheme.names != recipe.scheme.names:
        raise RefusedError(
            f"the examples of '{settings.source}' have the labels {', '.join(stored.scheme.names)}, "
            f"recipe '{recipe.name}' has {', '.join(recipe.scheme.names)}",
            hint="take examples from a corpus of the recipe's label scheme",
        )
    if model is not None and not may_show(stored.licence.may_leave_machine, model):
        raise RefusedError(
            f"text of '{settings.source}' ({stored.licence.name}) may not leave this machine, "
            f"and '{model.spec}' is elsewhere",
            hint="use a model on this machine (local = true for a server that is yours), or a recipe without shots",
        )
    mark = workspace.store.browsing.mark(settings.source)
    key = (workspace.settings.database_url, mark, settings)
    return _POOLS.get(key, lambda: _pool(workspace.store.corpora.get(settings.source, splits=(Split.TRAIN,)), recipe))


def may_show(may_leave_machine: bool, model: ChatModel) -> bool:
    return may_leave_machine or model.capabilities.local


def shown(pool: ShotPool | None, plan: LabelPlan) -> tuple[Dialogue, ...]:
    return pool.dialogues(plan.shots) if pool is not None else ()


def _pool(train: Corpus, recipe: PromptRecipe) -> ShotPool:
    if recipe.shots is None:
        raise ValueError("a recipe without shots has no pool")
    return ShotPool(recipe.shots, recipe.scheme, train.dialogues, HashingEncoder(DIMENSIONS).encode)
