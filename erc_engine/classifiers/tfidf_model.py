"""A trained tfidf model: all that a prediction needs, and how that is written down.

    model.probabilities(dialogues)               # (turns, labels)
    TfidfModel.read(model.document(), model.arrays())

How it is chosen and fitted: `tfidf_fitting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from erc_engine.classifiers.base import Floats, floored
from erc_engine.classifiers.linear import LinearWeights, carried, decisions, softmax
from erc_engine.classifiers.turn_features import Context, TermWeights, Vocabulary, count, features
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import LabelScheme

CONTEXTS: Mapping[str, Context] = {
    "none": Context(),
    "previous": Context(previous=0.15),
    "own last": Context(own_last=0.15),
    "both": Context(previous=0.15, own_last=0.15),
}


@dataclass(frozen=True)
class TfidfModel:
    """`usual` are the mean scores per label on held-out turns; `carry` how much of a speaker's last turn stays."""

    scheme: LabelScheme
    vocabulary: Vocabulary
    idf: TermWeights
    context: str
    carry: float
    sharpness: float
    usual: Floats
    weights: LinearWeights

    def probabilities(self, dialogues: Sequence[Dialogue]) -> Floats:
        table = count(dialogues, self.vocabulary)
        labels = len(self.scheme.names)
        scores = decisions(self.weights, features(table, self.idf, CONTEXTS[self.context]), labels)
        scores = carried(scores, table.own_last, self.usual, self.carry) * self.sharpness
        scores[:, np.setdiff1d(np.arange(labels), self.weights.present)] = -np.inf
        return floored(softmax(scores), self.weights.present)

    def document(self) -> dict[str, Any]:
        return {
            "scheme": self.scheme.to_json(),
            "vocabulary": {kind: list(terms) for kind, terms in vars(self.vocabulary).items()},
            "context": self.context,
            "carry": self.carry,
            "sharpness": self.sharpness,
        }

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "idf_words": self.idf.words,
            "idf_characters": self.idf.characters,
            "usual": self.usual,
            "coefficients": self.weights.coefficients,
            "intercepts": self.weights.intercepts,
            "present": self.weights.present,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """KeyError, TypeError or ValueError where a part is missing or does not fit the others."""
        model = cls(
            scheme=LabelScheme.from_json(document["scheme"]),
            vocabulary=Vocabulary(**{kind: tuple(terms) for kind, terms in document["vocabulary"].items()}),
            idf=TermWeights(arrays["idf_words"], arrays["idf_characters"]),
            context=document["context"],
            carry=float(document["carry"]),
            sharpness=float(document["sharpness"]),
            usual=arrays["usual"],
            weights=LinearWeights(arrays["coefficients"], arrays["intercepts"], arrays["present"]),
        )
        if not model._fits_together():
            raise ValueError("the weights do not fit the vocabulary and the scheme")
        return model

    def _fits_together(self) -> bool:
        labels, known = len(self.weights.present), len(self.scheme.names)
        return (
            self.weights.coefficients.shape == (labels, self.vocabulary.width)
            and self.weights.intercepts.shape == (labels,)
            and self.idf.words.shape == (len(self.vocabulary.words),)
            and self.idf.characters.shape == (len(self.vocabulary.characters),)
            and self.usual.shape == (known,)
            and set(self.weights.present.tolist()) <= set(range(known))
            and self.context in CONTEXTS
        )
