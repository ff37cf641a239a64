"""Targets come from train alone."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from erc_engine.domain.conversation import Split
from erc_engine.domain.generation import TargetMode
from erc_engine.errors import InputError
from erc_engine.generation.label_target import target_for
from tests.builders import corpus, dialogue

SMALL = corpus(
    dialogue("Ana: a [joy]", "Bo: b [neutral]", "Bo: c [neutral]", "Ana: d [joy]", id="1"),
    dialogue("Ana: a [neutral]", "Bo: b [neutral]", id="2"),
    dialogue("Ana: alone [neutral]", id="3"),
    dialogue("Ana: a [fear]", "Bo: b [fear]", "Cleo: c [fear]", "Dev: d [fear]", id="4", split=Split.DEV),
    dialogue("Ana: a [anger]", "Bo: b [anger]", "Cleo: c [anger]", id="5", split=Split.TEST),
)


def test_matched_shares_are_those_of_train() -> None:
    target = target_for(SMALL, TargetMode.MATCHED)
    assert target.shares["joy"] == pytest.approx(2 / 7)
    assert target.shares["neutral"] == pytest.approx(5 / 7)
    assert target.shares["fear"] == target.shares["anger"] == 0
    assert target.source == "train of c"


def test_balanced_shares_are_uniform() -> None:
    assert set(target_for(SMALL, TargetMode.BALANCED).shares.values()) == {1 / 7}


def test_lengths_and_speakers_leave_out_dialogues_of_one_turn() -> None:
    target = target_for(SMALL, TargetMode.BALANCED)
    assert target.lengths == {2: 0.5, 4: 0.5}
    assert target.speakers == {2: 1.0}
    assert target.same_speaker == pytest.approx(1 / 4)  # one of three changes in dialogue 1, none of one in 2


def test_given_shares_are_weights() -> None:
    target = target_for(SMALL, TargetMode.CUSTOM, {"fear": 3, "joy": 1})
    assert (target.shares["fear"], target.shares["joy"], target.shares["neutral"]) == (0.75, 0.25, 0.0)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        (None, "needs its shares"),
        ({}, "needs its shares"),
        ({"boredom": 1.0}, "'boredom' is not a label"),
        ({"joy": -1.0}, "cannot be -1"),
        ({"joy": math.nan}, "cannot be nan"),
        ({"joy": math.inf}, "cannot be inf"),
        ({"joy": 0.0}, "sum to nothing"),
        ({"joy": 1e308, "fear": 1e308}, "sum to nothing"),
    ],
)
def test_shares_that_are_no_mix_are_refused(shares: dict[str, float] | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        target_for(SMALL, TargetMode.CUSTOM, shares)


def test_a_corpus_without_train_is_refused() -> None:
    with pytest.raises(InputError, match="no train dialogue"):
        target_for(corpus(dialogue("Ana: a [joy]", "Bo: b [joy]", split=Split.TEST)), TargetMode.BALANCED)


def test_a_matched_target_needs_labels() -> None:
    with pytest.raises(InputError, match="no labels to match"):
        target_for(corpus(dialogue("Ana: a", "Bo: b")), TargetMode.MATCHED)


def test_transitions_are_distributions_that_lean_the_way_of_train() -> None:
    calm = dialogue(*["Ana: a [joy]", "Bo: b [anger]"] * 30, id="1")  # each keeps an own label, the other's follows
    target = target_for(corpus(calm), TargetMode.BALANCED)
    for rows in (target.own, target.other):
        assert all(sum(row.values()) == pytest.approx(1) for row in rows.values())
    assert target.own["joy"]["joy"] > target.shares["joy"] > target.own["joy"]["anger"]
    assert target.other["joy"]["anger"] > target.shares["anger"] > target.other["joy"]["joy"]


def test_meld_s_train_is_taken_as_published(benchmarks: Path) -> None:
    loading = pytest.importorskip("erc_engine.corpora.loading")
    meld = loading.load("meld", benchmarks / "MELD", "meld").corpus
    target = target_for(meld, TargetMode.MATCHED)
    assert round(target.shares["neutral"], 3) == 0.472
    assert round(target.same_speaker, 2) == 0.22
    assert target.own["fear"]["fear"] > 4 * target.shares["fear"]
