"""How good predicted probabilities are: cross-entropy and expected calibration error.

    cross_entropy(np.array([[0.8, 0.2]]), np.array([[1.0, 0.0]]))          # 0.223… nats
    expected_calibration_error(np.array([[0.8, 0.2]]), np.array([0]))      # 0.2

Rows are utterances, columns labels in scheme order; `shares` is a soft label per row (one 1 for a hard one), `gold`
are positions in the scheme.
"""

from __future__ import annotations

import numpy as np

from erc_engine.evaluation.metrics import Floats, Ints

SMALLEST = 1e-12


def cross_entropy(probabilities: Floats, shares: Floats) -> float:
    """Mean of minus the log probability of the labels, weighted by share, in nats; 0 counts as 1e-12."""
    return float(-(shares * np.log(np.maximum(probabilities, SMALLEST))).sum() / len(shares))


def expected_calibration_error(probabilities: Floats, gold: Ints, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy of the first label, over equally wide bins (Guo et al. 2017)."""
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == gold
    where = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(where, weights=right.astype(float) - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(gold))
