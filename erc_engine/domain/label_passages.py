"""How labels follow each other in one dialogue: the pairs that transitions are counted from.

    turns = [("Ana", "joy"), ("Bo", None), ("Ana", "fear")]
    list(own_pairs(turns))       # [("joy", "fear")]: the speaker's labelled turn before, however many turns ago
    list(other_pairs(turns))     # []: the turn right before, by another speaker, both labelled
    position(0, 3)               # 0, the opening turn

`curation.dynamics` measures with them, label plans aim with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.imbalance import POSITIONS

Turn = tuple[str, str | None]
Pair = tuple[str, str]


def turns_of(dialogue: Dialogue) -> list[Turn]:
    return [(u.speaker, u.label) for u in dialogue.utterances]


def own_pairs(turns: Iterable[Turn]) -> Iterator[Pair]:
    """(label of the speaker's labelled turn before, label now); unlabelled turns are passed over."""
    last: dict[str, str] = {}
    for speaker, label in turns:
        if label is None:
            continue
        if speaker in last:
            yield last[speaker], label
        last[speaker] = label


def other_pairs(turns: Iterable[Turn]) -> Iterator[Pair]:
    """(label of the turn right before, by another speaker; label now)."""
    for (speaker, before), (now_speaker, now) in pairwise(turns):
        if speaker != now_speaker and before is not None and now is not None:
            yield before, now


def position(turn: int, turns: int) -> int:
    """Index into POSITIONS. The first turn opens, the last closes (a single turn opens), those between are thirds."""
    if turn == 0:
        return 0
    if turn == turns - 1:
        return len(POSITIONS) - 1
    return 1 + 3 * (turn - 1) // (turns - 2)


@dataclass
class Passages:
    """Counts of own pairs, other pairs and labels by position over many dialogues."""

    own: Counter[Pair] = field(default_factory=Counter)
    other: Counter[Pair] = field(default_factory=Counter)
    places: Counter[tuple[int, str]] = field(default_factory=Counter)

    def add(self, turns: Sequence[Turn], times: int = 1) -> None:
        """`times` -1 takes a dialogue away again."""
        for counts, found in (
            (self.own, own_pairs(turns)),
            (self.other, other_pairs(turns)),
            (self.places, _places(turns)),
        ):
            for key in found:
                counts[key] += times  # type: ignore[index]


def _places(turns: Sequence[Turn]) -> Iterator[tuple[int, str]]:
    for n, (_, label) in enumerate(turns):
        if label is not None:
            yield position(n, len(turns)), label
