"""One fit of tfidf: counts made once, candidates fitted on all of train and on folds, the best one calibrated.

    fitting = Fitting(data, seed=1)
    fitting.try_out(Setting("balanced", 0.07, "own last"))      # three folds and all of train, about a second on MELD
    model, told = fitting.finish(choose(fitting.trials).candidate)

Scores on held-out folds serve three ends: choosing, calibrating, and the usual scores that `carried` starts from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from erc_engine.classifiers.base import Floats, Ints, Progress, hard_labels, targets
from erc_engine.classifiers.linear import LinearWeights, best_sharpness, carried, decisions, fit_linear, softmax
from erc_engine.classifiers.selection import Trial, f1_pair, grouped_folds
from erc_engine.classifiers.tfidf_model import CONTEXTS, TfidfModel
from erc_engine.classifiers.turn_features import (
    TermWeights,
    count,
    features,
    inverse_document_frequency,
    learn_vocabulary,
)
from erc_engine.domain.experiment import TrainingData

POWERS: Mapping[str, float] = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}
CARRIES = (0.0, 0.1, 0.2, 0.3)


@dataclass(frozen=True)
class Setting:
    """What needs a fit of its own."""

    class_weights: str
    cost: float
    context: str


@dataclass(frozen=True)
class Candidate:
    """A setting and how much of the scores of the speaker's last turn is carried over, which needs no fit."""

    setting: Setting
    carry: float

    def told(self) -> dict[str, Any]:
        return {**vars(self.setting), "carry": self.carry}


@dataclass(frozen=True)
class _Fitted:
    """Weights from all of train, their scores on dev, and the folds' scores on the turns that they held out."""

    weights: LinearWeights
    dev: Floats
    held_out: Floats
    usual: Floats


@dataclass
class _Part:
    """Turns to learn from, the term weights that they give, and the last matrix made with these."""

    turns: Ints
    idf: TermWeights
    context: str | None = None
    matrix: Any = None


class Fitting:
    def __init__(self, data: TrainingData, *, seed: int, with_speakers: bool = True) -> None:
        self.data, self.seed = data, seed
        self.targets = targets(data)
        self.labels = len(data.scheme.names)
        self.vocabulary = learn_vocabulary(data.train, with_speakers=with_speakers)
        self.table = count(data.train, self.vocabulary)
        labelled = np.flatnonzero(self.targets.hard >= 0)
        self.whole = _Part(labelled, inverse_document_frequency(self.table, labelled))
        self.folds = [
            (_Part(kept, inverse_document_frequency(self.table, kept)), held)
            for kept, held in grouped_folds(data.train, self.targets.hard, seed=seed)
        ]
        held = np.isin(np.arange(len(self.targets.hard)), [turn for _, out in self.folds for turn in out])
        self.held_rows = np.flatnonzero(held & (self.targets.hard >= 0))
        dev = hard_labels(data.dev, {name: i for i, name in enumerate(data.scheme.names)}, "dev")
        self.dev_rows = np.flatnonzero(dev >= 0)
        self.dev_gold, self.held_gold = dev[self.dev_rows], self.targets.hard[self.held_rows]
        self.dev_table = count(data.dev, self.vocabulary)
        self.trials: list[Trial[Candidate]] = []
        self.fitted: dict[Setting, _Fitted] = {}
        self.notes = self._limits()

    def _limits(self) -> list[str]:
        notes = []
        absent = [name for i, name in enumerate(self.data.scheme.names) if i not in self.targets.present]
        if absent:
            notes.append(f"train has no {', '.join(absent)}: never predicted")
        if not len(self.dev_rows):
            notes.append("dev has no labels: chosen on folds of train alone")
        if not self.folds:
            notes.append("train is too small for folds that keep episodes whole: probabilities are not calibrated")
        return notes

    def try_out(self, setting: Setting, say: Progress) -> None:
        """Fit a setting and add a trial for every carry."""
        if setting in self.fitted:
            return
        weights = self._fit(setting, self.whole)
        dev = decisions(weights, features(self.dev_table, self.whole.idf, CONTEXTS[setting.context]), self.labels)
        held_out = np.zeros((len(self.targets.hard), self.labels))
        for part, held in self.folds:
            matrix = self._matrix(part, setting.context)[held]
            held_out[held] = decisions(self._fit(setting, part), matrix, self.labels)
        usual = held_out[self.held_rows].mean(0) if len(self.held_rows) else np.zeros(self.labels)
        self.fitted[setting] = fitted = _Fitted(weights, dev, held_out, usual)
        for carry in CARRIES if self.folds else CARRIES[:1]:
            dev_scores = carried(dev, self.dev_table.own_last, usual, carry)[self.dev_rows]
            trial = Trial(
                Candidate(setting, carry),
                f1_pair(dev_scores, self.dev_gold),
                f1_pair(self._held_out(fitted, carry), self.held_gold),
            )
            self.trials.append(trial)
        best = max(trial.weighted for trial in self.trials if trial.candidate.setting == setting)
        say(
            f"{setting.class_weights} weights, cost {setting.cost:g}, context {setting.context}: "
            f"weighted F1 on dev and folds {best:.4f}"
        )

    def finish(self, candidate: Candidate) -> tuple[TfidfModel, dict[str, Any]]:
        """The chosen candidate with calibrated probabilities, and how well calibrated they are on the folds."""
        from erc_engine.evaluation.probabilities import cross_entropy, expected_calibration_error

        fitted = self.fitted[candidate.setting]
        sharpness, told = 1.0, {}
        if len(self.held_rows):
            scores = self._held_out(fitted, candidate.carry)
            shares = self.targets.shares(self.labels)[self.held_rows]
            sharpness = best_sharpness(scores, shares)
            calibrated = softmax(scores * sharpness)
            told = {
                "cross_entropy_on_folds": cross_entropy(calibrated, shares),
                "calibration_error_on_folds": expected_calibration_error(calibrated, self.held_gold),
            }
        if not fitted.weights.converged:
            self.notes.append("the linear model did not converge: scores may move a little with the seed")
        model = TfidfModel(
            scheme=self.data.scheme,
            vocabulary=self.vocabulary,
            idf=self.whole.idf,
            context=candidate.setting.context,
            carry=candidate.carry,
            sharpness=sharpness,
            usual=fitted.usual,
            weights=fitted.weights,
        )
        return model, {"sharpness": sharpness, **told}

    def _held_out(self, fitted: _Fitted, carry: float) -> Floats:
        return carried(fitted.held_out, self.table.own_last, fitted.usual, carry)[self.held_rows]

    def _matrix(self, part: _Part, context: str) -> Any:
        """Features of all train turns under a part's term weights, kept while settings share the context."""
        if part.context != context:
            part.matrix, part.context = features(self.table, part.idf, CONTEXTS[context]), context
        return part.matrix

    def _fit(self, setting: Setting, part: _Part) -> LinearWeights:
        chosen = np.isin(self.targets.turns, part.turns)
        return fit_linear(
            self._matrix(part, setting.context)[self.targets.turns[chosen]],
            self.targets.labels[chosen],
            self.targets.weights[chosen],
            power=POWERS[setting.class_weights],
            cost=setting.cost,
            seed=self.seed,
        )
