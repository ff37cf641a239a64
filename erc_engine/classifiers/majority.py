"""The floor: every turn gets the label shares of train, so that its prediction is the most frequent label.

build(TrainingSettings("majority", seed=0)).fit(data).dev.weighted_f1      # 0.25 on MELD's dev

A classifier that does not beat this has learnt nothing from the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from erc_engine.classifiers.base import (
    FitReport,
    Floats,
    Progress,
    by_dialogue,
    dev_scores,
    floored,
    refuse_unknown_options,
    targets,
)
from erc_engine.classifiers.model_files import broken, read_model, write_model
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.experiment import TrainingData
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import ErcError, InputError


class MajorityClassifier:
    name = "majority"

    def __init__(self, seed: int = 0, options: Mapping[str, Any] | None = None) -> None:
        refuse_unknown_options(self.name, options or {}, ())
        self.seed = seed
        self._scheme: LabelScheme | None = None
        self._shares: Floats = np.zeros(0)

    def fit(self, data: TrainingData, *, progress: Progress | None = None) -> FitReport:
        found = targets(data)
        mass = found.mass(len(data.scheme.names))
        self._scheme = data.scheme
        self._shares = floored(mass[None, :] / mass.sum(), found.present)[0]
        chosen = {"label": data.scheme.names[int(self._shares.argmax())]}
        return FitReport(chosen, dev_scores(self.predict_proba(data.dev), data))

    def predict_proba(self, dialogues: Sequence[Dialogue]) -> list[Floats]:
        if self._scheme is None:
            raise InputError("the classifier is not trained", hint="fit it, or load a trained one")
        return by_dialogue(np.tile(self._shares, (sum(len(d) for d in dialogues), 1)), dialogues)

    def save(self, folder: Path) -> None:
        if self._scheme is None:
            raise InputError("the classifier is not trained", hint="fit it before saving it")
        document = {"classifier": self.name, "seed": self.seed, "scheme": self._scheme.to_json()}
        write_model(folder, document, {"shares": self._shares})

    @classmethod
    def load(cls, folder: Path) -> Self:
        document, arrays = read_model(folder, cls.name)
        try:
            model = cls(document["seed"])
            model._scheme = LabelScheme.from_json(document["scheme"])
            model._shares = arrays["shares"]
        except (KeyError, TypeError, ValueError, ErcError) as error:
            raise broken(folder, f"{type(error).__name__}: {error}") from None
        if model._shares.shape != (len(model._scheme.names),):
            raise broken(folder, "the weights do not fit the scheme")
        return model
