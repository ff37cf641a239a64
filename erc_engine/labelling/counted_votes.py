"""Which votes count, and how many there are for each label of each utterance.

    counted(votes)                          # without anchored ones and without votes that their giver revised
    table(votes, scheme)[("d1", "d1:0")]    # {"joy": 3, "neutral": 2}

Labels given in verify mode, with the intended label in sight, are anchored: they are kept in the store, but stay out
of soft labels and agreement. A named annotator has one vote an utterance, the last in the order given; anonymous
counts all count.
"""

from __future__ import annotations

from collections.abc import Iterable

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError

VERIFY = "verify"
Place = tuple[str, str]  # dialogue, utterance


def counted(votes: Iterable[Vote]) -> list[Vote]:
    """The votes that count, in the order of the first one for each utterance and annotator."""
    anonymous: list[Vote] = []
    named: dict[tuple[str, str, AnnotatorKind, str], Vote] = {}
    for vote in votes:
        if vote.mode == VERIFY:
            continue
        if vote.kind == AnnotatorKind.ANONYMOUS:
            anonymous.append(vote)
        else:
            named[vote.dialogue, vote.utterance, vote.kind, vote.annotator] = vote
    return [*anonymous, *named.values()]


def table(votes: Iterable[Vote], scheme: LabelScheme) -> dict[Place, dict[str, int]]:
    """Votes for each label of each utterance that has any; labels in the order of the scheme."""
    names = set(scheme.names)
    found: dict[Place, dict[str, int]] = {}
    for vote in counted(votes):
        if vote.label not in names:
            raise InputError(
                f"a vote for {vote.utterance!r} says '{vote.label}', which is not a label of scheme {scheme.name}",
                hint=f"labels: {', '.join(scheme.names)}",
            )
        counts = found.setdefault((vote.dialogue, vote.utterance), {})
        counts[vote.label] = counts.get(vote.label, 0) + (vote.count if vote.kind == AnnotatorKind.ANONYMOUS else 1)
    return {place: {name: counts[name] for name in scheme.names if name in counts} for place, counts in found.items()}
