"""What was found in data: faults, overlaps, the description and the audit of a corpus.

    Fault("one-turn-dialogue", 88, ("train 5", "train 17"), "kept")

Codes are stable for scripts; counts are whole; what is undefined is None with a reason, never NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """Something in the data that a reader should know; `done` says what the loader did about it."""

    code: str
    count: int
    examples: tuple[str, ...] = ()
    done: str = "kept"

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "count": self.count, "examples": list(self.examples), "done": self.done}


@dataclass(frozen=True)
class SplitSummary:
    dialogues: int
    utterances: int
    labels: Mapping[str, int]
    unlabelled: int = 0


@dataclass(frozen=True)
class CorpusSummary:
    """What `describe` and `import` answer. `imbalance_ratio` is of train; None when a label is missing there."""

    name: str
    kind: str
    scheme: str
    labels: tuple[str, ...]
    version: str | None
    origin: str
    licence: str
    may_leave_machine: bool
    splits: Mapping[str, SplitSummary]
    imbalance_ratio: float | None
    imbalance_reason: str | None
    faults: tuple[Fault, ...]
    hash: str
    states: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        data["faults"] = [fault.to_json() for fault in self.faults]
        data["labels"] = list(self.labels)
        return data


@dataclass(frozen=True)
class Overlap:
    """Text that stands in two places: `unit` is what was compared, `count` of `total` units on the left side."""

    left: str
    right: str
    unit: str
    count: int
    total: int
    examples: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "examples": list(self.examples)}


@dataclass(frozen=True)
class AuditReport:
    """The audit of one corpus: `version` is the published version its counts equal, None when they equal none."""

    name: str
    version: str | None
    hash: str
    counts: Mapping[str, SplitSummary]
    faults: tuple[Fault, ...]
    overlaps: tuple[Overlap, ...]
    notes: tuple[str, ...]
    paragraph: str

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "hash": self.hash,
            "counts": {name: asdict(summary) for name, summary in self.counts.items()},
            "faults": [fault.to_json() for fault in self.faults],
            "overlaps": [overlap.to_json() for overlap in self.overlaps],
            "notes": list(self.notes),
            "paragraph": self.paragraph,
        }
