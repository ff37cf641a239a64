"""Words, characters, form, speaker and earlier turns under a linear model: quick, deterministic, hard to beat cheaply.

    model = TfidfClassifier(seed=1, options={"class_weights": "balanced"})
    model.fit(data).chosen     # {"class_weights": "balanced", "cost": 0.07, "context": "own last", "carry": 0.2, …}

Class weights, cost, context and carry are chosen by the rule of `selection`, in two steps over one set of counts
(weights and cost first, then context). Class weights come free and are the control that synthetic data must beat, so
an option can fix them; `speakers: false` leaves names unread. Nothing here knows the test split: `TrainingData` has
none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from erc_engine.classifiers.base import (
    FitReport,
    Floats,
    Progress,
    by_dialogue,
    dev_scores,
    refuse_unknown_options,
)
from erc_engine.classifiers.model_files import broken, read_model, write_model
from erc_engine.classifiers.selection import choose
from erc_engine.classifiers.tfidf_fitting import POWERS, Fitting, Setting
from erc_engine.classifiers.tfidf_model import CONTEXTS, TfidfModel
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.experiment import TrainingData
from erc_engine.errors import ErcError, InputError

COSTS = (0.07, 0.035, 0.14)
OPTIONS = ("class_weights", "context", "speakers")


class TfidfClassifier:
    name = "tfidf"

    def __init__(self, seed: int = 0, options: Mapping[str, Any] | None = None) -> None:
        self.seed = seed
        self.options = dict(options or {})
        refuse_unknown_options(self.name, self.options, OPTIONS)
        self._class_weights = _choice(self.options, "class_weights", ("balanced", "sqrt"), tuple(POWERS))
        self._contexts = _choice(self.options, "context", ("own last", "none", "previous", "both"), tuple(CONTEXTS))
        if not isinstance(self.options.get("speakers", True), bool):
            raise InputError(f"option speakers is {self.options['speakers']!r}", hint="use true or false")
        self._model: TfidfModel | None = None

    def fit(self, data: TrainingData, *, progress: Progress | None = None) -> FitReport:
        say = progress or _silent
        fitting = Fitting(data, seed=self.seed, with_speakers=self.options.get("speakers", True))
        say(f"{len(fitting.targets.hard)} turns counted, {fitting.vocabulary.width} features")
        for class_weights in self._class_weights:
            for cost in COSTS:
                fitting.try_out(Setting(class_weights, cost, self._contexts[0]), say)
        best = choose(fitting.trials).candidate.setting
        for context in self._contexts[1:]:
            fitting.try_out(replace(best, context=context), say)
        chosen = choose(fitting.trials).candidate
        self._model, calibration = fitting.finish(chosen)
        tried = [trial.told(trial.candidate.told()) for trial in fitting.trials]
        return FitReport(
            chosen={**chosen.told(), **calibration, "tried": tried},
            dev=dev_scores(self.predict_proba(data.dev), data),
            notes=tuple(fitting.notes),
        )

    def predict_proba(self, dialogues: Sequence[Dialogue]) -> list[Floats]:
        if self._model is None:
            raise InputError("the classifier is not trained", hint="fit it, or load a trained one")
        return by_dialogue(self._model.probabilities(dialogues), dialogues)

    def save(self, folder: Path) -> None:
        if self._model is None:
            raise InputError("the classifier is not trained", hint="fit it before saving it")
        document = {"classifier": self.name, "seed": self.seed, "options": self.options, **self._model.document()}
        write_model(folder, document, self._model.arrays())

    @classmethod
    def load(cls, folder: Path) -> Self:
        document, arrays = read_model(folder, cls.name)
        try:
            classifier = cls(document["seed"], document["options"])
            classifier._model = TfidfModel.read(document, arrays)
        except (KeyError, TypeError, ValueError, AttributeError, ErcError) as error:
            raise broken(folder, f"{type(error).__name__}: {error}") from None
        return classifier


def _silent(_: str) -> None:
    """Nobody listens."""


def _choice(options: Mapping[str, Any], name: str, several: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """The values to choose among: all of `several`, or the one that is asked for."""
    asked = options.get(name, "auto")
    if asked == "auto":
        return several
    if asked not in known:
        raise InputError(f"option {name} is '{asked}'", hint=f"use auto, {', '.join(known)}")
    return (asked,)
