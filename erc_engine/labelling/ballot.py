"""The votes of one kind of annotators on the utterances of some dialogues, as arrays.

    ballot = Ballot.of(votes, scheme("meld"), corpus.dialogues)
    ballot.counts          # (utterances with a vote, labels): [[3, 2, 0, 0, 0, 0, 0], …]
    ballot.dialogue        # which dialogue each row belongs to: [0, 0, 1, …]
    ballot.why_nothing     # "only one annotator (ana) has voted", or "" when agreement can be measured

Which votes count is decided in `counted_votes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError
from erc_engine.labelling.counted_votes import Place, counted, table


@dataclass(frozen=True)
class Ballot:
    """The votes that count: `counts` (utterances, labels), each row's dialogue from 0 up, and who gave which label."""

    scheme: LabelScheme
    anonymous: bool
    annotators: tuple[str, ...]
    counts: np.ndarray
    dialogue: np.ndarray
    by_annotator: dict[str, dict[Place, str]]
    rows: dict[Place, int]
    why_empty: str

    @classmethod
    def of(cls, votes: Sequence[Vote], scheme: LabelScheme, dialogues: Sequence[Dialogue]) -> Ballot:
        kinds = sorted({vote.kind for vote in votes})
        if len(kinds) > 1:
            raise InputError(
                f"agreement is of one kind of annotators, seen votes of {' and '.join(kinds)}", hint="choose one kind"
            )
        voted_on = {(vote.dialogue, vote.utterance) for vote in votes}
        turns = (((d.id, u.id), n) for n, d in enumerate(dialogues) for u in d.utterances)
        number = {place: n for place, n in turns if place in voted_on}
        counting = counted(votes)
        inside = [vote for vote in counting if (vote.dialogue, vote.utterance) in number]
        if not votes:
            why_empty = "there are no votes"
        elif not counting:
            why_empty = "all votes were given in verify mode, with the intended label in sight"
        else:
            why_empty = "no vote is on one of these dialogues"
        by_place = table(inside, scheme)
        column = {name: n for n, name in enumerate(scheme.names)}
        counts = np.zeros((len(by_place), len(column)), np.int64)
        for row, votes_for in enumerate(by_place.values()):
            for label, count in votes_for.items():
                counts[row, column[label]] = count
        by_annotator: dict[str, dict[Place, str]] = {}
        for vote in inside:
            by_annotator.setdefault(vote.annotator, {})[vote.dialogue, vote.utterance] = vote.label
        numbers = np.array([number[place] for place in by_place], np.int64)
        return cls(
            scheme=scheme,
            anonymous=kinds == [AnnotatorKind.ANONYMOUS],
            annotators=tuple(sorted(by_annotator)),
            counts=counts,
            dialogue=np.unique(numbers, return_inverse=True)[1],
            by_annotator=by_annotator,
            rows={place: row for row, place in enumerate(by_place)},
            why_empty=why_empty,
        )

    @property
    def dialogues(self) -> int:
        return len(np.unique(self.dialogue))

    @property
    def _is_paired(self) -> np.ndarray:
        return np.asarray(self.counts.sum(axis=1) > 1)

    @property
    def paired(self) -> int:
        """Utterances with two votes or more."""
        return int(self._is_paired.sum())

    @property
    def dialogues_paired(self) -> int:
        return len(np.unique(self.dialogue[self._is_paired]))

    @property
    def most_votes(self) -> int:
        return int(self.counts.sum(axis=1).max(initial=0))

    @property
    def why_nothing(self) -> str:
        """Why nothing at all can be said about agreement; empty when it can."""
        if not len(self.counts):
            return self.why_empty
        if not self.anonymous and len(self.annotators) < 2:
            return f"only one annotator ({self.annotators[0]}) has voted"
        return "" if self.paired else "no utterance has two votes"
