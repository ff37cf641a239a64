"""What a run aims at, from the train split of a corpus: balanced, matched, custom, or the repair of its long tail.

    aim = aim_of(workspace, recipe, "meld", mode=TargetMode.REPAIR, toward=Toward.EVEN)
    aim.utterances, aim.target.shares["fear"]      # 22981, 0.19…: what train lacks until all labels are even
    target_of_run(workspace, settings, recipe)     # the same for a run that has begun

A repair adds q = max(0, p · N − real) utterances of each label, with p the wanted shares and N the size that real and
generated have together: the least that takes nothing away, or what a given number of utterances can fill, the emptiest
labels first (`curation.imbalance.gap`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from erc_engine.curation.imbalance import gap
from erc_engine.domain.conversation import Corpus, Split
from erc_engine.domain.generation import LabelTarget, PromptRecipe, RunSettings, TargetMode, Toward
from erc_engine.errors import InputError
from erc_engine.generation.label_target import target_for
from erc_engine.workflows.workspace import Workspace


@dataclass(frozen=True)
class Aim:
    """`utterances` are those asked for, or those that a repair needs."""

    target: LabelTarget
    utterances: int


def mode_of(recipe: PromptRecipe, mode: TargetMode | None, shares: Mapping[str, float] | None) -> TargetMode:
    """Shares alone mean custom, nothing at all what the recipe says."""
    if mode is None:
        return TargetMode.CUSTOM if shares else recipe.target
    if shares and mode not in (TargetMode.CUSTOM, TargetMode.REPAIR):
        raise InputError(
            f"a {mode} target has its own label shares",
            hint="leave the shares out, or choose the target custom or repair",
        )
    return mode


def aim_of(
    workspace: Workspace,
    recipe: PromptRecipe,
    like: str,
    *,
    mode: TargetMode | None = None,
    shares: Mapping[str, float] | None = None,
    toward: Toward = Toward.EVEN,
    utterances: int | None = None,
) -> Aim:
    """InputError when the number of utterances is missing and does not follow from a repair."""
    train = workspace.store.corpora.get(like, splits=(Split.TRAIN,))
    chosen = mode_of(recipe, mode, shares)
    if chosen is TargetMode.REPAIR:
        return _repair(train, shares or None, toward, utterances)
    if utterances is None:
        raise InputError(
            "the number of utterances is missing", hint="only for the target repair does it follow from the corpus"
        )
    return Aim(target_for(train, chosen, shares), utterances)


def target_of_run(workspace: Workspace, settings: RunSettings, recipe: PromptRecipe) -> LabelTarget:
    return aim_of(
        workspace,
        recipe,
        settings.like,
        mode=settings.target,
        shares=settings.shares,
        toward=settings.toward,
        utterances=settings.utterances,
    ).target


def _repair(train: Corpus, shares: Mapping[str, float] | None, toward: Toward, utterances: int | None) -> Aim:
    counts = train.distribution(Split.TRAIN).counts
    if not sum(counts.values()):
        raise InputError(f"train of '{train.name}' has no labels to repair", hint="choose a labelled corpus")
    wanted = shares or {label: n**0.5 if toward is Toward.ROOT else 1.0 for label, n in counts.items()}
    total = sum(wanted.values())
    found = gap(counts, wanted, utterances)
    weights = {label: weight / total for label, weight in wanted.items()}
    return Aim(target_for(train, TargetMode.REPAIR, found.add, whole=weights), found.total)
