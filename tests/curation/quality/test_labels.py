"""Label shares, dynamics, and emotions that are named, beside a benchmark."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.curation.quality.compared import TwoSets
from erc_engine.curation.quality.flow import beyond_mix, flow
from erc_engine.curation.quality.leakage import leakage
from erc_engine.curation.quality.marginals import marginals
from erc_engine.domain.labels import custom_scheme
from tests.builders import dialogue

TWO = custom_scheme("two", ["joy", "anger"])
QUARREL = dialogue(
    "Ana: Lovely. [joy]", "Bo: Not. [anger]", "Ana: It is! [joy]", "Bo: Fine! [joy]", "Ana: Now what? [anger]"
)
EVEN = dialogue("Ana: Good. [joy]", "Bo: Bad. [anger]", id="even")


def test_total_variation_is_the_fraction_of_labels_that_would_have_to_change() -> None:
    found = marginals(TwoSets((QUARREL,), (EVEN,)), TWO)  # .6 and .4 against .5 and .5
    assert found.row("total_variation").gap.value == pytest.approx(0.1)
    assert found.row("share_joy").gap.value == pytest.approx(0.1)
    assert found.bars[0].mine == (0.6, 0.4)


def test_published_counts_stand_in_for_a_benchmark_that_is_not_here() -> None:
    found = marginals(TwoSets((QUARREL, EVEN), absent="it is licensed"), TWO, {"joy": 1, "anger": 3})
    # 4 of 7 joy against .25
    assert found.row("total_variation").gap.value == pytest.approx(4 / 7 - 0.25)
    assert found.row("share_anger").theirs.value == 0.75
    assert found.row("share_anger").theirs.reason == "no interval: published, no sample"
    assert found.row("share_anger").gap.interval is not None
    assert found.bars[0].theirs == (0.25, 0.75)


def test_a_set_without_labels_says_so() -> None:
    bare = dialogue("Ana: Hi.", "Bo: Hi.")
    found = marginals(TwoSets((bare,), (EVEN,)), TWO)
    assert found.row("share_joy").mine.reason == "no utterance is labelled"
    assert found.row("total_variation").gap.reason == "no utterance is labelled"
    assert found.row("share_joy").gap.reason == "undefined for the set: no utterance is labelled"


def test_inertia_and_contagion_are_those_of_dynamics_and_have_a_difference() -> None:
    # own pairs of QUARREL: kappa −½ (worked out in test_dynamics), other pairs −½
    # theirs: Ana joy→joy, Bo anger→anger: own kappa (1 − ½) / (1 − ½) = 1; others joy→anger twice, anger→joy: −0.8
    steady = dialogue("Ana: A [joy]", "Bo: B [anger]", "Ana: C [joy]", "Bo: D [anger]", id="steady")
    found = flow(TwoSets((QUARREL,), (steady,)), TWO)
    assert found.row("inertia").mine.value == pytest.approx(-0.5)
    assert found.row("inertia").theirs.value == pytest.approx(1)
    assert found.row("inertia").gap.value == pytest.approx(-1.5)
    # o = 0; before: 2 joy, 1 anger; now: 2 anger, 1 joy: e = (2·1 + 1·2) / 9; −(4/9) / (5/9)
    assert found.row("contagion").theirs.value == pytest.approx(-0.8)
    assert found.row("shift_rate").gap.value == pytest.approx(0.75 - 1)
    assert found.row("same_speaker").gap.value == 0


def test_labels_by_position_are_compared_without_the_label_mix() -> None:
    # opening joy, closing anger in both: mixes .5; shares less mix ±.5 at both places
    assert beyond_mix(np.array([[2.0, 0], [0, 2]])).tolist() == [[0.5, -0.5], [-0.5, 0.5]]
    turned = dialogue("Ana: Bad. [anger]", "Bo: Good. [joy]", id="turned")
    assert flow(TwoSets((EVEN,), (EVEN,)), TWO).row("positions").gap.value == 0
    assert flow(TwoSets((EVEN,), (turned,)), TWO).row("positions").gap.value == pytest.approx(1)


def test_leakage_counts_emotional_turns_that_name_their_own_emotion() -> None:
    three = custom_scheme("three", ["neutral", "joy", "anger"])
    mine = dialogue("Ana: joy! [joy]", "Bo: joy? [anger]", "Ana: neutral. [neutral]", "Bo: joy, no. [joy]")
    found = leakage(TwoSets((mine,), (EVEN,)), three, lambda text, label: label in text)
    assert (found.row("label_words").mine.value, found.row("label_words").mine.n) == (2 / 3, 3)
    assert found.row("label_words").theirs.value == 0
    assert found.bars[0].mine == (1.0, 0.0)
