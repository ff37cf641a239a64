"""Which label of a train source is data: its own, the majority of votes, or their shares.

    use_votes(workspace, parts, scheme, AnnotatorKind.HUMAN, soft=True)

Ties become context. Votes of language models count only when asked for. Dev and test keep their gold labels.
"""

from __future__ import annotations

from collections.abc import Sequence

from erc_engine.domain.conversation import Origin
from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError, RefusedError
from erc_engine.labelling.soft_labels import soft_labels
from erc_engine.workflows.version_parts import Part
from erc_engine.workflows.workspace import Workspace


def check_label_kind(training: Sequence[Part], labels: str) -> None:
    others = 0
    for part in training:
        kind = "gold" if part.corpus.origin == Origin.IMPORTED else "intended"
        if kind != labels:
            part.notes.append(f"{part.corpus.name} has {kind} labels; '{labels}' does not apply to it")
            others += 1
    if others == len(training):
        raise RefusedError(
            f"no train source has {labels} labels", hint="imported corpora have gold labels, generated ones intended"
        )


def use_votes(
    workspace: Workspace, training: Sequence[Part], scheme: LabelScheme, kind: AnnotatorKind | None, *, soft: bool
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


def keep_reviewed(workspace: Workspace, training: Sequence[Part]) -> None:
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
