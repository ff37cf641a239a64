"""How far the annotators of a corpus agree, with intervals from resampling dialogues.

    report = agreement(votes, scheme("meld"), corpus.dialogues)
    report.fleiss        # Measured(0.338, (0.330, 0.346), n=14503)
    report.cohen         # Measured(None, reason="the votes are anonymous: …")

One report is about one kind of annotators. The coefficients stand in `coefficients`, which votes count and what they
are about in `ballot`. Utterances of one dialogue share context and annotators: resampling utterances would make
intervals too narrow, so dialogues are drawn with replacement (percentile bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import AgreementReport, Measured, Vote
from erc_engine.domain.labels import LabelScheme
from erc_engine.labelling.ballot import Ballot
from erc_engine.labelling.coefficients import Sums, ac1, alpha, cohen, fleiss, percent

CONFIDENCE = 0.95
RESAMPLES_AT_ONCE = 256


def agreement(
    votes: Sequence[Vote], scheme: LabelScheme, dialogues: Sequence[Dialogue], *, seed: int = 0, resamples: int = 1000
) -> AgreementReport:
    """Agreement on the utterances of `dialogues`; votes on others are left out.

    Agreement is counted on utterances with two votes or more, which may differ in number; Cohen's kappa is for
    exactly two named annotators, on the utterances that both labelled. What cannot be computed is undefined with
    its reason. `annotators` of anonymous votes is the most votes that an utterance has.
    """
    ballot = Ballot.of(votes, scheme, dialogues)
    reason = ballot.why_nothing
    if reason:
        measures = dict.fromkeys(("percent", "cohen", "fleiss", "alpha", "ac1"), Measured.undefined(reason))
    else:
        sums = Sums.of(ballot.counts, ballot.dialogue, ballot.dialogues)
        drawn = [sums.weighted(weights) for weights in dialogue_weights(ballot.dialogues, resamples, seed)]

        def measured(coefficient: Callable[[Sums], np.ndarray]) -> Measured:
            value, values = coefficient(sums.total()), [coefficient(each) for each in drawn]
            return _measured(value, values, ballot.paired, ballot.dialogues)

        measures = {
            "percent": measured(percent),
            "cohen": _cohen(ballot, seed, resamples),
            "fleiss": measured(fleiss),
            "alpha": measured(alpha),
            "ac1": measured(lambda each: ac1(each, int((sums.total().shares > 0).sum()))),
        }
    return AgreementReport(
        corpus=votes[0].corpus if votes else "",
        kind=str(votes[0].kind) if votes else "",
        annotators=ballot.most_votes if ballot.anonymous else len(ballot.annotators),
        utterances=ballot.paired,
        dialogues=ballot.dialogues_paired,
        **measures,
    )


def _cohen(ballot: Ballot, seed: int, resamples: int) -> Measured:
    if ballot.anonymous:
        return Measured.undefined("the votes are anonymous: Cohen's kappa needs to know who gave which")
    if len(ballot.annotators) != 2:
        names = ", ".join(ballot.annotators[:5]) + (", …" if len(ballot.annotators) > 5 else "")
        return Measured.undefined(f"Cohen's kappa is for two annotators, here are {len(ballot.annotators)} ({names})")
    first, second = (ballot.by_annotator[name] for name in ballot.annotators)
    both = [place for place in first if place in second]
    dialogue = np.unique(ballot.dialogue[[ballot.rows[place] for place in both]], return_inverse=True)[1]
    labels = len(ballot.scheme.names)
    confusion = np.zeros((dialogue.max() + 1, labels, labels))
    for number, place in zip(dialogue, both, strict=True):
        confusion[number, ballot.scheme.index(first[place]), ballot.scheme.index(second[place])] += 1
    weights = dialogue_weights(len(confusion), resamples, seed)
    drawn = [cohen(np.tensordot(each, confusion, axes=1)) for each in weights]
    return _measured(cohen(confusion.sum(axis=0)), drawn, len(both), len(confusion))


def dialogue_weights(dialogues: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """How often each dialogue is drawn, in blocks of resamples (rows): as many draws as there are dialogues."""
    random = np.random.default_rng(seed)
    for start in range(0, resamples, RESAMPLES_AT_ONCE):
        rows = min(RESAMPLES_AT_ONCE, resamples - start)
        drawn = random.integers(0, dialogues, (rows, dialogues)) + np.arange(rows)[:, None] * dialogues
        yield np.bincount(drawn.ravel(), minlength=rows * dialogues).reshape(rows, dialogues).astype(float)


def _measured(value: np.ndarray, drawn: Sequence[np.ndarray], n: int, dialogues: int) -> Measured:
    """The value with its percentile interval, or without one; undefined when chance agreement is certain."""
    if not np.isfinite(value):
        return Measured.undefined("all votes that can be compared are for one label: beyond chance nothing can be told")
    if dialogues < 2:
        return Measured(float(value), None, n, "no interval: all votes are on one dialogue")
    values = np.concatenate(drawn) if drawn else np.zeros(0)
    defined = values[np.isfinite(values)]
    if not len(values) or len(defined) < CONFIDENCE * len(values):
        why = "too often undefined in resamples of so few votes" if len(values) else "no resamples were asked for"
        return Measured(float(value), None, n, f"no interval: {why}")
    low, high = np.quantile(defined, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Measured(float(value), (float(low), float(high)), n)
