"""Cues of form, one at a time."""

from __future__ import annotations

import pytest

from erc_engine.classifiers.surface_cues import CUES, surface_cues


def different(one: str, two: str) -> int:
    """In how many cues two first turns differ."""
    rows = surface_cues([one, two], position=[0, 0], again=[False, False])
    return int((rows[0] != rows[1]).sum())


@pytest.mark.parametrize(
    ("plain", "moved"),
    [
        ("what is it", "WHAT is it"),
        ("no way out", "no way out!"),
        ("no way out", "nooo way out"),
        ("no way out", "no way ... out"),
        ("no way out", "no -- way out"),
        ("no way out", "(no way out"),
    ],
)
def test_form_changes_cues_that_words_alone_do_not_have(plain: str, moved: str) -> None:
    assert different(plain, moved) >= 1
    assert different(plain, plain.replace("no", "so").replace("what", "that")) == 0


def test_cues_lie_between_zero_and_one() -> None:
    rows = surface_cues(["!" * 99 + "?" * 99 + " WORD" * 99, ""], position=[500, 0], again=[True, False])
    assert rows.shape == (2, CUES)
    assert rows.min() >= 0
    assert rows.max() <= 1


def test_place_and_turn_taking_are_the_last_three_cues() -> None:
    rows = surface_cues(["hm", "hm"], position=[0, 10], again=[False, True])
    assert rows[:, -3:].tolist() == [[1, 0, 0], [0, 0.5, 1]]


def test_no_turns_give_no_rows() -> None:
    assert surface_cues([], position=[], again=[]).shape == (0, CUES)
