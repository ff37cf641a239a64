"""Label balance and the gap to a target, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erc_engine.curation.imbalance import Target, balance, by_speaker, gap
from erc_engine.domain.labels import custom_scheme
from erc_engine.errors import InputError
from tests.builders import dialogue

TWO = custom_scheme("two", ["joy", "anger"])
LONG = dialogue("Ana: Yes! [joy]", "Bo: Yes! [joy]", "Ana: No. [anger]", "Bo: Hm.", id="d1")
SHORT = dialogue("Ana: Yes! [joy]", id="d2")
EVEN = [dialogue("Ana: Yes! [joy]", "Bo: No. [anger]", id=f"e{n}") for n in range(4)]


def test_shares_ratio_and_effective_labels_are_of_labelled_turns() -> None:
    found = balance("c:train", [LONG, SHORT], TWO)
    assert (found.utterances, found.unlabelled, found.dialogues) == (4, 1, 2)
    assert found.counts == {"joy": 3, "anger": 1}
    assert found.shares["joy"].value == 0.75
    assert found.imbalance_ratio.value == 3
    # exp(−.75 ln .75 − .25 ln .25) = exp(.2158 + .3466)
    assert found.effective_labels.value == pytest.approx(1.7548, abs=1e-4)


def test_even_labels_are_as_many_as_there_are_and_certain_when_each_dialogue_is_even() -> None:
    found = balance("c:train", EVEN, TWO)
    assert found.effective_labels.interval == (pytest.approx(2), pytest.approx(2))
    assert found.imbalance_ratio.interval == (1, 1)


def test_a_missing_label_makes_the_ratio_undefined_and_names_it() -> None:
    found = balance("c:train", [SHORT, dialogue("Ana: Ha! [joy]", id="d3")], TWO)
    assert found.imbalance_ratio.to_json() == {"value": None, "reason": "no utterance is labelled anger"}
    assert found.effective_labels.value == pytest.approx(1)


def test_nothing_labelled_is_undefined_everywhere() -> None:
    found = balance("c:train", [dialogue("Ana: Hm.")], TWO, targets=[Target("uniform", {"joy": 0.5, "anger": 0.5})])
    said = {m.reason for m in (*found.shares.values(), found.effective_labels, *found.distances.values())}
    assert said == {"no utterance is labelled"}
    assert found.fractions == {"joy": 0, "anger": 0}


def test_the_distance_is_total_variation() -> None:
    found = balance("c:train", [LONG, SHORT], TWO, targets=[Target("uniform", {"joy": 0.5, "anger": 0.5})])
    # ½ (|.75 − .5| + |.25 − .5|)
    assert found.distances["uniform"].value == 0.25


def test_a_benchmarks_own_chance_widens_the_distance_to_it() -> None:
    many = [dialogue("Ana: A [joy]", f"Bo: B [{'joy' if n % 3 else 'anger'}]", id=f"d{n}") for n in range(30)]
    shares = {"joy": 5 / 6, "anger": 1 / 6}
    as_target = balance("c", EVEN * 5, TWO, targets=[Target("t", shares)]).distances["t"]
    as_sample = balance("c", EVEN * 5, TWO, targets=[Target("t", shares, tuple(many))]).distances["t"]
    assert as_target.value == as_sample.value == pytest.approx(1 / 3)
    assert as_target.interval == (pytest.approx(1 / 3), pytest.approx(1 / 3))  # each dialogue of EVEN is even
    assert as_sample.interval is not None
    assert as_sample.interval[1] - as_sample.interval[0] > 0.05


def test_speakers_are_ordered_by_what_they_say() -> None:
    assert [(s.speaker, s.utterances, s.counts["joy"]) for s in by_speaker([LONG, SHORT], TWO)] == [
        ("Ana", 3, 2),
        ("Bo", 1, 1),
    ]


COUNTS = {"neutral": 6, "joy": 3, "fear": 1}


@pytest.mark.parametrize(
    ("wanted", "utterances", "add"),
    [
        ({"neutral": 1, "joy": 1, "fear": 1}, None, {"neutral": 0, "joy": 3, "fear": 5}),  # all come up to six
        (
            {"neutral": 1, "joy": 1, "fear": 1},
            4,
            {"neutral": 0, "joy": 1, "fear": 3},
        ),  # two to three, then both to four
        ({"neutral": 1, "joy": 1, "fear": 1}, 11, {"neutral": 1, "joy": 4, "fear": 6}),  # all come up to seven
        ({"neutral": 2, "joy": 1, "fear": 1}, None, {"neutral": 0, "joy": 0, "fear": 2}),  # level 12: 6, 3, 3
        ({"neutral": 1, "joy": 1, "fear": 1}, 0, {"neutral": 0, "joy": 0, "fear": 0}),
    ],
)
def test_the_emptiest_labels_are_filled_first(
    wanted: Mapping[str, float], utterances: int | None, add: Mapping[str, int]
) -> None:
    assert gap(COUNTS, wanted, utterances).add == add


def test_a_gap_says_where_it_leads() -> None:
    found = gap(COUNTS, {"neutral": 1, "joy": 1, "fear": 1}, 4)
    assert found.needed == 8
    assert found.shares == {"neutral": 0, "joy": 0.25, "fear": 0.75}
    assert found.after == {"neutral": 6 / 14, "joy": 4 / 14, "fear": 4 / 14}
    assert found.distance_before == pytest.approx(0.6 - 1 / 3)
    assert found.distance_after == pytest.approx(6 / 14 - 1 / 3)


def test_a_label_that_nobody_wants_stays_and_is_named() -> None:
    found = gap(COUNTS, {"joy": 1, "fear": 1})
    assert found.add == {"neutral": 0, "joy": 0, "fear": 2}
    assert found.unreachable == ("neutral",)


def test_nothing_to_add_has_no_shares() -> None:
    assert gap({"joy": 2, "fear": 2}, {"joy": 1, "fear": 1}).shares == {}


@pytest.mark.parametrize("wanted", [{}, {"joy": 0}, {"joy": -1, "fear": 2}, {"glee": 1}])
def test_wanted_shares_that_are_none_are_refused(wanted: Mapping[str, float]) -> None:
    with pytest.raises(InputError, match="wanted shares"):
        gap(COUNTS, wanted)


def test_a_negative_number_of_utterances_is_refused() -> None:
    with pytest.raises(InputError, match="-1 utterances"):
        gap(COUNTS, {"joy": 1}, -1)


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 100)), min_size=2, max_size=8),
    st.integers(0, 20_000),
)
def test_additions_are_whole_and_sum_to_what_was_given_and_never_lead_away(
    labels: list[tuple[int, int]], utterances: int
) -> None:
    counts = {f"l{n}": count for n, (count, _) in enumerate(labels)}
    wanted = {f"l{n}": weight for n, (_, weight) in enumerate(labels)}
    found = gap(counts, wanted, utterances)
    assert found.total == utterances
    assert min(found.add.values()) >= 0
    if utterances and sum(counts.values()):
        rounding = len(labels) / (sum(counts.values()) + utterances)
        assert found.distance_after <= found.distance_before + rounding
    full = gap(counts, wanted)
    if sum(counts.values()):
        assert full.distance_after <= len(labels) / max(1, sum(counts.values()) + full.total)
        assert math.isclose(sum(full.wanted.values()), 1)
