"""Drawn sequences have the target's shares, transitions and positions."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from erc_engine.domain.conversation import Corpus
from erc_engine.domain.generation import LabelTarget, TargetMode
from erc_engine.domain.imbalance import POSITIONS
from erc_engine.generation.label_chain import LabelChain
from erc_engine.generation.label_target import target_for
from tests.builders import corpus, dialogue
from tests.generation.builders import MELD, target


def talk(draw: random.Random, number: int) -> object:
    """Ana clings to her mood, Bo takes over hers half of the time; dialogues open neutral."""
    turns, mood = [], "neutral"
    for n in range(draw.choice((6, 10))):
        if n > 1 and draw.random() < 0.4:
            mood = draw.choice(("joy", "anger", "neutral", "fear"))
        turns.append(f"{'Ana' if n % 2 == 0 else 'Bo'}: x [{mood if draw.random() < 0.8 else 'neutral'}]")
    return dialogue(*turns, id=str(number))


@pytest.fixture(scope="module")
def train() -> Corpus:
    draw = random.Random(4)
    return corpus(*(talk(draw, n) for n in range(300)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "shares", [None, {"joy": 1, "anger": 1, "neutral": 1, "fear": 1}, {"joy": 4, "fear": 1, "neutral": 1}]
)
def test_expected_shares_transitions_and_positions_are_the_target_s(
    train: Corpus, shares: dict[str, float] | None
) -> None:
    wanted = target_for(train, TargetMode.CUSTOM if shares else TargetMode.MATCHED, shares)
    chain = LabelChain(wanted, wanted.lengths)
    expected = chain._fitted[1]
    assert 0.5 * np.abs(expected.places.sum(0) / expected.places.sum() - chain.shares).sum() < 0.002
    for table, rows in ((expected.own, wanted.own), (expected.other, wanted.other)):
        mass = table.sum(1)
        given = np.array([[rows[a][b] for b in MELD.names] for a in MELD.names])
        off = 0.5 * np.abs(table - mass[:, None] * given).sum() / mass.sum()
        assert off < (0.08 if shares else 0.01)  # another mix may not allow both transitions at once


def test_what_is_drawn_is_what_is_expected(train: Corpus) -> None:
    wanted = replace(target_for(train, TargetMode.MATCHED), same_speaker=0.0)
    chain = LabelChain(wanted, {6: 1.0})
    drawn = chain.draw([0, 1, 0, 1, 0, 1], 20_000, random.Random(1))
    places = chain._fitted[1].places
    opening = np.bincount(drawn[:, 0], minlength=7) / len(drawn)
    assert np.abs(opening - places[0] / places[0].sum()).max() < 0.015
    pairs = np.bincount(drawn[:, 1] * 7 + drawn[:, 3], minlength=49).reshape(7, 7)
    joy = MELD.index("joy")
    assert pairs[joy, joy] / pairs[joy].sum() > 1.2 * pairs[:, joy].sum() / pairs.sum()  # moods last


def test_a_target_without_dynamics_is_drawn_by_its_shares_alone() -> None:
    chain = LabelChain(target({"joy": 0.75, "fear": 0.25}), {4: 1.0})
    drawn = chain.draw([0, 1, 0, 1], 20_000, random.Random(1))
    assert set(np.unique(drawn)) == {MELD.index("joy"), MELD.index("fear")}
    assert (drawn == MELD.index("joy")).mean() == pytest.approx(0.75, abs=0.01)


def test_labels_that_are_left_out_are_not_drawn(train: Corpus) -> None:
    chain = LabelChain(target_for(train, TargetMode.MATCHED), {6: 1.0})
    out = (MELD.index("neutral"), MELD.index("joy"))
    drawn = chain.draw([0, 1, 0, 1, 0, 1], 500, random.Random(1), out)
    assert not np.isin(drawn, out).any()


def test_positions_are_carried_over_to_another_label_mix(train: Corpus) -> None:
    even: LabelTarget = target_for(train, TargetMode.CUSTOM, dict.fromkeys(("neutral", "joy", "anger", "fear"), 1))
    assert even.places[POSITIONS[0]]["neutral"] > 0.6 > 0.25 > even.places[POSITIONS[-1]]["neutral"]
