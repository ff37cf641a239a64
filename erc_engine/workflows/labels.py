"""Votes in and out of the store, and how far annotators agree.

import_votes(workspace, "demo", Path("votes.jsonl"), kind=AnnotatorKind.LLM)
agreement(workspace, "demo")            one report per kind of annotators, never pooled
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from erc_engine.domain.conversation import Corpus
from erc_engine.domain.curation import AgreementReport, AnnotatorKind, DialogueState, Vote
from erc_engine.errors import InputError, NotFoundError, RefusedError
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
    """Take votes of a file into the store, all or none; the same votes again, in whatever file, add nothing."""
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
    votes = _counted(votes)
    missing = _not_there_yet(workspace, name, votes)
    new = workspace.store.votes.add(
        [vote for vote, _ in missing], source=f"file {path.name}", given=[given for _, given in missing]
    )
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


def _counted(votes: Sequence[Vote]) -> list[Vote]:
    """Anonymous rows that say the same are one vote with their count; named ones stay as they are."""
    counts: Counter[Vote] = Counter()
    for vote in votes:
        if vote.kind == AnnotatorKind.ANONYMOUS:
            counts[replace(vote, count=1)] += vote.count
    named = [vote for vote in votes if vote.kind != AnnotatorKind.ANONYMOUS]
    return [*named, *(replace(vote, count=n) for vote, n in counts.items())]


def _not_there_yet(workspace: Workspace, name: str, votes: Sequence[Vote]) -> list[tuple[Vote, int]]:
    """Without counts that stand in the store already, and without what a named annotator says there last.

    With each goes how many votes its annotator gave there before it, so that a label can be set back: the last wins.
    """
    there = workspace.store.votes.of(name)
    added = there[: len(there) - len(workspace.store.review.votes(name))]  # those of reviews come last
    counts = {vote for vote in there if vote.kind == AnnotatorKind.ANONYMOUS}
    before, current, now = ({_giver(vote): vote for vote in some} for some in (there, added, votes))
    given = Counter(_giver(vote) for vote in added)
    said = {giver for giver, last in now.items() if last in (before.get(giver), current.get(giver))}
    missing = []
    for vote in votes:
        giver = _giver(vote)
        if vote.kind == AnnotatorKind.ANONYMOUS:
            if vote not in counts:
                missing.append((vote, 0))
        elif giver not in said and vote != current.get(giver):
            missing.append((vote, given[giver]))
            current[giver] = vote
            given[giver] += 1
    return missing


def _giver(vote: Vote) -> tuple[str, ...]:
    """Whose vote it is on what: a later one with the same takes its place."""
    return vote.dialogue, vote.utterance, vote.kind, vote.annotator, vote.mode


def export_votes(workspace: Workspace, name: str, path: Path, *, kind: AnnotatorKind | None = None) -> int:
    """Write the votes of a corpus as JSONL, or CSV by the file's ending; how many rows."""
    licence = workspace.store.corpora.stored(name).licence
    votes = workspace.store.votes.of(name, kind)
    if not licence.derivatives and any(v.kind == AnnotatorKind.ANONYMOUS for v in votes):
        raise RefusedError(
            f"the anonymous votes of '{name}' are its source's own, under {licence.name}: nothing of it is exported",
            hint="export the votes of your own annotators alone: --kind human",
        )
    write_votes(votes, path)
    return len(votes)


def agreement(
    workspace: Workspace, name: str, *, kind: AnnotatorKind | None = None, seed: int = 0, resamples: int = 1000
) -> tuple[AgreementReport, ...]:
    """One report per kind of annotators that has votes; the asked-for kind alone when one is given."""
    if seed < 0:
        raise InputError(f"the seed cannot be {seed}", hint="0 or more")
    corpus = workspace.store.corpora.get(name)
    kinds = (kind,) if kind else workspace.store.votes.kinds(name)
    if not kinds:
        raise NotFoundError(f"'{name}' has no votes yet", hint=f"erc votes import {name} FILE")
    kept = {d.id for d in corpus.dialogues}
    reports = []
    for each in kinds:
        votes = [v for v in workspace.store.votes.of(name, each) if v.dialogue in kept]
        report = agreement_of(votes, corpus.scheme, corpus.dialogues, seed=seed, resamples=resamples)
        reports.append(replace(report, corpus=name, kind=str(each)))  # neither is known to it without votes
    return tuple(reports)
