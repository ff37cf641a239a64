"""How well one annotator predicts the others: a reference for models, measured without circularity.

    rows = leave_one_out(votes, scheme("emotionlines"), corpus.dialogues)
    rows[0].weighted_f1       # all utterances: each vote against the plurality of the other votes on its utterance

Scored against a label that contains the annotator's own vote, an annotator looks better than he is. So each vote is
taken out, the plurality of the others is the reference, and the vote is the prediction; all votes together make one
confusion matrix, from which weighted F1 and accuracy come. When k labels of the others lead together, each is the
reference with weight 1/k, which is what breaking the tie at random gives on average.

It is a reference, no ceiling: a model that has seen many labelled dialogues can come nearer to a majority than one
person does. Utterances whose votes have a majority (more than half) and those without are also given apart, since the
first are easy by construction and the second cannot be won. Works on anonymous counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured, Vote
from erc_engine.domain.disagreement import ReferenceRow
from erc_engine.domain.labels import LabelScheme
from erc_engine.evaluation.metrics import LabelCounts, accuracy, weighted_f1
from erc_engine.evaluation.resampling import RESAMPLES, Floats, bootstrap, measured
from erc_engine.labelling.counted_votes import table

LEAST_VOTES = 3
ROWS = ("all", "with a majority", "without a majority")


def leave_one_out(
    votes: Sequence[Vote],
    scheme: LabelScheme,
    dialogues: Sequence[Dialogue],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[ReferenceRow, ...]:
    """Rows for all utterances with three votes or more, those with and those without a majority.

    Empty when there is no such utterance. Intervals are from resampling dialogues.
    """
    voted_on = {(vote.dialogue, vote.utterance) for vote in votes}
    turns = (((d.id, u.id), row) for row, d in enumerate(dialogues) for u in d.utterances)
    number = {place: row for place, row in turns if place in voted_on}
    inside = [vote for vote in votes if (vote.dialogue, vote.utterance) in number]
    labels = len(scheme.names)
    # (dialogues, which rows, all votes or those whose others have one leader, reference, vote)
    sums = np.zeros((len(dialogues), len(ROWS), 2, labels, labels))
    place_of = {name: n for n, name in enumerate(scheme.names)}
    utterances = [0] * len(ROWS)
    for place, given in table(inside, scheme).items():
        if sum(given.values()) < LEAST_VOTES:
            continue
        has_majority = 2 * max(given.values()) > sum(given.values())
        for which in (0, 1 if has_majority else 2):
            utterances[which] += 1
            for said, n in given.items():
                leading = _leading(given, said)
                for reference in leading:
                    cell = place_of[reference], place_of[said]
                    sums[number[place], which, 0, *cell] += n / len(leading)
                    sums[number[place], which, 1, *cell] += n if len(leading) == 1 else 0
    if not utterances[0]:
        return ()

    # (which rows, all votes or untied ones, weighted F1 and accuracy), from one drawing for all
    scores = bootstrap(_scored, sums, seed=seed, resamples=resamples)
    counts = sums.sum(axis=(0, 3, 4))

    def row(which: int) -> ReferenceRow:
        def score(untied: int, scorer: int, none: str) -> Measured:
            return measured(scores[which, untied, scorer], round(counts[which, untied]), none)

        voted, clear = (float(n) for n in counts[which])
        none = "no utterance is of this kind"
        return ReferenceRow(
            rows=ROWS[which],
            utterances=utterances[which],
            weighted_f1=score(0, 0, none),
            accuracy=score(0, 1, none),
            untied_f1=score(1, 0, "the other votes are always tied"),
            tied=1 - clear / voted if voted else None,
        )

    return tuple(row(which) for which in range(len(ROWS)))


def _leading(counts: Mapping[str, int], without: str) -> list[str]:
    """The labels that lead when one vote for `without` is taken out."""
    others = {label: n - (label == without) for label, n in counts.items()}
    most = max(others.values())
    return [label for label, n in others.items() if n == most]


def _scored(confusion: Floats) -> Floats:
    """Weighted F1 and accuracy of (…, labels, labels) counts; NaN for none."""
    counts = LabelCounts(np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(-1), confusion.sum(-2))
    found = np.stack([weighted_f1(counts), accuracy(counts)], -1)
    return np.where(confusion.sum((-2, -1))[..., None] > 0, found, np.nan)
