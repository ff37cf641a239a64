"""Freeze: the one place that decides what is data.

    freeze(workspace, "v1", train=["meld:train", "meld-extra"], dev="meld:dev", test="meld:test")

Generated and recorded dialogues stay out of dev and test (unless the version is marked as a demo), the test
split stays out of everything else, turned-down and dropped dialogues stay out, contaminated ones must be
dropped by name, and every source keeps its hash and licence in the version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from erc_engine.corpora.content import content_hash
from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.domain.conversation import Corpus, Dialogue, Origin, Split
from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.experiment import DatasetVersion, Source
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import ConflictError, InputError, NotFoundError, RefusedError
from erc_engine.labelling.soft_labels import soft_labels
from erc_engine.workflows.curation import benchmark_sources
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.workspace import Workspace

LABEL_RULES = ("gold", "intended", "majority", "soft")
Soft = dict[tuple[str, str], Mapping[str, float]]


@dataclass
class _Part:
    """One source on its way into a version: its dialogues, and what was left out and why."""

    corpus: Corpus
    split: str
    role: Split
    dialogues: tuple[Dialogue, ...]
    excluded: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    soft: Soft = field(default_factory=dict)

    def leave_out(self, ids: set[str], why: str) -> None:
        if ids:
            self.excluded[why] = len(ids)
            self.dialogues = tuple(d for d in self.dialogues if d.id not in ids)


def freeze(
    workspace: Workspace,
    name: str,
    *,
    train: Sequence[str],
    dev: str,
    test: str,
    labels: str | None = None,
    votes: AnnotatorKind | None = None,
    reviewed_only: bool = False,
    drop_contaminated: bool = False,
    demo: bool = False,
) -> DatasetVersion:
    """Make an immutable version. Refuses whatever would let test or generated text in where it must not be."""
    checked_name(name, "a version name")
    if labels is not None and labels not in LABEL_RULES:
        raise InputError(f"--labels cannot be '{labels}'", hint=f"one of {', '.join(LABEL_RULES)}")
    if not train:
        raise InputError("a version needs at least one train source", hint="--train NAME:train")
    parts = [_part(workspace, given, Split.TRAIN, demo) for given in train]
    parts += [_part(workspace, dev, Split.DEV, demo), _part(workspace, test, Split.TEST, demo)]
    scheme = _one_scheme(parts)
    training = [part for part in parts if part.role == Split.TRAIN]
    _refuse_repeated_sources(training)
    if labels in ("majority", "soft"):
        _use_votes(workspace, training, scheme, votes, soft=labels == "soft")
    elif labels is not None:
        _check_label_kind(training, labels)
    if reviewed_only:
        _keep_reviewed(workspace, training)
    _keep_clear_of_benchmarks(workspace, parts, drop_contaminated)
    return _save(workspace, name, scheme, labels, parts, demo)


def _part(workspace: Workspace, given: str, role: Split, demo: bool) -> _Part:
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
    part = _Part(corpus, split_name, role, dialogues)
    left_out = {k: v for k, v in corpora.states(name).items() if k != "kept" and v}
    if role == Split.TRAIN and recorded:
        part.excluded.update(left_out)
    return part


def _one_scheme(parts: Sequence[_Part]) -> LabelScheme:
    first = parts[0].corpus
    for part in parts[1:]:
        if part.corpus.scheme.names != first.scheme.names:
            raise RefusedError(
                f"'{first.name}' has labels {', '.join(first.scheme.names)} but '{part.corpus.name}' has "
                f"{', '.join(part.corpus.scheme.names)}",
                hint="all parts of a version share one label scheme; labels are never mapped silently",
            )
    return first.scheme


def _refuse_repeated_sources(training: Sequence[_Part]) -> None:
    names = [part.corpus.name for part in training]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"'{name}' is given twice as train", hint="name each source once")


def _check_label_kind(training: Sequence[_Part], labels: str) -> None:
    for part in training:
        kind = "gold" if part.corpus.origin == Origin.IMPORTED else "intended"
        if kind != labels:
            part.notes.append(f"{part.corpus.name} has {kind} labels; '{labels}' does not apply to it")
    if all(part.notes for part in training):
        raise RefusedError(
            f"no train source has {labels} labels", hint="imported corpora have gold labels, generated ones intended"
        )


def _use_votes(
    workspace: Workspace, training: Sequence[_Part], scheme: LabelScheme, kind: AnnotatorKind | None, *, soft: bool
) -> None:
    """Labels by votes where a source has them: tied turns become context, sources without votes keep theirs."""
    used = 0
    for part in training:
        votes, chosen = _votes(workspace, part.corpus.name, kind)
        if not votes:
            part.notes.append(f"{part.corpus.name} has no votes and keeps its labels")
            continue
        used += 1
        by_turn = soft_labels(votes, scheme)
        tied = unvoted = 0
        dialogues = []
        for d in part.dialogues:
            found: list[str | None] = []
            for u in d.utterances:
                label = by_turn.get((d.id, u.id))
                found.append(label.majority if label else None)
                unvoted += label is None
                tied += label is not None and label.majority is None
                if soft and label:
                    part.soft[d.id, u.id] = dict(label.shares)
            dialogues.append(d.with_labels(found))
        part.dialogues = tuple(dialogues)
        part.notes.append(
            f"{part.corpus.name}: {'vote shares' if soft else 'majority'} of {chosen} votes; "
            f"{tied} tied and {unvoted} unvoted turns are context"
        )
    if not used:
        raise InputError("no train source has votes", hint="import votes first: erc votes import NAME FILE")


def _votes(workspace: Workspace, name: str, kind: AnnotatorKind | None) -> tuple[tuple[Vote, ...], str]:
    """Votes of one kind: people before anonymous counts; those of language models only when asked for."""
    for candidate in (kind,) if kind else (AnnotatorKind.HUMAN, AnnotatorKind.ANONYMOUS):
        votes = workspace.store.votes.of(name, candidate)
        if votes:
            return votes, str(candidate)
    others = [str(k) for k in workspace.store.votes.kinds(name)]
    if others and kind is None:
        raise RefusedError(
            f"'{name}' has votes by {', '.join(others)} only", hint=f"say so if you want them: --votes {others[0]}"
        )
    return (), ""


def _keep_reviewed(workspace: Workspace, training: Sequence[_Part]) -> None:
    for part in training:
        if part.corpus.origin == Origin.IMPORTED:
            continue
        voted = {(v.dialogue, v.utterance) for v in workspace.store.votes.of(part.corpus.name, AnnotatorKind.HUMAN)}
        unread = {d.id for d in part.dialogues if any((d.id, u.id) not in voted for u in d.utterances if u.label)}
        part.leave_out(unread, "not reviewed")
        if not part.dialogues:
            raise RefusedError(
                f"no dialogue of '{part.corpus.name}' has been reviewed in full",
                hint="let people label it (erc votes import), or leave out --reviewed-only",
            )


def _keep_clear_of_benchmarks(workspace: Workspace, parts: Sequence[_Part], drop: bool) -> None:
    """Generated text against every benchmark's dev and test; real text against this version's test, as a warning."""
    evaluation = [(f"{p.corpus.name}:{p.split}", p.dialogues) for p in parts if p.role != Split.TRAIN]
    everything = dict(benchmark_sources(workspace))
    everything.update(evaluation)
    index = ContaminationIndex(list(everything.items()))
    own = ContaminationIndex(evaluation)
    for part in parts:
        if part.role != Split.TRAIN:
            continue
        if part.corpus.origin == Origin.IMPORTED:
            hits = {d.id for d in part.dialogues if own.check(d)}
            if hits:
                part.notes.append(
                    f"{len(hits)} of {len(part.dialogues)} train dialogues of {part.corpus.name} share text with this "
                    "version's dev or test split; real data is kept as it is"
                )
            continue
        evidence = {d.id: found[0] for d in part.dialogues if (found := index.check(d))}
        if evidence and not drop:
            first = next(iter(evidence.values()))
            raise RefusedError(
                f"{len(evidence)} dialogues of '{part.corpus.name}' carry text of a benchmark's dev or test split "
                f"(for one, {first.dialogue} against {first.source})",
                hint=f"leave them out with --drop-contaminated, or look: erc duplicates {part.corpus.name}",
                code="contaminated",
            )
        part.leave_out(set(evidence), "contaminated")
        if not part.dialogues:
            raise RefusedError(f"every dialogue of '{part.corpus.name}' is contaminated", code="contaminated")


def _save(
    workspace: Workspace, name: str, scheme: LabelScheme, labels: str | None, parts: Sequence[_Part], demo: bool
) -> DatasetVersion:
    """Ids are prefixed by their corpus when train has several sources, so that they stay unique."""
    train_parts = [p for p in parts if p.role == Split.TRAIN]
    members: dict[Split, tuple[Dialogue, ...]] = dict.fromkeys(Split, ())
    soft: dict[Split, Soft] = {split: {} for split in Split}
    for part in parts:
        prefix = f"{part.corpus.name}/" if part.role == Split.TRAIN and len(train_parts) > 1 else ""
        taken = tuple(replace(d, id=prefix + d.id, split=part.role) for d in part.dialogues)
        members[part.role] += taken
        soft[part.role].update({(prefix + d, u): shares for (d, u), shares in part.soft.items()})
    sources = tuple(
        Source(
            corpus=p.corpus.name,
            split=p.split,
            role=str(p.role),
            hash=content_hash(p.dialogues),
            dialogues=len(p.dialogues),
            utterances=sum(len(d) for d in p.dialogues),
            origin=str(p.corpus.origin),
            licence=p.corpus.licence.name,
            may_leave_machine=p.corpus.licence.may_leave_machine,
            derivatives=p.corpus.licence.derivatives,
            excluded=p.excluded,
        )
        for p in parts
    )
    kinds = {p.corpus.origin == Origin.IMPORTED for p in train_parts}
    rule = labels or {frozenset({True}): "gold", frozenset({False}): "intended"}.get(frozenset(kinds), "gold+intended")
    version = DatasetVersion(
        name=name,
        hash=content_hash([d for split in Split for d in members[split]]),
        scheme=scheme,
        labels=rule,
        sources=sources,
        demo=demo,
        notes=tuple(note for p in parts for note in p.notes),
    )
    if name in workspace.store.versions.names():
        existing = workspace.store.versions.get(name)
        if existing.hash == version.hash and existing.labels == version.labels and existing.demo == version.demo:
            return existing
        raise ConflictError(
            f"version '{name}' exists with other content", hint="versions never change: choose another name"
        )
    workspace.store.versions.add(version, members, soft)
    return version
