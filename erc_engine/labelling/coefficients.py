"""Agreement coefficients from sums over dialogues, so that thousands of resamples cost one matrix product.

    sums = Sums.of(counts, dialogue_of_row)      # counts: (utterances, labels), how many votes each label got
    fleiss(sums.total())                         # () array: the coefficient of the whole
    fleiss(sums.weighted(weights))               # (resamples,): one for each row of dialogue weights

Agreement is counted on utterances with two votes or more, weighed alike, however many votes each has:

percent   mean over utterances of the share of pairs of votes that agree
fleiss    chance from the mean label shares of all utterances with a vote; with equally many votes everywhere this is
          Fleiss (1971, 10.1037/h0031619), else its generalisation by Gwet (2014, Handbook of Inter-Rater
          Reliability, ch. 2)
ac1       Gwet (2008, 10.1348/000711006X126600): chance from how evenly the labels are used; `labels_used` counts
          those that anybody used, as irrCAC does
alpha     Krippendorff (2011, nominal, missing votes allowed): utterances weigh by their votes, chance is drawn
          without replacement, utterances with one vote have no part
cohen     Cohen (1960, 10.1177/001316446002000104) of two annotators, from their confusion

A coefficient whose chance agreement is 1 is NaN here; `agreement` puts a reason in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sums:
    """Sums over utterances: the last axes are labels, the axes before are dialogues, resamples, or none."""

    voted: np.ndarray  # (…) utterances with a vote
    paired: np.ndarray  # (…) utterances with two votes or more
    agreement: np.ndarray  # (…) of the share of agreeing pairs
    shares: np.ndarray  # (…, labels) of the share of votes
    votes: np.ndarray  # (…, labels) on utterances with two votes or more
    disagreement: np.ndarray  # (…) of Krippendorff's observed disagreement

    @classmethod
    def of(cls, counts: np.ndarray, dialogue: np.ndarray, dialogues: int) -> Sums:
        """Sums for each dialogue; a row of `counts` is an utterance with one vote or more."""
        n = counts.sum(axis=1)
        paired = n > 1
        squares = (counts**2).sum(axis=1)

        def summed(values: np.ndarray) -> np.ndarray:
            total = np.zeros((dialogues, *values.shape[1:]))
            np.add.at(total, dialogue, values)
            return total

        return cls(
            voted=summed(np.ones(len(counts))),
            paired=summed(paired.astype(float)),
            agreement=summed(np.where(paired, (squares - n) / np.maximum(n * (n - 1), 1), 0.0)),
            shares=summed(counts / n[:, None]),
            votes=summed(np.where(paired[:, None], counts, 0)),
            disagreement=summed(np.where(paired, (n**2 - squares) / np.maximum(n - 1, 1), 0.0)),
        )

    def weighted(self, weights: np.ndarray) -> Sums:
        """The sums with each dialogue taken as often as its weight: (resamples, dialogues) in, resamples out."""
        return Sums(*(weights @ each for each in self._fields()))

    def total(self) -> Sums:
        return Sums(*(each.sum(axis=0) for each in self._fields()))

    def _fields(self) -> tuple[np.ndarray, ...]:
        return self.voted, self.paired, self.agreement, self.shares, self.votes, self.disagreement


def percent(sums: Sums) -> np.ndarray:
    return _ratio(sums.agreement, sums.paired)


def fleiss(sums: Sums) -> np.ndarray:
    shares = _ratio(sums.shares, sums.voted[..., None])
    return _beyond_chance(percent(sums), (shares**2).sum(axis=-1))


def ac1(sums: Sums, labels_used: int) -> np.ndarray:
    shares = _ratio(sums.shares, sums.voted[..., None])
    unevenness = (shares * (1 - shares)).sum(axis=-1)
    return _beyond_chance(percent(sums), _ratio(unevenness, np.full_like(unevenness, labels_used - 1)))


def alpha(sums: Sums) -> np.ndarray:
    n = sums.votes.sum(axis=-1)
    observed = _ratio(sums.disagreement, n)
    expected = _ratio((sums.votes * (n[..., None] - sums.votes)).sum(axis=-1), n * (n - 1))
    return 1 - _ratio(observed, expected)


def cohen(confusion: np.ndarray) -> np.ndarray:
    """From counts (…, labels, labels): rows are one annotator's labels, columns the other's."""
    n = confusion.sum(axis=(-2, -1))
    same = _ratio(np.trace(confusion, axis1=-2, axis2=-1), n)
    chance = _ratio((confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1), n**2)
    return _beyond_chance(same, chance)


def _beyond_chance(observed: np.ndarray, chance: np.ndarray) -> np.ndarray:
    return _ratio(observed - chance, 1 - chance)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the divisor is 0 but for rounding."""
    below = np.broadcast_to(below, np.shape(above))
    defined = np.abs(below) > 1e-12
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=defined)
