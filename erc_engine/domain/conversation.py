"""Utterances, dialogues and corpora: what every step of the engine passes on.

    Dialogue("3", Split.TRAIN, (Utterance("3:0", "Ana", "You came!", "joy"),
                                Utterance("3:1", "Bo", "Barely.", "neutral")), episode="s01e02")

Ids are those of the source. A label is gold in an imported corpus and intended in a generated one;
None means that the turn is context only. Where labels by people are kept: `curation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from erc_engine.domain.labels import LabelDistribution, LabelScheme


class Split(StrEnum):
    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


class Origin(StrEnum):
    """Where the text comes from. `recorded` is a real model's output replayed, never a live model's."""

    IMPORTED = "imported"
    GENERATED = "generated"
    RECORDED = "recorded"


@dataclass(frozen=True)
class Licence:
    """Under what terms a corpus came, and whether its text may be sent to another machine."""

    name: str
    may_leave_machine: bool
    derivatives: bool = True
    note: str = ""


UNKNOWN_LICENCE = Licence("unknown", may_leave_machine=False, note="not stated at import")
OWN_LICENCE = Licence("Apache-2.0", may_leave_machine=True, note="written for this project")


@dataclass(frozen=True)
class Utterance:
    """One turn. `votes` are anonymous counts per label as the source gives them."""

    id: str
    speaker: str
    text: str
    label: str | None = None
    votes: Mapping[str, int] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialogue:
    """A conversation in order. `episode` groups dialogues that share scenes, speakers and topics."""

    id: str
    split: Split
    utterances: tuple[Utterance, ...]
    episode: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def speakers(self) -> tuple[str, ...]:
        """In order of first appearance."""
        return tuple(dict.fromkeys(u.speaker for u in self.utterances))

    @property
    def labels(self) -> tuple[str | None, ...]:
        return tuple(u.label for u in self.utterances)

    def __len__(self) -> int:
        return len(self.utterances)

    def with_labels(self, labels: Iterable[str | None]) -> Dialogue:
        pairs = zip(self.utterances, labels, strict=True)
        return replace(self, utterances=tuple(replace(u, label=label) for u, label in pairs))


@dataclass(frozen=True)
class Corpus:
    """Dialogues under one label scheme and one licence; `version` is the published version recognised, if any."""

    name: str
    kind: str
    scheme: LabelScheme
    dialogues: tuple[Dialogue, ...]
    licence: Licence = UNKNOWN_LICENCE
    origin: Origin = Origin.IMPORTED
    version: str | None = None

    def split(self, split: Split) -> tuple[Dialogue, ...]:
        return tuple(d for d in self.dialogues if d.split == split)

    def distribution(self, split: Split | None = None) -> LabelDistribution:
        chosen = self.dialogues if split is None else self.split(split)
        return LabelDistribution.of(self.scheme, (label for d in chosen for label in d.labels))
