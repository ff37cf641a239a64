"""What a run aims at, from the train split of a corpus: balanced, matched, custom, or the repair of its long tail.

    aim = aim_of(workspace, recipe, "meld", mode=TargetMode.REPAIR, toward=Toward.EVEN)
    aim.utterances, aim.target.shares["fear"]      # 22981, 0.19…: what train lacks until all labels are even
    target_of_run(workspace, settings, recipe)     # the same for a run that has begun
    aim_of(workspace, recipe, "published:iemocap", utterances=2000)     # by its published counts, without the corpus

A repair adds q = max(0, p · N − real) utterances of each label, with p the wanted shares and N the size that real and
generated have together: the least that takes nothing away, or what a given number of utterances can fill, the emptiest
labels first (`curation.imbalance.gap`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from erc_engine.corpora.published import VERSIONS, Version
from erc_engine.curation.imbalance import gap
from erc_engine.domain.conversation import Corpus, Dialogue, Split
from erc_engine.domain.generation import LabelTarget, PromptRecipe, TargetMode, Toward
from erc_engine.domain.generation_runs import RunSettings
from erc_engine.errors import InputError, NotFoundError
from erc_engine.generation.label_target import target_for
from erc_engine.generation.published_target import published_target
from erc_engine.workflows.workspace import Workspace

PUBLISHED = "published:"  # before a benchmark's name, in place of a corpus


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
    chosen = mode_of(recipe, mode, shares)
    if like.startswith(PUBLISHED):
        return Aim(published_target(_published(like), recipe.scheme, chosen, shares), _given(utterances))
    train = workspace.store.corpora.get(like, splits=(Split.TRAIN,))
    if chosen is TargetMode.REPAIR:
        return _repair(train, shares or None, toward, utterances)
    return Aim(target_for(train, chosen, shares), _given(utterances))


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


def labels_of(workspace: Workspace, like: str) -> tuple[str, ...]:
    """The label names of what a run is to be like: a corpus, or published counts."""
    if like.startswith(PUBLISHED):
        return tuple(_published(like).splits[Split.TRAIN].labels)
    return workspace.store.corpora.stored(like).scheme.names


def evaluation_splits(workspace: Workspace, like: str) -> dict[str, tuple[Dialogue, ...]]:
    """Dev and test of what a run is to be like, as far as they are here: none of published counts."""
    if like.startswith(PUBLISHED):
        return {}
    corpus = workspace.store.corpora.get(like, splits=(Split.DEV, Split.TEST))
    return {f"{like}:{split}": part for split in (Split.DEV, Split.TEST) if (part := corpus.split(split))}


def turns_to_plant(tests: Sequence[Dialogue]) -> list[str]:
    """Test turns that the fault of copying a benchmark may plant: long enough to be found again."""
    return [u.text for d in tests for u in d.utterances if len(u.text.split()) >= 8][:200]


def _published(like: str) -> Version:
    """The first published version of a benchmark that has label counts."""
    counted = {v.benchmark: v for v in reversed(VERSIONS) if v.splits[Split.TRAIN].labels}
    name = like.removeprefix(PUBLISHED)
    if name not in counted:
        raise NotFoundError(f"there are no published label counts of '{name}'", hint=f"of: {', '.join(counted)}")
    return counted[name]


def _given(utterances: int | None) -> int:
    if utterances is None:
        raise InputError(
            "the number of utterances is missing", hint="only for the target repair does it follow from the corpus"
        )
    return utterances


def _repair(train: Corpus, shares: Mapping[str, float] | None, toward: Toward, utterances: int | None) -> Aim:
    counts = train.distribution(Split.TRAIN).counts
    if not sum(counts.values()):
        raise InputError(f"train of '{train.name}' has no labels to repair", hint="choose a labelled corpus")
    wanted = shares or {label: n**0.5 if toward is Toward.ROOT else 1.0 for label, n in counts.items()}
    total = sum(wanted.values())
    found = gap(counts, wanted, utterances)
    weights = {label: weight / total for label, weight in wanted.items()}
    return Aim(target_for(train, TargetMode.REPAIR, found.add, whole=weights), found.total)
