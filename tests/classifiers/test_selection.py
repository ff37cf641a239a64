"""The rule that picks a candidate, and folds that keep episodes whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.classifiers.base import hard_labels
from erc_engine.classifiers.selection import Trial, choose, f1_pair, grouped_folds
from tests.builders import dialogue
from tests.classifiers.invented import MELD, invented

INDEX = {name: i for i, name in enumerate(MELD.names)}


def test_the_best_mean_of_dev_and_folds_wins() -> None:
    lucky_on_dev = Trial("lucky", dev=(0.60, 0.4), folds=(0.50, 0.4))
    steady = Trial("steady", dev=(0.57, 0.4), folds=(0.57, 0.4))
    assert choose([lucky_on_dev, steady]).candidate == "steady"


def test_among_those_that_cannot_be_told_apart_macro_f1_decides_and_then_the_order() -> None:
    best = Trial("best", dev=(0.560, 0.40), folds=(0.560, 0.38))
    near = Trial("near", dev=(0.558, 0.43), folds=(0.558, 0.39))
    same = Trial("same", dev=(0.559, 0.43), folds=(0.559, 0.39))
    far = Trial("far", dev=(0.550, 0.50), folds=(0.550, 0.50))
    assert choose([best, near, same, far]).candidate == "near"


def test_what_cannot_be_scored_is_left_out_of_the_mean() -> None:
    assert Trial("x", dev=None, folds=(0.5, 0.3)).weighted == 0.5
    assert Trial("x", dev=None, folds=None).weighted == 0.0


@given(seed=st.integers(0, 2**40), dialogues=st.integers(2, 20))
@settings(max_examples=40, deadline=None)
def test_no_episode_is_on_both_sides_and_every_turn_is_held_out_once(seed: int, dialogues: int) -> None:
    train = invented(dialogues, seed=seed)
    hard = hard_labels(train, INDEX, "train")
    episodes = np.array([d.episode for d in train for _ in d.utterances])
    folds = grouped_folds(train, hard, seed=seed)
    held_out = [turn for _, held in folds for turn in held]
    assert len(held_out) == len(set(held_out))
    if len(set(episodes)) == 1:
        assert folds == []
    for kept, held in folds:
        assert not set(episodes[kept]) & set(episodes[held])
        assert len(kept) + len(held) == len(hard)


def test_dialogues_without_an_episode_are_groups_of_their_own() -> None:
    train = tuple(dialogue("Ana: a [joy]", "Bo: b [anger]", id=f"d{i}") for i in range(6))
    folds = grouped_folds(train, hard_labels(train, INDEX, "train"), seed=0)
    assert [len(held) for _, held in folds] == [4, 4, 4]


def test_unlabelled_turns_are_held_out_but_never_kept() -> None:
    train = tuple(dialogue("Ana: a [joy]", "Bo: b", "Ana: c [anger]", id=f"d{i}") for i in range(3))
    for kept, held in grouped_folds(train, hard_labels(train, INDEX, "train"), seed=0):
        assert len(held) == 3
        assert not {1, 4, 7} & set(kept.tolist())


def test_the_folds_of_a_seed_are_always_the_same_and_those_of_another_differ() -> None:
    train = invented(18)
    hard = hard_labels(train, INDEX, "train")
    first, again, other = ([h.tolist() for _, h in grouped_folds(train, hard, seed=s)] for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_f1_of_no_rows_is_undefined() -> None:
    assert f1_pair(np.zeros((0, 7)), np.zeros(0, dtype=np.int64)) is None
    assert f1_pair(np.eye(7), np.arange(7)) == pytest.approx((1.0, 1.0))
