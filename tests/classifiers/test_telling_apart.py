"""Two sets from one source cannot be told apart; two with different habits can, and the habits are named."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.classifiers.surface_cues import CUES, NAMES, surface_cues
from erc_engine.classifiers.telling_apart import LEAST_TURNS, equal_length, pooled, telling_apart
from erc_engine.curation.quality.compared import TwoSets
from erc_engine.domain.conversation import Dialogue
from tests.builders import dialogue

WORDS = ["tea", "rain", "boat", "lamp", "stone", "bread", "glove", "river", "paper", "cloud", "door", "coat"]


def invented(name: str, dialogues: int, seed: int, habit: str = "") -> tuple[Dialogue, ...]:
    random = np.random.default_rng(seed)

    def text() -> str:
        return " ".join([*random.choice(WORDS, random.integers(2, 7)), *([habit] if habit else [])])

    return tuple(dialogue(*[f"{'AB'[i % 2]}: {text()}" for i in range(6)], id=f"{name}{n}") for n in range(dialogues))


def test_sets_of_one_source_are_not_told_apart() -> None:
    whole, equal = telling_apart(TwoSets(invented("a", 60, 1), invented("b", 60, 2), resamples=300))
    low, high = whole.row("auc").gap.interval
    assert low < 0.5 < high
    assert whole.row("auc").gap.value == pytest.approx(0.5, abs=0.08)
    assert equal.row("auc").gap.value == pytest.approx(0.5, abs=0.1)


def test_a_habit_gives_a_set_away_and_is_named() -> None:
    whole, equal = telling_apart(TwoSets(invented("a", 30, 1, "darling"), invented("b", 30, 2), resamples=200))
    assert whole.row("auc").gap.value > 0.99
    first = whole.clues[0]
    assert (first.text, first.kind, first.points_to) == ("darling", "word or mark", "set")
    assert (first.mine, first.theirs) == (1, 0)
    assert sum(clue.weight for clue in whole.clues) <= 1.2  # some features pull the other way
    assert "darling" in [clue.text for clue in equal.clues]


def test_turns_of_equal_length_have_equally_many_of_each_number_of_words() -> None:
    pool = pooled(TwoSets(invented("a", 20, 1, "darling"), invented("b", 40, 2)))
    rows = equal_length(pool, seed=0)
    mine, theirs = (np.sort(pool.words[rows[pool.is_mine[rows] == side]]) for side in (True, False))
    assert mine.tolist() == theirs.tolist()
    assert len(mine) > 60
    assert len(set(rows.tolist())) == len(rows)


def test_the_same_seed_gives_the_same_card() -> None:
    sets = TwoSets(invented("a", 12, 1), invented("b", 12, 2), resamples=50)
    assert telling_apart(sets) == telling_apart(sets)


def test_without_a_benchmark_or_with_a_handful_of_turns_it_says_why() -> None:
    alone, _ = telling_apart(TwoSets(invented("a", 5, 1), absent="it is licensed"))
    assert alone.row("auc").gap.reason == "not available because it is licensed"
    few, _ = telling_apart(TwoSets(invented("a", 2, 1), invented("b", 9, 2)))
    assert few.row("auc").gap.reason == f"fewer than {LEAST_TURNS} turns of each set to tell apart"


def test_every_surface_cue_has_a_name() -> None:
    assert len(NAMES) == CUES == surface_cues(["WHAT?!"], position=[0], again=[False]).shape[1]
    loud = surface_cues(["WHAT?!"], position=[0], again=[True])[0]
    there = {name for name, value in zip(NAMES, loud, strict=True) if value}
    assert {"?! or !?", "a word in capitals", "ends with !", "same speaker as the turn before"} <= there
    assert "a dash" not in there
