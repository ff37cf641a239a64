"""The quality card of a set of dialogues: measures in sections, beside the same measures of a benchmark.

    card.section("lengths").row("words_mean")
    # Row("words_mean", "words an utterance, mean", "utterances", Measured(18.9, …), Measured(7.9, …), …)
    card.section("telling_apart").clues[0]     # Clue("—", "word or mark", "set", 0.21, 0.03, weight=0.041)

What a measure means stands in its section's `Aid`; how it is computed in `curation.quality` and `classifiers`. Shares
and scores are fractions of 1. What is undefined is a Measured with its reason, never NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from erc_engine.domain.curation import Measured

NUMBER, SHARE, SCORE = "number", "share", "score"
SET, BENCHMARK = "set", "benchmark"
PICTURED = 12  # clues that are drawn


@dataclass(frozen=True)
class Aid:
    """Two lines for a reader: what a section's measures are, how to read them, and where they come from."""

    what: str
    read: str
    source: str


@dataclass(frozen=True)
class Row:
    """One measure of the set, of the benchmark, and how far apart they are; `gap_is` names that distance.

    `counts` says what n counts. A measure that only two sets have together has no value of each: they are None.
    `unit`: a plain number, a share (shown in percent) or a score (shown in points).
    """

    key: str
    name: str
    counts: str
    mine: Measured | None
    theirs: Measured | None
    gap: Measured | None = None
    gap_is: str = "difference"
    unit: str = NUMBER

    def to_json(self) -> dict[str, Any]:
        each = {"set": self.mine, "benchmark": self.theirs}
        data: dict[str, Any] = {"name": self.name, "unit": self.unit, "n_counts": self.counts}
        data |= {side: found.to_json() for side, found in each.items() if found is not None}
        return data | ({"compared": {"as": self.gap_is, **self.gap.to_json()}} if self.gap is not None else {})


@dataclass(frozen=True)
class Bars:
    """A picture: a share (or score) for each name; `theirs` is empty where there is no benchmark."""

    key: str
    title: str
    names: tuple[str, ...]
    mine: tuple[float | None, ...]
    theirs: tuple[float | None, ...] = ()
    unit: str = SHARE

    def to_json(self) -> dict[str, Any]:
        values = {"set": self.mine, "benchmark": self.theirs}
        return {
            "title": self.title,
            "unit": self.unit,
            **{side: dict(zip(self.names, found, strict=True)) for side, found in values.items() if found},
        }


@dataclass(frozen=True)
class Clue:
    """A word, mark or form and the share of turns that have it; `weight` is its part in telling the sets apart."""

    text: str
    kind: str
    points_to: str
    mine: float
    theirs: float | None
    weight: float | None = None


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    aid: Aid
    rows: tuple[Row, ...]
    bars: tuple[Bars, ...] = ()
    clues: tuple[Clue, ...] = ()
    clues_are: str = ""
    notes: tuple[str, ...] = ()

    def row(self, key: str) -> Row:
        return next(row for row in self.rows if row.key == key)

    @property
    def pictures(self) -> tuple[Bars, ...]:
        """What to draw: the section's bars, and its first clues as bars."""
        if not self.clues:
            return self.bars
        first = self.clues[:PICTURED]
        theirs = tuple(clue.theirs for clue in first)
        names = tuple(clue.text for clue in first)
        beside = () if None in theirs else theirs
        return (*self.bars, Bars("clues", self.clues_are, names, tuple(clue.mine for clue in first), beside))

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "title": self.title,
            "aid": asdict(self.aid),
            "measures": {row.key: row.to_json() for row in self.rows},
            "distributions": {bars.key: bars.to_json() for bars in self.bars},
        }
        if self.clues_are:
            data["clues"] = {"what": self.clues_are, "list": [_clue_json(clue) for clue in self.clues]}
        return data | {"notes": list(self.notes)}


def _clue_json(clue: Clue) -> dict[str, Any]:
    return {
        "text": clue.text,
        "kind": clue.kind,
        "points_to": clue.points_to or None,
        "set": clue.mine,
        "benchmark": clue.theirs,
        "weight": clue.weight,
    }


@dataclass(frozen=True)
class Side:
    """A set as the card took it: what it is, under what terms, and the hash of the dialogues that were read."""

    name: str
    scheme: str
    origin: str
    licence: str
    may_leave_machine: bool
    dialogues: int
    utterances: int
    hash: str
    version: str | None = None


@dataclass(frozen=True)
class QualityCard:
    """`against` is None where no benchmark could be read, for the reason in `absent`."""

    mine: Side
    against: Side | None
    absent: str
    encoder: str
    seed: int
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    def section(self, key: str) -> Section:
        return next(section for section in self.sections if section.key == key)

    @property
    def names(self) -> Mapping[str, str]:
        """The two sides as a reader knows them."""
        return {SET: self.mine.name, BENCHMARK: self.against.name if self.against else "benchmark"}

    def to_json(self) -> dict[str, Any]:
        against = asdict(self.against) if self.against else {"value": None, "reason": self.absent}
        return {
            "set": asdict(self.mine),
            "against": against,
            "encoder": self.encoder,
            "seed": self.seed,
            "sections": {section.key: section.to_json() for section in self.sections},
            "notes": list(self.notes),
        }
