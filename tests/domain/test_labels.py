"""Label schemes, spellings and distributions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erc_engine.domain.labels import (
    SCHEMES,
    LabelDistribution,
    LabelScheme,
    custom_scheme,
    scheme,
    total_variation,
)
from erc_engine.errors import InputError

MELD = scheme("meld")


def test_the_schemes_have_the_published_labels() -> None:
    assert {name: len(s.names) for name, s in SCHEMES.items()} == {
        "meld": 7,
        "emorynlp": 7,
        "iemocap": 6,
        "iemocap4": 4,
        "dailydialog": 7,
        "emotionlines": 8,
    }
    assert MELD.names == ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")


@pytest.mark.parametrize(
    ("name", "written", "label"),
    [
        ("meld", " Joyful ", "joy"),
        ("meld", "SADNESS", "sadness"),
        ("meld", "scared", "fear"),
        ("emorynlp", "Joy", "joyful"),
        ("emorynlp", "Mad", "mad"),
        ("iemocap", "fru", "frustrated"),
        ("iemocap", "hap", "happy"),
        ("iemocap4", "exc", "happy"),
        ("dailydialog", "no  emotion", "no emotion"),
        ("emotionlines", "non-neutral", "non-neutral"),
        ("meld", "frustrated", None),
        ("meld", "", None),
    ],
)
def test_other_spellings_of_an_emotion_are_read(name: str, written: str, label: str | None) -> None:
    assert scheme(name).canonical(written) == label


def test_an_emotion_has_one_colour_in_every_scheme() -> None:
    same = [("joy", "joyful", "happiness"), ("sadness", "sad"), ("anger", "mad", "angry"), ("fear", "scared")]
    colours = {label.name: label.colour for s in SCHEMES.values() for label in s.labels}
    for names in same:
        assert len({colours[name] for name in names}) == 1
    assert colours["excited"] != colours["happy"]
    assert colours["frustrated"] != colours["angry"]


def test_every_scheme_survives_json() -> None:
    assert all(LabelScheme.from_json(s.to_json()) == s for s in SCHEMES.values())


def test_a_scheme_needs_two_different_labels_and_a_neutral_one_of_its_own() -> None:
    with pytest.raises(InputError):
        custom_scheme("mine", ["calm"])
    with pytest.raises(InputError):
        custom_scheme("mine", ["calm", "calm"])
    with pytest.raises(InputError):
        custom_scheme("mine", ["calm", "tense"], neutral="bored")
    assert custom_scheme("mine", ["Neutral", "tense"]).neutral == "Neutral"


def test_an_unknown_scheme_lists_those_there_are() -> None:
    with pytest.raises(InputError) as error:
        scheme("melt")
    assert "emorynlp" in error.value.hint


def test_the_imbalance_ratio_is_undefined_when_a_label_is_missing() -> None:
    full = LabelDistribution(MELD, dict.fromkeys(MELD.names, 10) | {"neutral": 170})
    assert full.imbalance_ratio == 17
    assert LabelDistribution(MELD, {"joy": 3}).imbalance_ratio is None


def test_effective_labels_are_the_number_of_equally_frequent_ones() -> None:
    assert math.isclose(LabelDistribution(MELD, {"joy": 5, "fear": 5}).effective_labels, 2.0)
    assert LabelDistribution(MELD, {}).effective_labels == 0.0


def test_a_distribution_counts_labels_and_leaves_context_out() -> None:
    distribution = LabelDistribution.of(MELD, ["joy", None, "joy", "fear"])
    assert distribution.total == 3
    assert distribution.share("joy") == pytest.approx(2 / 3)


shares = st.lists(st.floats(0.001, 1), min_size=7, max_size=7).map(
    lambda values: {name: v / sum(values) for name, v in zip(MELD.names, values, strict=True)}
)


@given(shares, shares)
def test_total_variation_is_symmetric_and_between_0_and_1(a: dict[str, float], b: dict[str, float]) -> None:
    assert total_variation(a, b) == pytest.approx(total_variation(b, a))
    assert 0 <= total_variation(a, b) <= 1
    assert total_variation(a, a) == 0


def test_total_variation_of_disjoint_distributions_is_1() -> None:
    assert total_variation({"joy": 1.0}, {"fear": 1.0}) == 1.0
