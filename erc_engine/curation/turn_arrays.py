"""The turns of many dialogues as arrays, for counting without a loop.

turns = Turns.of(dialogues, scheme("meld"))
turns.dialogue      # [0, 0, 0, 1, 1]: whose turn it is, by place
turns.turn          # [0, 1, 2, 0, 1]
turns.label         # [3, -1, 0, 0, 5]: place in the scheme, -1 for none
turns.speaker       # [0, 1, 0, 2, 0]: place in `speakers`; the same name is one speaker
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import LabelScheme

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Turns:
    """Arrays of one entry for each turn, in order; `lengths` has one for each dialogue."""

    dialogue: Whole
    turn: Whole
    label: Whole
    speaker: Whole
    speakers: tuple[str, ...]
    lengths: Whole

    @classmethod
    def of(cls, dialogues: Sequence[Dialogue], scheme: LabelScheme) -> Turns:
        places: dict[str | None, int] = {None: -1, **{name: i for i, name in enumerate(scheme.names)}}
        utterances = [u for d in dialogues for u in d.utterances]
        label = [places[u.label] for u in utterances]
        names = [u.speaker for u in utterances]
        known = {name: i for i, name in enumerate(dict.fromkeys(names))}
        lengths = np.array([len(d.utterances) for d in dialogues], np.int64)
        starts = np.cumsum(lengths) - lengths
        return cls(
            dialogue=np.repeat(np.arange(len(dialogues)), lengths),
            turn=np.arange(len(label)) - np.repeat(starts, lengths),
            label=np.array(label, np.int64),
            speaker=np.array([known[name] for name in names], np.int64),
            speakers=tuple(known),
            lengths=lengths,
        )


def counted(shape: tuple[int, ...], *at: Whole) -> Whole:
    """How often each cell of an array of this shape is named; one array of places for each axis."""
    cells = np.ravel_multi_index(at, shape) if len(at[0]) else np.zeros(0, np.int64)
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
