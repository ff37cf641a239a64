"""A released set in facts: what its folder holds, what it was to be, and what came of that.

    found = ReleasedSet.from_json(json.loads(Path("out/meld-balanced/set.json").read_text()))
    found.utterances, found.distance, found.short     # 1899, 0.0012, 101

Cards and the index are written from these facts, so that they cannot disagree with the folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from erc_engine.domain.labels import mix_tolerance


@dataclass(frozen=True)
class Headline:
    """A number of the quality card; `value` is empty where there is none, for the reason in `beside`."""

    name: str
    value: str
    beside: str


@dataclass(frozen=True)
class ReleasedSet:
    """`like` is a corpus of the workspace or "published:NAME"; `like_hash` that corpus's content, "" for counts.

    `labels` counts the released utterances, `target` are the wanted shares, `distance` their total variation.
    `dropped` counts dialogues by reason after the run (duplicate, contaminated, turned down, …). `checked` names what
    the text was held against. `withheld` counts raw replies left out since they carry text of a benchmark.
    """

    name: str
    run: str
    state: str
    message: str
    recorded: bool
    benchmark: str
    like: str
    like_hash: str
    target_source: str
    transitions: bool
    model: str
    model_details: Mapping[str, str]
    seed: int
    asked: int
    utterances: int
    dialogues: int
    labels: Mapping[str, int]
    target: Mapping[str, float]
    distance: float
    dropped: Mapping[str, int]
    surplus: int
    checked: tuple[str, ...]
    withheld: int
    recipe: str
    recipe_hash: str
    hash: str
    licence: str
    licence_note: str
    quality_against: str
    quality_absent: str
    quality: tuple[Headline, ...]
    engine: str
    commit: str | None
    began: str
    settings: Mapping[str, Any]
    mended_texts: int = 0

    @property
    def short(self) -> int:
        return max(0, self.asked - self.utterances)

    @property
    def own_text_checked(self) -> bool:
        """Whether dev or test of the benchmark itself was there to hold the text against."""
        return any(source.partition(":")[0] == self.like for source in self.checked)

    @property
    def complete(self) -> bool:
        """The run met its plan, what was dropped since leaves enough, and the labels are those that were wanted."""
        in_mix = self.distance <= mix_tolerance(len(self.target), self.utterances)
        return self.state == "complete" and not self.short and in_mix

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "short": self.short, "complete": self.complete}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReleasedSet:
        """KeyError or TypeError for what is no set."""
        given = {f.name: data[f.name] for f in fields(cls)}
        return cls(
            **{**given, "quality": tuple(Headline(**h) for h in given["quality"]), "checked": tuple(given["checked"])}
        )


@dataclass(frozen=True)
class Release:
    """What a folder of sets holds; `missing` says of each set without a folder why."""

    folder: str
    sets: tuple[ReleasedSet, ...]
    missing: Mapping[str, str]

    @property
    def complete(self) -> bool:
        return not self.missing and all(each.complete for each in self.sets)

    def to_json(self) -> dict[str, Any]:
        return {
            "folder": self.folder,
            "complete": self.complete,
            "sets": [each.to_json() for each in self.sets],
            "missing": dict(self.missing),
        }
