"""How turns should be: their length, who speaks, how they begin; and examples to write like.

    StyleSettings(words=True, openers=6)        what a recipe steers
    StyleTarget(words={2: .1, 8: .2, …}, openers={"i am": .01, …})     what a train split has
    ShotSettings("meld", k=2)                   examples that a prompt shows

Which plan gets what: `generation.style_plan` and `generation.shots`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class StyleSettings:
    """What a recipe takes from the train split of --like, beyond labels, lengths and speakers.

    `words`: a number of words is drawn for each turn. `speakers`: who speaks when is drawn in every label mode.
    `openers`: at most so many beginnings of turns that were used too often are named. `tolerance`: a dialogue whose
    turns are on average longer than planned by more than this fraction is refused; None refuses none.
    """

    words: bool = False
    speakers: bool = False
    openers: int = 0
    tolerance: float | None = None


PLAIN = StyleSettings()


@dataclass(frozen=True)
class ShotSettings:
    """`k` dialogues of the train split of `source`: diverse among each other, or drawn; sharing the plan's labels."""

    source: str
    k: int = 2
    diverse: bool = True
    share_labels: bool = True


@dataclass(frozen=True)
class StyleTarget:
    """Shares of turns by their number of words, and of the most frequent first two words of turns."""

    words: Mapping[int, float] = field(default_factory=dict)
    openers: Mapping[str, float] = field(default_factory=dict)
