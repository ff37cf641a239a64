"""Which labels two sources mix up: annotator and annotator, intended and perceived, judge and people.

    table = confusion("intended", intended, "majority of llm", majorities, scheme("meld"), dialogues)
    table.counts[0][1]                     # intended neutral, perceived joy
    table.places["neutral", "joy"]         # (("train/3", "train/3:1"), …)

    any_two(votes, scheme("meld"), dialogues)       # of anonymous votes as well: one vote against another one

A source is a label for each place (dialogue, utterance). A soft label without a single leader is a tie: it has a column
or row of its own and no part in kappa.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured, SoftLabel, Vote
from erc_engine.domain.disagreement import TIE, Confusion, Place
from erc_engine.domain.labels import LabelScheme
from erc_engine.evaluation.resampling import RESAMPLES, bootstrap, measured
from erc_engine.labelling.coefficients import cohen
from erc_engine.labelling.counted_votes import table

Source = Mapping[Place, str]
ANY_TWO = ("one vote", "another vote on the same utterance")


def majorities(soft: Mapping[Place, SoftLabel]) -> dict[Place, str]:
    """The label with the most votes, or TIE."""
    return {place: label.majority or TIE for place, label in soft.items()}


def confusion(
    rows_name: str,
    rows: Source,
    columns_name: str,
    columns: Source,
    scheme: LabelScheme,
    dialogues: Sequence[Dialogue],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Confusion:
    """Counts and utterances of each pair of labels, on the utterances that both sources say something about."""
    row_labels = (*scheme.names, *((TIE,) if TIE in rows.values() else ()))
    column_labels = (*scheme.names, *((TIE,) if TIE in columns.values() else ()))
    places: dict[tuple[str, str], list[Place]] = {}
    square = np.zeros((len(dialogues), len(scheme.names), len(scheme.names)))
    for number, d in enumerate(dialogues):
        for u in d.utterances:
            place = d.id, u.id
            if place not in rows or place not in columns:
                continue
            pair = rows[place], columns[place]
            places.setdefault(pair, []).append(place)
            if TIE not in pair:
                square[number, scheme.index(pair[0]), scheme.index(pair[1])] += 1
    n = int(square.sum())
    there = square[square.sum((1, 2)) > 0]
    kappa = Measured.undefined("no utterance has a label from both")
    if n:
        drawn = bootstrap(cohen, there, seed=seed, resamples=resamples)
        kappa = measured(drawn, n, "both give one label only: beyond chance nothing can be told")
    return Confusion(
        rows=rows_name,
        columns=columns_name,
        row_labels=row_labels,
        column_labels=column_labels,
        counts=tuple(tuple(float(len(places.get((a, b), ()))) for b in column_labels) for a in row_labels),
        places={pair: tuple(found) for pair, found in places.items()},
        kappa=kappa,
    )


def any_two(votes: Sequence[Vote], scheme: LabelScheme, dialogues: Sequence[Dialogue]) -> Confusion:
    """Pairs of votes on the same utterance: symmetric, and each utterance counts as one however many votes it has.

    An utterance with n votes adds c(a) · c(b) / (n (n − 1)) to cell (a, b), with c(b) − 1 when b is a. Kappa
    has no meaning here: agreement of several is Fleiss' kappa and alpha.
    """
    there = {(d.id, u.id) for d in dialogues for u in d.utterances}
    inside = [vote for vote in votes if (vote.dialogue, vote.utterance) in there]
    counts = np.zeros((len(scheme.names), len(scheme.names)))
    places: dict[tuple[str, str], list[Place]] = {}
    for place, votes_for in table(inside, scheme).items():
        n = sum(votes_for.values())
        if n < 2:
            continue
        for a, first in votes_for.items():
            for b, second in votes_for.items():
                pairs = first * (second - (a == b))
                if pairs:
                    counts[scheme.index(a), scheme.index(b)] += pairs / (n * (n - 1))
                    places.setdefault((a, b), []).append(place)
    return Confusion(
        *ANY_TWO,
        row_labels=scheme.names,
        column_labels=scheme.names,
        counts=tuple(tuple(float(n) for n in row) for row in counts),
        places={pair: tuple(found) for pair, found in places.items()},
        kappa=Measured.undefined("pairs of several annotators: see Fleiss' kappa and alpha"),
    )
