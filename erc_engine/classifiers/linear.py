"""A linear support vector machine per label, weighted, and its scores made into probabilities by one temperature.

    weights = fit_linear(X, labels, sample_weights, count=7, power=1.0, cost=0.1, seed=1)
    decisions(weights, X)                        # (turns, labels); about -1 for a sure no, +1 for a sure yes
    softmax(decisions(weights, X) * sharpness)

`power` is of the class weights: 0 leaves labels as frequent as they are, 1 makes all count the same ("balanced"),
0.5 lies between. One temperature for all labels (Guo et al. 2017) keeps every decision as it is. It makes the
confidence in the predicted label honest; under class weights a rare label still gets more probability than its share.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from erc_engine.classifiers.base import Floats, Ints

TOLERANCE = 0.01
MOST_ITERATIONS = 5_000
ABSENT = -2.0  # the score of a label that was not learnt: a surer no than any learnt one


@dataclass(frozen=True)
class LinearWeights:
    """float32 as they are saved: `coefficients` (labels, width) and `intercepts` for the labels in `present`."""

    coefficients: np.ndarray
    intercepts: np.ndarray
    present: Ints
    converged: bool = True


def fit_linear(matrix: Any, labels: Ints, weights: Floats, *, power: float, cost: float, seed: int) -> LinearWeights:
    """One against the rest, squared hinge loss (liblinear's dual). At least two labels must occur."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    present = np.unique(labels)
    mass = np.bincount(labels, weights=weights)[present]
    per_class = (mass.sum() / (len(present) * mass)) ** power
    model = LinearSVC(
        C=cost,
        class_weight=dict(zip(present.tolist(), per_class.tolist(), strict=True)),
        tol=TOLERANCE,
        max_iter=MOST_ITERATIONS,
        random_state=seed % 2**32,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(matrix, labels, sample_weight=weights)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(present) == 2:  # scikit-learn keeps one row for two labels
        coefficients, intercepts = np.vstack([-coefficients, coefficients]), np.hstack([-intercepts, intercepts])
    return LinearWeights(coefficients.astype(np.float32), intercepts.astype(np.float32), present, not caught)


def decisions(weights: LinearWeights, matrix: Any, labels: int) -> Floats:
    """Scores of all labels of the scheme, shape (turns, labels)."""
    scores = np.full((matrix.shape[0], labels), ABSENT)
    scores[:, weights.present] = matrix @ weights.coefficients.T.astype(np.float64) + weights.intercepts
    return scores


def carried(scores: Floats, own_last: Ints, usual: Floats, weight: float) -> Floats:
    """Scores with a share of those of the speaker's own last turn: feelings last longer than a turn.

    What is carried is how far the earlier turn's scores lie from the `usual` ones, so that a speaker's first
    turn stays as it is.
    """
    if not weight:
        return scores
    away = np.vstack([scores - usual, np.zeros_like(usual)])
    return scores + weight * away[own_last]


def softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(scores) else scores
    return raised / raised.sum(axis=1, keepdims=True)


def best_sharpness(scores: Floats, shares: Floats) -> float:
    """The factor (1 / temperature) that gives scores on unseen turns the lowest cross-entropy to their labels."""
    from scipy.optimize import minimize_scalar

    from erc_engine.evaluation.probabilities import cross_entropy

    found = minimize_scalar(
        lambda exponent: cross_entropy(softmax(scores * np.exp(exponent)), shares),
        bounds=(np.log(0.05), np.log(50.0)),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return float(np.exp(found.x))
