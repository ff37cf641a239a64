"""Emotion labels, the schemes of the benchmarks, and how labels are distributed.

    meld = scheme("meld")
    meld.names                     # ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")
    meld.canonical(" Joyful ")     # "joy"
    LabelDistribution(meld, {"joy": 3, "neutral": 6}).share("joy")   # 0.333…

The order of a scheme is the order of every table and chart. Mappings between schemes are computed
from co-labelled lines and stand elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from erc_engine.errors import InputError


@dataclass(frozen=True)
class Label:
    """One emotion: `valence` and `arousal` are rough positions in [-1, 1], for ordering and distances."""

    name: str
    definition: str = ""
    colour: str = "#888888"
    valence: float = 0.0
    arousal: float = 0.0


@dataclass(frozen=True)
class LabelScheme:
    """A closed, ordered set of labels. `aliases` maps other spellings (lower case) to a name."""

    name: str
    labels: tuple[Label, ...]
    neutral: str | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [label.name for label in self.labels]
        if len(names) < 2 or len(set(names)) != len(names):
            raise InputError(
                f"label scheme '{self.name}' needs at least two different labels, seen: {', '.join(names) or 'none'}"
            )
        if self.neutral is not None and self.neutral not in names:
            raise InputError(f"neutral label '{self.neutral}' is not one of the labels of scheme '{self.name}'")

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    @cached_property
    def _by_spelling(self) -> Mapping[str, str]:
        return {**self.aliases, **{name.lower(): name for name in reversed(self.names)}}

    def index(self, name: str) -> int:
        return self.names.index(name)

    def canonical(self, written: str) -> str | None:
        """The label that a spelling stands for, or None when it is outside the scheme."""
        return self._by_spelling.get(written) or self._by_spelling.get(" ".join(written.lower().split()))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "labels": [vars(label) for label in self.labels],
            "neutral": self.neutral,
            "aliases": dict(self.aliases),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LabelScheme:
        return cls(
            name=data["name"],
            labels=tuple(Label(**label) for label in data["labels"]),
            neutral=data["neutral"],
            aliases=data["aliases"],
        )


# Okabe-Ito colours: told apart with every common colour blindness. One hue per emotion in all schemes.
GREY, YELLOW, ORANGE, VERMILION = "#8C8C8C", "#E69F00", "#D55E00", "#A6361C"
BLUE, SKY, GREEN, PURPLE = "#0072B2", "#56B4E9", "#009E73", "#CC79A7"

_NEUTRAL = Label("neutral", "no clear emotion: facts, questions and small talk", GREY, 0.0, 0.0)
_SURPRISE = Label("surprise", "something unexpected, pleasant or not", SKY, 0.1, 0.7)
_DISGUST = Label("disgust", "revulsion or strong dislike of a thing, a person or an act", GREEN, -0.6, 0.3)


def _named(name: str, definition: str, colour: str, valence: float, arousal: float) -> Label:
    return Label(name, definition, colour, valence, arousal)


def _joy(name: str) -> Label:
    return _named(name, "pleasure, delight, amusement or affection", YELLOW, 0.8, 0.5)


def _anger(name: str) -> Label:
    return _named(name, "annoyance up to rage, directed at someone or something", ORANGE, -0.6, 0.7)


def _sadness(name: str) -> Label:
    return _named(name, "loss, disappointment, hurt or regret", BLUE, -0.7, -0.4)


def _fear(name: str) -> Label:
    return _named(name, "worry, anxiety or fright about what may happen", PURPLE, -0.6, 0.6)


_SPELLINGS = {
    "joy": ("joyful", "happy", "happiness", "hap"),
    "anger": ("mad", "angry", "ang"),
    "sadness": ("sad",),
    "fear": ("scared", "fearful", "afraid"),
    "surprise": ("surprised", "sur"),
    "disgust": ("disgusted", "dis"),
    "neutral": ("neu", "no emotion", "no_emotion", "none"),
}


def _aliases(names: Iterable[str]) -> dict[str, str]:
    """Spellings of one emotion point to the name that a scheme uses for it."""
    found: dict[str, str] = {}
    names = tuple(names)
    for common, others in _SPELLINGS.items():
        group = (common, *others)
        inside = [name for name in names if name in group]
        if len(inside) == 1:
            found.update({spelling: inside[0] for spelling in group if spelling != inside[0]})
    return found


def _scheme(name: str, *labels: Label, **more: str) -> LabelScheme:
    names = [label.name for label in labels]
    neutral = next((n for n in names if n in ("neutral", "no emotion")), None)
    return LabelScheme(name, labels, neutral, {**_aliases(names), **more})


SCHEMES: Mapping[str, LabelScheme] = {
    s.name: s
    for s in (
        _scheme(
            "meld", _NEUTRAL, _joy("joy"), _SURPRISE, _anger("anger"), _sadness("sadness"), _DISGUST, _fear("fear")
        ),
        _scheme(
            "emorynlp",
            _NEUTRAL,
            _joy("joyful"),
            _fear("scared"),
            _anger("mad"),
            _named("peaceful", "calm, content, thankful, trusting", GREEN, 0.6, -0.5),
            _named("powerful", "proud, confident, in control, appreciated", VERMILION, 0.5, 0.4),
            _sadness("sad"),
        ),
        _scheme(
            "iemocap",
            _named("frustrated", "blocked, fed up, helpless annoyance", VERMILION, -0.5, 0.3),
            _NEUTRAL,
            _anger("angry"),
            _sadness("sad"),
            _named("excited", "eager, thrilled, high-spirited", "#F0C808", 0.7, 0.9),
            _joy("happy"),
            fru="frustrated",
            frustration="frustrated",
            exc="excited",
            excitement="excited",
        ),
        _scheme("iemocap4", _NEUTRAL, _joy("happy"), _anger("angry"), _sadness("sad"), exc="happy", excited="happy"),
        _scheme(
            "dailydialog",
            _named("no emotion", "no clear emotion", GREY, 0.0, 0.0),
            _anger("anger"),
            _DISGUST,
            _fear("fear"),
            _joy("happiness"),
            _sadness("sadness"),
            _SURPRISE,
        ),
        _scheme(
            "emotionlines",
            _NEUTRAL,
            _joy("joy"),
            _sadness("sadness"),
            _fear("fear"),
            _anger("anger"),
            _SURPRISE,
            _DISGUST,
            _named("non-neutral", "no label had three of five votes; neutral may still lead", "#BDBDBD", 0.0, 0.2),
        ),
    )
}


def scheme(name: str) -> LabelScheme:
    """The scheme of a benchmark by name."""
    if name not in SCHEMES:
        raise InputError(
            f"label scheme '{name}' is not known", hint=f"known schemes: {', '.join(SCHEMES)}; or give your own labels"
        )
    return SCHEMES[name]


def custom_scheme(name: str, labels: Iterable[str], neutral: str | None = None) -> LabelScheme:
    """A scheme from bare label names; neutral is taken by name when it is there and none is given."""
    names = tuple(labels)
    known = {label.name: label for s in SCHEMES.values() for label in s.labels}
    if neutral is None:
        neutral = next((n for n in names if n.lower() in ("neutral", "no emotion")), None)
    return LabelScheme(name, tuple(known.get(n, Label(n)) for n in names), neutral)


@dataclass(frozen=True)
class LabelDistribution:
    """How many labelled utterances each label of a scheme has."""

    scheme: LabelScheme
    counts: Mapping[str, int]

    @classmethod
    def of(cls, scheme: LabelScheme, labels: Iterable[str | None]) -> LabelDistribution:
        counts = dict.fromkeys(scheme.names, 0)
        for label in labels:
            if label is not None:
                counts[label] += 1
        return cls(scheme, counts)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def share(self, label: str) -> float:
        """Fraction of the labelled utterances, 0 when there are none."""
        return self.counts.get(label, 0) / self.total if self.total else 0.0

    @property
    def shares(self) -> dict[str, float]:
        return {name: self.share(name) for name in self.scheme.names}

    @property
    def imbalance_ratio(self) -> float | None:
        """Most frequent label over least frequent one; None (undefined) when a label is missing."""
        counts = [self.counts.get(name, 0) for name in self.scheme.names]
        return max(counts) / min(counts) if min(counts) else None

    @property
    def effective_labels(self) -> float:
        """exp of the entropy: how many equally frequent labels would be as varied (1 to the number of labels)."""
        return math.exp(-sum(p * math.log(p) for p in self.shares.values() if p)) if self.total else 0.0


def mix_tolerance(labels: int, utterances: int) -> float:
    """How far the shares of so many labels may be off in total variation: .05, or one utterance a label if more."""
    return max(0.05, labels / max(utterances, 1))


def total_variation(shares: Mapping[str, float], target: Mapping[str, float]) -> float:
    """Half the sum of absolute differences of two distributions over labels: 0 (equal) to 1 (disjoint)."""
    return 0.5 * sum(abs(shares.get(k, 0.0) - target.get(k, 0.0)) for k in {*shares, *target})
