"""Labels that hang on keywords score high by keywords alone; labels without a pattern do not."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.classifiers.shortcut import drawn_turns, shortcut
from erc_engine.curation.quality.compared import TwoSets
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import custom_scheme
from tests.builders import dialogue

THREE = custom_scheme("three", ["joy", "anger", "fear"])
KEYWORDS = {"joy": "cake", "anger": "slam", "fear": "dark"}
WORDS = ["tea", "rain", "boat", "lamp", "stone", "bread", "glove", "river"]


def invented(dialogues: int, seed: int, *, keywords: bool, labels: str = "joy anger") -> tuple[Dialogue, ...]:
    random = np.random.default_rng(seed)

    def turn(i: int) -> str:
        label = str(random.choice(labels.split()))
        extra = [KEYWORDS[label]] if keywords else []
        return f"{'AB'[i % 2]}: {' '.join([*random.choice(WORDS, 4), *extra])} [{label}]"

    return tuple(dialogue(*[turn(i) for i in range(6)], id=f"{seed}-{n}") for n in range(dialogues))


def test_keywords_that_stand_for_a_label_are_found_out() -> None:
    found = shortcut(TwoSets(invented(25, 1, keywords=True), invented(25, 2, keywords=False), resamples=200), THREE)
    assert found.row("keywords").mine.value == 1
    assert found.row("keywords").theirs.value == pytest.approx(0.5, abs=0.15)
    assert found.row("keywords").gap.interval[0] > 0.2
    assert found.row("form").mine.value < 0.75


def test_both_sets_are_tested_on_equally_many_turns_of_each_label() -> None:
    found = shortcut(TwoSets(invented(20, 1, keywords=True), invented(40, 2, keywords=True), resamples=50), THREE)
    assert found.row("keywords").mine.n == found.row("keywords").theirs.n
    assert found.notes[0].startswith("turns of each label: ")
    assert "guessing at random would reach about 50 points" in found.notes[1]


def test_a_rare_label_is_left_out_and_said() -> None:
    mine = (*invented(20, 1, keywords=True), dialogue("A: Dark. [fear]", id="rare"))
    found = shortcut(TwoSets(mine, resamples=50), THREE)
    assert found.bars[0].names == ("joy", "anger")
    assert "fear: fewer than 10 turns, left out" in found.notes
    assert found.row("keywords").gap.reason == "not available because no benchmark was named"


def test_a_set_with_one_label_has_nothing_to_tell() -> None:
    found = shortcut(TwoSets(invented(10, 1, keywords=True, labels="joy")), THREE)
    assert found.row("keywords").mine.reason == "fewer than two labels have 10 turns"


def test_drawn_turns_keep_their_place_in_their_dialogue() -> None:
    chosen, hard = drawn_turns(invented(10, 1, keywords=True), {"joy": 7, "anger": 5}, seed=0, stream=0)
    assert np.bincount(hard[hard >= 0]).tolist() == [7, 5]
    labels = [label for d in chosen for label in d.labels]
    assert {(label, ("joy", "anger").index(label)) for label, n in zip(labels, hard, strict=True) if n >= 0} == {
        ("joy", 0),
        ("anger", 1),
    }
    assert all(labels[i] == ("joy", "anger")[n] for i, n in enumerate(hard) if n >= 0)
