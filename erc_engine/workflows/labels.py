"""Votes in and out of the store, and how far annotators agree.

import_votes(workspace, "demo", Path("votes.jsonl"), kind=AnnotatorKind.LLM)
agreement(workspace, "demo")            one report per kind of annotators, never pooled
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.domain.conversation import Corpus
from erc_engine.domain.curation import AgreementReport, AnnotatorKind, DialogueState, Vote
from erc_engine.errors import InputError, NotFoundError
from erc_engine.labelling.agreement import agreement as agreement_of
from erc_engine.labelling.vote_files import VoteRow, read_votes, write_votes
from erc_engine.workflows.workspace import Workspace


@dataclass(frozen=True)
class VotesImported:
    corpus: str
    rows: int
    new: int
    annotators: tuple[str, ...]
    skipped: int

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "annotators": list(self.annotators)}


def import_votes(
    workspace: Workspace,
    name: str,
    path: Path,
    *,
    kind: AnnotatorKind | None = None,
    annotator: str | None = None,
    skip_unknown: bool = False,
) -> VotesImported:
    """Take votes of a file into the store; the same file again adds nothing. All or none."""
    corpus = workspace.store.corpora.get(name, states=tuple(DialogueState))
    rows = read_votes(path)
    votes: list[Vote] = []
    skipped = 0
    turns = {d.id: [u.id for u in d.utterances] for d in corpus.dialogues}
    for row in rows:
        if row.dialogue not in turns:
            if skip_unknown:
                skipped += 1
                continue
            raise NotFoundError(
                f"{path.name}, line {row.line}: '{name}' has no dialogue '{row.dialogue}'",
                hint="check the corpus, or skip such rows with --skip-unknown",
            )
        votes += _votes(corpus, row, turns[row.dialogue], path, kind, annotator)
    new = workspace.store.votes.add(votes, source=f"file {path.name}")
    return VotesImported(name, len(votes), new, tuple(sorted({v.annotator for v in votes})), skipped)


def _votes(
    corpus: Corpus, row: VoteRow, turns: list[str], path: Path, kind: AnnotatorKind | None, annotator: str | None
) -> Iterator[Vote]:
    where = f"{path.name}, line {row.line}"
    who = annotator or row.annotator
    if who is None:
        raise InputError(f"{where}: no annotator", hint="add a column 'annotator', or give --annotator NAME")
    if row.utterance is None and len(row.labels) != len(turns):
        raise InputError(f"{where}: {len(row.labels)} labels for the {len(turns)} turns of '{row.dialogue}'")
    if row.utterance is not None and row.utterance not in turns:
        raise NotFoundError(f"{where}: dialogue '{row.dialogue}' has no utterance '{row.utterance}'")
    for turn, written in zip([row.utterance] if row.utterance else turns, row.labels, strict=True):
        label = corpus.scheme.canonical(written)
        if label is None:
            raise InputError(
                f"{where}: '{written}' is not a label of scheme {corpus.scheme.name}",
                hint=f"labels: {', '.join(corpus.scheme.names)}",
            )
        yield Vote(
            corpus.name, row.dialogue, turn, who, kind or row.kind or AnnotatorKind.HUMAN, label, row.count,
            row.mode or "imported", row.seen or "unknown",
        )  # fmt: skip


def export_votes(workspace: Workspace, name: str, path: Path, *, kind: AnnotatorKind | None = None) -> int:
    """Write the votes of a corpus as JSONL, or CSV by the file's ending; how many rows."""
    workspace.store.corpora.stored(name)
    votes = workspace.store.votes.of(name, kind)
    write_votes(votes, path)
    return len(votes)


def agreement(
    workspace: Workspace, name: str, *, kind: AnnotatorKind | None = None, seed: int = 0, resamples: int = 1000
) -> tuple[AgreementReport, ...]:
    """One report per kind of annotators that has votes; the asked-for kind alone when one is given."""
    corpus = workspace.store.corpora.get(name)
    kinds = (kind,) if kind else workspace.store.votes.kinds(name)
    if not kinds:
        raise NotFoundError(f"'{name}' has no votes yet", hint=f"erc votes import {name} FILE")
    kept = {d.id for d in corpus.dialogues}
    reports = []
    for each in kinds:
        votes = [v for v in workspace.store.votes.of(name, each) if v.dialogue in kept]
        reports.append(agreement_of(votes, corpus.scheme, corpus.dialogues, seed=seed, resamples=resamples))
    return tuple(reports)
