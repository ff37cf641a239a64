"""First words: shares, and the chance that two turns of different dialogues begin alike."""

from __future__ import annotations

import pytest

from erc_engine.curation.quality.compared import TwoSets
from erc_engine.curation.quality.openers import openers, openings
from tests.builders import dialogue

FIRST = dialogue("Ana: Oh no.", "Bo: Oh, dear.", id="d1")
SECOND = dialogue("Ana: OH yes!", id="d2")
THIRD = dialogue("Bo: Well, oh.", id="d3")


def test_repetition_counts_pairs_of_turns_from_different_dialogues() -> None:
    # turns: oh, oh | oh | well; pairs over dialogues: 2 (alike) + 2 + 1 = 5, of which 2 begin alike
    found = openers(TwoSets((FIRST, SECOND, THIRD)))
    assert found.row("word_repetition").mine.value == pytest.approx(2 / 5)
    assert found.row("pair_repetition").mine.value == 0
    assert found.row("word_top").mine.value == 3 / 4
    assert found.row("pair_top").mine.value == 1 / 4


def test_one_dialogue_cannot_repeat_another() -> None:
    row = openers(TwoSets((FIRST,))).row("word_repetition")
    assert row.mine.value is None
    assert "in two dialogues" in row.mine.reason


def test_copies_drawn_by_the_bootstrap_do_not_repeat_themselves() -> None:
    different = tuple(dialogue(f"Ana: Word{n} here.", id=f"d{n}") for n in range(20))
    assert openers(TwoSets(different)).row("word_repetition").mine.interval == (0, 0)


def test_a_turn_without_a_second_word_has_no_first_two_words() -> None:
    assert openings(dialogue("Ana: No.", "Bo: …", "Ana: It’s late, y'know."), 2) == ["it's late"]


def test_the_most_frequent_openers_of_both_sets_are_listed_with_their_shares() -> None:
    found = openers(TwoSets((FIRST, SECOND), (THIRD,)))
    clues = {clue.text: (clue.points_to, clue.mine, clue.theirs) for clue in found.clues}
    assert clues["oh no"] == ("set", pytest.approx(1 / 3), 0)
    assert clues["well oh"] == ("benchmark", 0, 1)
