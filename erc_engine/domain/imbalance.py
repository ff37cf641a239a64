"""Reports on how labels are spread and how they follow each other.

    LabelBalance("meld:train", ..., counts={"neutral": 4710, "fear": 268}, imbalance_ratio=Measured(17.6, …, 9989))
    Dynamics("meld:train", ..., inertia=Measured(0.223, (0.206, 0.239), 7174))
    Gap(add={"fear": 4442, …})        utterances to add until the wanted shares are met

What they mean stands in `curation.imbalance` and `curation.dynamics`. A share is a fraction of 1; n counts utterances
(of dynamics: pairs of turns); what is undefined is a Measured with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erc_engine.domain.curation import Measured
from erc_engine.domain.labels import LabelScheme

POSITIONS = ("opening turn", "first third", "middle third", "last third", "closing turn")
Counts = tuple[tuple[int, ...], ...]


def _json(values: Mapping[str, Measured]) -> dict[str, Any]:
    return {name: value.to_json() for name, value in values.items()}


@dataclass(frozen=True)
class SpeakerLabels:
    speaker: str
    utterances: int
    counts: Mapping[str, int]


@dataclass(frozen=True)
class LabelBalance:
    """Label counts of one part. `distances` are total variation to targets by name, 0 (equal) to 1 (disjoint)."""

    part: str
    scheme: LabelScheme
    dialogues: int
    utterances: int
    unlabelled: int
    counts: Mapping[str, int]
    shares: Mapping[str, Measured]
    imbalance_ratio: Measured
    effective_labels: Measured
    distances: Mapping[str, Measured]
    speakers: tuple[SpeakerLabels, ...] = ()

    @property
    def fractions(self) -> dict[str, float]:
        return {name: share.value or 0.0 for name, share in self.shares.items()}

    def to_json(self) -> dict[str, Any]:
        return {
            "scheme": self.scheme.name,
            "dialogues": self.dialogues,
            "utterances": self.utterances,
            "unlabelled": self.unlabelled,
            "counts": dict(self.counts),
            "shares": _json(self.shares),
            "imbalance_ratio": self.imbalance_ratio.to_json(),
            "effective_labels": self.effective_labels.to_json(),
            "distances": _json(self.distances),
            "speakers": [{**vars(s), "counts": dict(s.counts)} for s in self.speakers],
        }


@dataclass(frozen=True)
class Dynamics:
    """How labels follow each other in one part.

    `own[i][j]` counts turns with label j whose speaker's labelled turn before had label i; `other[i][j]` those right
    after another speaker's turn with label i. `by_position` has shares of labels for each of POSITIONS.
    """

    part: str
    scheme: LabelScheme
    dialogues: int
    own: Counts
    other: Counts
    inertia: Measured
    contagion: Measured
    same_speaker: Measured
    shift_rate: Measured
    by_position: Mapping[str, Mapping[str, Measured]]
    distances: Mapping[str, Measured]

    def to_json(self) -> dict[str, Any]:
        names = self.scheme.names
        return {
            "inertia": self.inertia.to_json(),
            "contagion": self.contagion.to_json(),
            "same_speaker": self.same_speaker.to_json(),
            "shift_rate": self.shift_rate.to_json(),
            "transitions": {
                "own": {a: dict(zip(names, row, strict=True)) for a, row in zip(names, self.own, strict=True)},
                "other": {a: dict(zip(names, row, strict=True)) for a, row in zip(names, self.other, strict=True)},
            },
            "transition_distances": _json(self.distances),
            "by_position": {position: _json(shares) for position, shares in self.by_position.items()},
        }


def transition_shares(counts: Counts, *, beyond_mix: bool = False) -> tuple[tuple[float | None, ...], ...]:
    """Each row of counts as fractions of 1, None in a row without turns.

    With `beyond_mix` the share that the label has over all rows is taken off, so that sets with another label mix
    can be compared: 0 says that the turn before makes no difference.
    """
    total = sum(map(sum, counts))
    base = [sum(row[j] for row in counts) / total if total else 0.0 for j in range(len(counts))]
    return tuple(
        tuple(n / sum(row) - (base[j] if beyond_mix else 0.0) if sum(row) else None for j, n in enumerate(row))
        for row in counts
    )


@dataclass(frozen=True)
class Gap:
    """How many utterances of each label to add. Nothing is ever taken away.

    `unreachable` are labels that stay above their wanted share whatever is added. `after` are the shares then.
    """

    counts: Mapping[str, int]
    wanted: Mapping[str, float]
    add: Mapping[str, int]
    after: Mapping[str, float]
    distance_before: float
    distance_after: float
    needed: int
    unreachable: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.add.values())

    @property
    def shares(self) -> dict[str, float]:
        """The label shares of what is to be added; empty when nothing is."""
        return {label: n / self.total for label, n in self.add.items()} if self.total else {}


@dataclass(frozen=True)
class ImbalanceReport:
    """Parts of one scheme side by side; `against` is the part that they are held against, not among `parts`."""

    parts: tuple[LabelBalance, ...]
    dynamics: tuple[Dynamics, ...]
    against: LabelBalance | None = None
    against_dynamics: Dynamics | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        def one(balance: LabelBalance, dynamics: Dynamics) -> dict[str, Any]:
            return {"name": balance.part, **balance.to_json(), "dynamics": dynamics.to_json()}

        held = one(self.against, self.against_dynamics) if self.against and self.against_dynamics else None
        parts = [one(b, d) for b, d in zip(self.parts, self.dynamics, strict=True)]
        return {"parts": parts, "against": held, "notes": list(self.notes)}
