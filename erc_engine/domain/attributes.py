"""What the attributes of generated dialogues tell about their labels.

    report.attributes[0]     # AttributeInformation("event", values=60, bits=.071, by_chance=.052, p=.0002, …)
    report.values[0]         # ValueInformation("event", "a pet has run off", …, gives_away=("sadness",))

Measured in `curation.attribute_information`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ValueInformation:
    """`bits`: how far the labels of its dialogues are from those of all (Kullback-Leibler). p is None for a value that
    too few dialogues have. `gives_away` are the labels that it has too often, where that is not chance."""

    attribute: str
    value: str
    dialogues: int
    utterances: int
    labels: Mapping[str, int]
    bits: float
    p: float | None
    p_holm: float | None
    gives_away: tuple[str, ...] = ()


@dataclass(frozen=True)
class AttributeInformation:
    """Mutual information of an attribute and the label, and its mean when values are dealt out by chance."""

    name: str
    values: int
    dialogues: int
    bits: float
    by_chance: float
    p: float
    p_holm: float


@dataclass(frozen=True)
class AttributeReport:
    """`shares` are those of all labelled utterances; values come with the most telling first."""

    name: str
    shares: Mapping[str, float]
    dialogues: int
    permutations: int
    attributes: tuple[AttributeInformation, ...]
    values: tuple[ValueInformation, ...]

    def suggested(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Attribute → value → labels that it gives away: what a recipe might forbid."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for value in self.values:
            if value.gives_away:
                found.setdefault(value.attribute, {})[value.value] = value.gives_away
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "set": self.name,
            "shares": dict(self.shares),
            "dialogues": self.dialogues,
            "permutations": self.permutations,
            "attributes": [dict(vars(a)) for a in self.attributes],
            "values": [{**vars(v), "labels": dict(v.labels), "gives_away": list(v.gives_away)} for v in self.values],
            "suggested": self.suggested(),
        }
