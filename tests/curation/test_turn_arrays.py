"""Turns of several dialogues, one after the other in arrays."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.curation.turn_arrays import Turns, counted
from erc_engine.domain.labels import custom_scheme
from tests.builders import dialogue

TWO = custom_scheme("two", ["joy", "anger"])


def test_turns_keep_their_dialogue_place_label_and_speaker() -> None:
    turns = Turns.of(
        [dialogue("Ana: A [anger]", "Bo: B"), dialogue("Cy: C [joy]", "Ana: D [joy]", "Cy: E [anger]")], TWO
    )
    assert turns.dialogue.tolist() == [0, 0, 1, 1, 1]
    assert turns.turn.tolist() == [0, 1, 0, 1, 2]
    assert turns.label.tolist() == [1, -1, 0, 0, 1]
    assert [turns.speakers[n] for n in turns.speaker] == ["Ana", "Bo", "Cy", "Ana", "Cy"]
    assert turns.lengths.tolist() == [2, 3]


def test_a_label_outside_the_scheme_is_no_label_to_count() -> None:
    with pytest.raises(KeyError):
        Turns.of([dialogue("Ana: A [fear]")], TWO)


def test_cells_are_counted_as_often_as_they_are_named() -> None:
    assert counted((2, 2), np.array([0, 0, 1]), np.array([1, 1, 0])).tolist() == [[0, 2], [1, 0]]
    nothing = np.zeros(0, np.int64)
    assert counted((1, 2), nothing, nothing).tolist() == [[0, 0]]
    assert counted((0, 2), nothing, nothing).shape == (0, 2)
