"""Freeze: the one place that decides what is data.

    freeze(workspace, "v1", train=["meld:train", "meld-extra"], dev="meld:dev", test="meld:test")

Generated and recorded dialogues stay out of dev and test (unless the version is marked as a demo), the test
split stays out of everything else, turned-down and dropped dialogues stay out, contaminated ones must be
dropped by name, and every source keeps its hash and licence in the version. With `gate`, generated labels are data only
where it confirms them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from erc_engine.corpora.content import content_hash
from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.domain.conversation import Dialogue, Origin, Split
from erc_engine.domain.curation import AnnotatorKind
from erc_engine.domain.experiment import DatasetVersion, Source
from erc_engine.domain.generation_runs import RunState
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import ConflictError, InputError, RefusedError
from erc_engine.workflows.curation import benchmark_sources
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.version_gates import apply_gate
from erc_engine.workflows.version_labels import check_label_kind, keep_reviewed, use_votes
from erc_engine.workflows.version_parts import (
    Part,
    Soft,
    one_scheme,
    refuse_evaluation_as_train,
    refuse_repeated_sources,
    source_of,
)
from erc_engine.workflows.workspace import Workspace

LABEL_RULES = ("gold", "intended", "majority", "soft")


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
    gate: str | None = None,
    threshold: float = 0.5,
    most_masked: float = 0.3,
) -> DatasetVersion:
    """Make an immutable version. Refuses whatever would let test or generated text in where it must not be."""
    checked_name(name, "a version name")
    if labels is not None and labels not in LABEL_RULES:
        raise InputError(f"--labels cannot be '{labels}'", hint=f"one of {', '.join(LABEL_RULES)}")
    if not train:
        raise InputError("a version needs at least one train source", hint="--train NAME:train")
    parts = [source_of(workspace, given, Split.TRAIN, demo=demo) for given in train]
    parts += [source_of(workspace, dev, Split.DEV, demo=demo), source_of(workspace, test, Split.TEST, demo=demo)]
    scheme = one_scheme(parts)
    training = [part for part in parts if part.role == Split.TRAIN]
    refuse_repeated_sources(training)
    refuse_evaluation_as_train(parts)
    _note_unfinished_runs(workspace, training)
    if gate is not None:
        apply_gate(workspace, training, gate, threshold=threshold, most_masked=most_masked)
    if labels in ("majority", "soft"):
        use_votes(workspace, training, scheme, votes, soft=labels == "soft")
    elif labels is not None:
        check_label_kind(training, labels)
    if reviewed_only:
        keep_reviewed(workspace, training)
    _keep_clear_of_benchmarks(workspace, parts, drop_contaminated)
    return _save(workspace, name, scheme, labels, parts, demo)


def _note_unfinished_runs(workspace: Workspace, training: Sequence[Part]) -> None:
    for part in training:
        run = workspace.store.runs.by_name(part.corpus.name)
        if run is not None and run.state != RunState.COMPLETE:
            part.notes.append(
                f"the run that writes {part.corpus.name} is {run.state}: {sum(map(len, part.dialogues)):,} of "
                f"{run.settings.utterances:,} utterances"
            )


def _keep_clear_of_benchmarks(workspace: Workspace, parts: Sequence[Part], drop: bool) -> None:
    """No benchmark's dev or test text in generated dialogues; in real ones it is counted and written down."""
    sources = {f"{p.corpus.name}:{p.split}": p.dialogues for p in parts if p.role != Split.TRAIN}
    for name, dialogues in benchmark_sources(workspace):
        sources.setdefault(name, dialogues)
    index = ContaminationIndex(list(sources.items()))
    for part in parts:
        if part.role != Split.TRAIN:
            continue
        if part.corpus.origin == Origin.IMPORTED:
            part.notes += _shared_by_real_text(part, sources)
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
            raise RefusedError(
                f"every dialogue of '{part.corpus.name}' is contaminated",
                hint=f"look: erc duplicates {part.corpus.name}",
                code="contaminated",
            )


def _shared_by_real_text(part: Part, sources: Mapping[str, Sequence[Dialogue]]) -> list[str]:
    """One note for each dev or test split whose text stands in real train dialogues."""
    notes = []
    for name, dialogues in sources.items():
        index = ContaminationIndex([(name, dialogues)])  # alone, since evidence names the first source only
        if count := sum(bool(index.check(d)) for d in part.dialogues):
            notes.append(
                f"{count:,} of {len(part.dialogues):,} train dialogues of {part.corpus.name} share text with {name}; "
                "real data is kept as it is"
            )
    return notes


def _save(
    workspace: Workspace, name: str, scheme: LabelScheme, labels: str | None, parts: Sequence[Part], demo: bool
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
        hash=_hash(members, soft),
        scheme=scheme,
        labels=rule,
        sources=sources,
        demo=demo,
        notes=tuple(note for p in parts for note in p.notes),
        gates={p.corpus.name: dict(p.gate) for p in parts if p.gate},
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


def _hash(members: Mapping[Split, Sequence[Dialogue]], soft: Mapping[Split, Soft]) -> str:
    """Of the dialogues, and of the soft labels where a version has any."""
    of_dialogues = content_hash([d for split in Split for d in members[split]])
    shares = [(*key, sorted(label.items())) for labels in soft.values() for key, label in sorted(labels.items())]
    if not shares:
        return of_dialogues
    return hashlib.sha256(json.dumps([of_dialogues, shares]).encode()).hexdigest()
