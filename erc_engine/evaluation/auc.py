"""How well scores rank two kinds of turns: the area under the ROC curve, with an interval from resampling dialogues.

    found = auc(scores, positive, dialogue, fold)        # arrays, one entry a turn
    found.value                                          # 0.5: no better than chance; 1: told apart always

The area is the share of pairs (one turn of each kind) in which the positive turn has the higher score, ties counting
half (Hanley & McNeil 1982, 10.1148/radiology.143.1.7063747). Only pairs of one fold count, since scores of two folds
come from two models.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from erc_engine.domain.curation import Measured
from erc_engine.evaluation.resampling import RESAMPLES, Drawn, Floats, measured, ratio

Ints = NDArray[np.int64]


def auc(
    scores: Floats,
    positive: NDArray[np.bool_],
    dialogue: Ints,
    fold: Ints,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Measured:
    """`dialogue` numbers the dialogues of both kinds; they are resampled within their kind. n counts turns."""
    ours, theirs = np.unique(dialogue[positive]), np.unique(dialogue[~positive])
    right = np.zeros((len(ours), len(theirs)))
    pairs = np.zeros_like(right)
    for number in np.unique(fold):
        here = fold == number
        above, all_ = _pairs(scores[here], positive[here], dialogue[here], ours, theirs)
        right, pairs = right + above, pairs + all_
    whole = ratio(np.asarray(right.sum()), np.asarray(pairs.sum()))
    random = np.random.default_rng(seed % 2**64)
    first, second = (_weights(random, len(each), resamples) for each in (ours, theirs))
    drawn = ratio((first @ right * second).sum(-1), (first @ pairs * second).sum(-1))
    few = min(len(ours), len(theirs)) < 2
    found = Drawn(whole, np.zeros(0) if few else drawn, 1 if few else len(ours))
    return measured(found, len(scores), "no fold has turns of both sets")


def _pairs(
    scores: Floats, positive: NDArray[np.bool_], dialogue: Ints, ours: Ints, theirs: Ints
) -> tuple[Floats, Floats]:
    """(our dialogues, their dialogues): pairs with our turn ranked higher, and all pairs."""
    mine, other = scores[positive], scores[~positive]
    order = np.argsort(other, kind="stable")
    other = other[order]
    column = np.searchsorted(theirs, dialogue[~positive])[order]
    below = np.zeros((len(other) + 1, len(theirs)))
    below[np.arange(len(other)) + 1, column] = 1
    below = below.cumsum(0)
    ranks = 0.5 * (below[np.searchsorted(other, mine, "left")] + below[np.searchsorted(other, mine, "right")])
    row = np.searchsorted(ours, dialogue[positive])
    belongs = np.zeros((len(ours), len(mine)))
    belongs[row, np.arange(len(mine))] = 1
    return belongs @ ranks, np.outer(belongs.sum(1), below[-1])


def _weights(random: np.random.Generator, dialogues: int, resamples: int) -> Floats:
    """How often each dialogue is drawn, for each resample."""
    drawn = random.integers(dialogues, size=(resamples, dialogues)) + dialogues * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * dialogues).reshape(resamples, dialogues).astype(float)
