"""What attributes tell about labels, worked out by hand, and beside chance."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from erc_engine.curation.attribute_information import attribute_report, information
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import custom_scheme
from erc_engine.errors import InputError
from tests.builders import dialogue

MOODS = custom_scheme("moods", ("calm", "tense"), "calm")


def made(n: int, place: str, *labels: str, **more: str) -> Dialogue:
    turns = [f"Ana: Turn {k}. [{label}]" for k, label in enumerate(labels)]
    return replace(dialogue(*turns, id=f"d{n}"), extra={"attributes": {"place": place, **more}})


def test_information_by_hand() -> None:
    # Half of all is calm. Value a: all calm, 1 log2(1 / .5) = 1 bit. Value b: .25 calm, .75 tense:
    # .25 log2(.5) + .75 log2(1.5) = -.25 + .4387 = .1887. Shares of a and b: 1/3 and 2/3.
    bits, whole = information(np.array([[2.0, 0.0], [1.0, 3.0]]), np.array([0.5, 0.5]))
    assert bits == pytest.approx([1.0, 0.1887], abs=1e-4)
    assert whole == pytest.approx((1.0 + 2 * 0.1887) / 3, abs=1e-4)


def told(giving: bool, dialogues: int = 120) -> list[Dialogue]:
    """Five places; at the fifth everybody is tense if it gives that away, else all places are alike."""
    draw = random.Random(4)
    found = []
    for n in range(dialogues):
        place = f"place {n % 5}"
        share = 0.9 if giving and place == "place 4" else 0.4
        labels = ["tense" if draw.random() < share else "calm" for _ in range(6)]
        found.append(made(n, place, *labels, weather=draw.choice(["rain", "sun"])))
    return found


def test_a_value_that_gives_a_label_away_is_found_and_a_rule_suggested() -> None:
    report = attribute_report("made", told(True), MOODS)
    assert report.suggested()["place"]["place 4"] == ("tense",)
    place, weather = report.attributes
    assert (place.name, place.values, place.dialogues) == ("place", 5, 120)
    assert place.p_holm < 0.01
    assert place.bits > 3 * place.by_chance
    assert weather.p_holm > 0.05
    first = report.values[0]
    assert (first.attribute, first.value, first.dialogues, first.utterances) == ("place", "place 4", 24, 144)
    assert sum(first.labels.values()) == 144


def test_values_that_say_nothing_are_left_alone() -> None:
    report = attribute_report("made", told(False), MOODS)
    assert report.suggested() == {}
    assert all(a.p_holm > 0.05 for a in report.attributes)


def test_the_unit_is_the_dialogue_and_not_the_turn() -> None:
    """40 turns look like proof, but of the six ways to deal out two places to four dialogues two are as clear."""
    found = [made(n, "a" if n < 2 else "b", *["calm" if n < 2 else "tense"] * 10) for n in range(4)]
    [place] = attribute_report("made", found, MOODS, permutations=2_999).attributes
    assert place.bits == pytest.approx(1.0)
    assert place.p == pytest.approx(1 / 3, abs=0.03)


def test_a_value_of_two_dialogues_is_shown_and_not_tested() -> None:
    found = [*told(False), made(900, "rare", "tense"), made(901, "rare", "tense")]
    rare = next(v for v in attribute_report("made", found, MOODS).values if v.value == "rare")
    assert (rare.p, rare.p_holm, rare.gives_away, rare.bits > 1) == (None, None, (), True)


def test_masked_turns_do_not_count_and_the_seed_decides() -> None:
    found = [made(n, f"place {n % 2}", "calm", "tense") for n in range(10)]
    masked = [d.with_labels(["calm", None]) for d in found]
    report = attribute_report("made", masked, MOODS)
    assert report.shares == {"calm": 1.0, "tense": 0.0}
    assert report == attribute_report("made", masked, MOODS)


def test_a_set_without_attributes_is_told() -> None:
    with pytest.raises(InputError, match="has no attributes to measure"):
        attribute_report("plain", [dialogue("Ana: Hm. [calm]")], MOODS)
