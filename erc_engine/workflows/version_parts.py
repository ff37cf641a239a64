"""The sources of a version on their way into it: which corpus and split, what was left out, what was noted.

    source_of(workspace, "meld:train", Split.TRAIN, demo=False)     # Part(corpus, "train", train, 1,038 dialogues)

Here stands what may be used as what: test only as test, generated dialogues only to train.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from erc_engine.corpora.text import normalise
from erc_engine.domain.conversation import Corpus, Dialogue, Origin, Split
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError, NotFoundError, RefusedError
from erc_engine.workflows.review import revised
from erc_engine.workflows.workspace import Workspace

SAME_AGAIN = 0.1  # share of whole dialogues from which two sources are taken for the same data; MELD's own test: .007
Soft = dict[tuple[str, str], Mapping[str, float]]


@dataclass
class Part:
    """One source on its way into a version: its dialogues, and what was left out and why."""

    corpus: Corpus
    split: str
    role: Split
    dialogues: tuple[Dialogue, ...]
    excluded: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    soft: Soft = field(default_factory=dict)
    gate: Mapping[str, Any] = field(default_factory=dict)

    def leave_out(self, ids: set[str], why: str) -> None:
        if ids:
            self.excluded[why] = len(ids)
            self.dialogues = tuple(d for d in self.dialogues if d.id not in ids)


def source_of(workspace: Workspace, given: str, role: Split, *, demo: bool) -> Part:
    name, _, split_name = given.partition(":")
    corpora = workspace.store.corpora
    corpus = corpora.get(name)
    recorded = corpus.origin != Origin.IMPORTED
    if not split_name:
        here = sorted({d.split for d in corpus.dialogues}) or [Split.TRAIN]
        if here != [Split.TRAIN]:
            raise InputError(
                f"'{given}' does not say which split to use as {role}",
                hint=f"write {name}:{role if role in here else here[0]} (splits there: {', '.join(here)})",
            )
        split_name = Split.TRAIN
    if split_name not in tuple(Split):
        raise InputError(f"'{split_name}' in '{given}' is not a split", hint="train, dev or test")
    split = Split(split_name)
    if role != Split.TEST and split == Split.TEST:
        raise RefusedError(
            f"'{given}' is a test split and cannot be used as {role}",
            hint="the test split never trains, tunes or selects anything; give it as --test",
        )
    if split != role:
        raise RefusedError(
            f"'{given}' cannot be used as {role}",
            hint=f"give a {role} split; to use your own division, import the file again with a split column",
        )
    if recorded and role != Split.TRAIN and not demo:
        raise RefusedError(
            f"'{name}' is {corpus.origin} and cannot be {role} data",
            hint="generated dialogues only train; a version marked with --demo may do this for demonstration",
        )
    dialogues = corpus.split(split)
    if not dialogues:
        raise NotFoundError(f"'{given}' has no kept dialogues", hint=f"see erc describe {name}")
    part = Part(corpus, split_name, role, dialogues)
    if role == Split.TRAIN:
        part.dialogues, edited = revised(workspace, name, dialogues)
        if edited:
            part.notes.append(f"{name}: {edited} turns as edited in review, where only labels of the new text count")
    left_out = {k: v for k, v in corpora.states(name).items() if k != "kept" and v}
    if role == Split.TRAIN and recorded:
        part.excluded.update(left_out)
    return part


def one_scheme(parts: Sequence[Part]) -> LabelScheme:
    first = parts[0].corpus
    for part in parts[1:]:
        if part.corpus.scheme.names != first.scheme.names:
            raise RefusedError(
                f"'{first.name}' has labels {', '.join(first.scheme.names)} but '{part.corpus.name}' has "
                f"{', '.join(part.corpus.scheme.names)}",
                hint="all parts of a version share one label scheme; labels are never mapped silently",
            )
    return first.scheme


def refuse_repeated_sources(training: Sequence[Part]) -> None:
    """The same dialogues twice in train count double and cross the folds on which settings are chosen."""
    names = [part.corpus.name for part in training]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"'{name}' is given twice as train", hint="name each source once")
    for n, part in enumerate(training):
        for other in training[:n]:
            _refuse_the_same_again(part, other, "as train beside")


def refuse_evaluation_as_train(parts: Sequence[Part]) -> None:
    """A train source that is, by its text, mostly the dev or test that another corpus gives this version.

    How the splits of one corpus overlap is that benchmark's own affair: it is counted in the notes.
    """
    for part in (p for p in parts if p.role == Split.TRAIN):
        for other in (p for p in parts if p.role != Split.TRAIN and p.corpus.name != part.corpus.name):
            _refuse_the_same_again(part, other, f"as train with {other.role}")


def _refuse_the_same_again(part: Part, other: Part, how: str) -> None:
    mine, theirs = ({_text(d) for d in p.dialogues if len(d) > 1} for p in (part, other))
    shared = len(mine & theirs)
    if theirs and mine and shared > SAME_AGAIN * min(len(mine), len(theirs)):
        raise RefusedError(
            f"'{part.corpus.name}' cannot be used {how} '{other.corpus.name}': {shared:,} whole dialogues "
            f"stand in both, of {len(mine):,} and {len(theirs):,}",
            hint="leave one of them out; erc audit names what they share",
            code="same_data",
        )


def _text(dialogue: Dialogue) -> tuple[str, ...]:
    return tuple(normalise(u.text) for u in dialogue.utterances)
