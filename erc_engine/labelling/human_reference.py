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

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured, Vote
from erc_engine.domain.disagreement import ReferenceRow
from erc_engine.domain.labels import LabelScheme
from erc_engine.evaluation.metrics import LabelCounts, accuracy, weighted_f1
from erc_engine.evaluation.resampling import RESAMPLES, Floats, bootstrap, measured
from erc_engine.labelling.counted_votes import table

LEAST_VOTES = 3
Scorer = Callable[[LabelCounts], Floats]
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
    number = {(d.id, u.id): row for row, d in enumerate(dialogues) for u in d.utterances}
    inside = [vote for vote in votes if (vote.dialogue, vote.utterance) in number]
    labels = len(scheme.names)
    # (which rows, dialogues, reference, vote), and the same of votes whose others have one leader
    sums = np.zeros((len(ROWS), len(dialogues), labels, labels))
    untied = np.zeros_like(sums)
    utterances = [0] * len(ROWS)
    for place, counts in table(inside, scheme).items():
        if sum(counts.values()) < LEAST_VOTES:
            continue
        has_majority = 2 * max(counts.values()) > sum(counts.values())
        for which in (0, 1 if has_majority else 2):
            utterances[which] += 1
            for said, n in counts.items():
                leading = _leading(counts, said)
                for reference in leading:
                    cell = which, number[place], scheme.index(reference), scheme.index(said)
                    sums[cell] += n / len(leading)
                    untied[cell] += n if len(leading) == 1 else 0
    if not utterances[0]:
        return ()

    def row(which: int) -> ReferenceRow:
        def score(per_dialogue: Floats, scorer: Scorer, none: str) -> Measured:
            n = round(per_dialogue.sum())
            drawn = bootstrap(lambda s: _scored(s, scorer), per_dialogue, seed=seed, resamples=resamples)
            return measured(drawn, n, none)

        voted = float(sums[which].sum())
        none = "no utterance is of this kind"
        return ReferenceRow(
            rows=ROWS[which],
            utterances=utterances[which],
            weighted_f1=score(sums[which], weighted_f1, none),
            accuracy=score(sums[which], accuracy, none),
            untied_f1=score(untied[which], weighted_f1, "the other votes are always tied"),
            tied=1 - float(untied[which].sum()) / voted if voted else None,
        )

    return tuple(row(which) for which in range(len(ROWS)))


def _leading(counts: Mapping[str, int], without: str) -> list[str]:
    """The labels that lead when one vote for `without` is taken out."""
    others = {label: n - (label == without) for label, n in counts.items()}
    most = max(others.values())
    return [label for label, n in others.items() if n == most]


def _scored(confusion: Floats, scorer: Scorer) -> Floats:
    counts = LabelCounts(np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(-1), confusion.sum(-2))
    found = scorer(counts)
    return np.where(confusion.sum((-2, -1)) > 0, found, np.nan)
