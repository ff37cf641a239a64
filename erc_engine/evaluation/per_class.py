"""F1 of each label with an interval from resampling whole dialogues.

    found = per_class_f1(gold, predicted, dialogue_ids, scheme)
    found["fear"]          # Measured(0.21, (0.08, 0.36), n=50); n counts gold utterances of the label

The same bootstrap as for the scores of a whole split (`significance`); a label that is neither gold nor predicted
is undefined, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from erc_engine.domain.curation import Measured
from erc_engine.domain.labels import LabelScheme
from erc_engine.evaluation.metrics import Floats, checked_pair
from erc_engine.evaluation.resampling import RESAMPLES, bootstrap, measured, ratio


def per_class_f1(
    gold: Sequence[str],
    predicted: Sequence[str],
    dialogues: Sequence[str],
    scheme: LabelScheme,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Measured]:
    """F1 by label in scheme order; `dialogues` names the dialogue of each utterance."""
    right_answers, answers = checked_pair(gold, predicted, scheme)
    order = {name: place for place, name in enumerate(dict.fromkeys(dialogues))}
    where = np.fromiter((order[name] for name in dialogues), dtype=np.int64, count=len(gold))
    labels = len(scheme.names)
    hits = right_answers == answers

    def counts(dialogue: np.ndarray, label: np.ndarray) -> np.ndarray:
        cells = np.bincount(dialogue * labels + label, minlength=len(order) * labels)
        return cells.reshape(len(order), labels).astype(np.float64)

    parts = (counts(where[hits], right_answers[hits]), counts(where, right_answers), counts(where, answers))
    sums = np.stack(parts, axis=1)
    drawn = bootstrap(_f1, sums, seed=seed, resamples=resamples)
    return {
        name: measured(drawn[i], int(sums[:, 1, i].sum()), "the label is neither gold nor predicted")
        for i, name in enumerate(scheme.names)
    }


def _f1(sums: Floats) -> Floats:
    return ratio(2 * sums[..., 0, :], sums[..., 1, :] + sums[..., 2, :])
