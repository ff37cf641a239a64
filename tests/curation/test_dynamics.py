"""Inertia, contagion, turn-taking and positions, worked out by hand, and the figures of MELD and the recordings."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from erc_engine.corpora.loading import load
from erc_engine.curation.dynamics import Passages, beyond_chance, dynamics, positions_of
from erc_engine.curation.turn_arrays import Turns
from erc_engine.domain.conversation import Split
from erc_engine.domain.imbalance import POSITIONS, transition_shares
from erc_engine.domain.label_passages import other_pairs, own_pairs, position, turns_of
from erc_engine.domain.labels import custom_scheme, scheme
from tests.builders import dialogue

TWO = custom_scheme("two", ["joy", "anger"])
QUARREL = dialogue(
    "Ana: Lovely. [joy]", "Bo: Not. [anger]", "Ana: It is! [joy]", "Bo: Fine! [joy]", "Ana: Now what? [anger]"
)


def test_inertia_is_kappa_of_a_speakers_own_consecutive_labels() -> None:
    # Ana joy→joy, Bo anger→joy, Ana joy→anger: o = 1/3; before: 2 joy, 1 anger; now: 2 joy, 1 anger;
    # e = (2·2 + 1·1) / 9 = 5/9; (1/3 − 5/9) / (4/9) = −1/2
    found = dynamics("c", [QUARREL], TWO)
    assert found.own == ((1, 1), (1, 0))
    assert found.inertia.value == pytest.approx(-0.5)
    assert found.inertia.n == 3


def test_contagion_is_kappa_of_a_label_and_the_other_speakers_label_right_before() -> None:
    # joy→anger, anger→joy, joy→joy, joy→anger: o = 1/4; before: 3 joy, 1 anger; now: 2 and 2;
    # e = (3·2 + 1·2) / 16 = 1/2; (1/4 − 1/2) / (1/2) = −1/2
    found = dynamics("c", [QUARREL], TWO)
    assert found.other == ((1, 2), (1, 0))
    assert found.contagion.value == pytest.approx(-0.5)
    assert found.contagion.n == 4


def test_the_shift_rate_is_of_neighbours_whoever_speaks() -> None:
    assert dynamics("c", [QUARREL], TWO).shift_rate.value == 0.75


def test_an_unlabelled_turn_is_passed_over_for_the_speaker_but_stands_between_two_speakers() -> None:
    d = dialogue("Ana: A [joy]", "Ana: B", "Bo: C [anger]", "Ana: D [joy]")
    found = dynamics("c", [d], TWO)
    assert found.own == ((1, 0), (0, 0))
    assert found.other == ((0, 0), (1, 0))
    assert list(own_pairs(turns_of(d))) == [("joy", "joy")]
    assert list(other_pairs(turns_of(d))) == [("anger", "joy")]


def test_pairs_do_not_reach_over_two_dialogues_and_each_dialogue_has_its_own() -> None:
    seen = Passages.of([QUARREL, dialogue("Ana: A [anger]", "Cy: B", "Cy: C [joy]"), dialogue("Ana: D [joy]")], TWO)
    assert seen.own.tolist() == [[[1, 1], [1, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 0]]]
    assert seen.other.tolist() == [[[1, 2], [1, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 0]]]
    assert seen.same_speaker.tolist() == [[0, 4], [1, 2], [0, 0]]
    assert seen.shifts.tolist() == [[3, 4], [0, 0], [0, 0]]
    assert seen.positions.sum((1, 2)).tolist() == [5, 2, 1]


def test_counting_in_arrays_finds_the_pairs_and_places_that_plans_are_made_of() -> None:
    draw = random.Random(7)
    for _ in range(50):
        lines = [
            f"{draw.choice(('Ana', 'Bo', 'Cy'))}: A{draw.choice((' [joy]', ' [anger]', ''))}"
            for _ in range(draw.randint(1, 9))
        ]
        d = dialogue(*lines)
        seen, turns = Passages.of([d], TWO), turns_of(d)
        for counts, pairs in ((seen.own, own_pairs(turns)), (seen.other, other_pairs(turns))):
            wanted = Counter(pairs)
            assert counts[0].tolist() == [[wanted[a, b] for b in TWO.names] for a in TWO.names]
        places = Counter((position(n, len(d)), label) for n, label in enumerate(d.labels) if label)
        assert seen.positions[0].tolist() == [[places[n, a] for a in TWO.names] for n in range(len(POSITIONS))]


def test_turn_taking_counts_turns_by_the_speaker_before() -> None:
    found = dynamics("c", [dialogue("Ana: A [joy]", "Ana: B", "Bo: C [anger]", "Bo: D [joy]", "Ana: E [joy]")], TWO)
    assert (found.same_speaker.value, found.same_speaker.n) == (0.5, 4)


def test_always_the_same_is_one_and_chance_is_zero() -> None:
    assert beyond_chance(np.array([[5.0, 0.0], [0.0, 2.0]])) == 1
    assert beyond_chance(np.array([[4.0, 2.0], [2.0, 1.0]])) == pytest.approx(0)
    assert np.isnan(beyond_chance(np.array([[4.0, 0.0], [0.0, 0.0]])))


def test_what_cannot_be_told_says_why() -> None:
    alike = dynamics("c", [dialogue("Ana: A [joy]", "Ana: B [joy]")], TWO)
    assert alike.inertia.reason == "all labels are the same: beyond chance nothing can be told"
    assert alike.contagion.reason == "no labelled turn follows a labelled turn of another speaker"
    assert dynamics("c", [dialogue("Ana: A [joy]")], TWO).same_speaker.reason == "no dialogue has two turns"


def test_intervals_come_from_resampling_dialogues() -> None:
    moody = [dialogue(*["Ana: A [joy]", "Bo: B [joy]"] * 3, id=f"j{n}") for n in range(10)]
    moody += [dialogue(*["Ana: A [anger]", "Bo: B [anger]"] * 3, id=f"a{n}") for n in range(10)]
    found = dynamics("c", moody, TWO)
    assert found.inertia.interval == (1, 1)
    assert found.by_position["opening turn"]["joy"].interval == (
        pytest.approx(0.5, abs=0.25),
        pytest.approx(0.5, abs=0.25),
    )


@pytest.mark.parametrize(
    ("turns", "places"),
    [(1, "O"), (2, "OC"), (3, "OFC"), (5, "OFMLC"), (8, "OFFMMLLC"), (7, "OFFMMLC")],
)
def test_positions_are_the_opening_the_thirds_between_and_the_closing_turn(turns: int, places: str) -> None:
    letters = dict(zip("OFMLC", POSITIONS, strict=True))
    found = positions_of(Turns.of([dialogue(*["Ana: A [joy]"] * turns)], TWO))
    assert [POSITIONS[place] for place in found] == [letters[p] for p in places]


def test_transitions_beyond_the_mix_are_zero_where_the_label_before_makes_no_difference() -> None:
    assert transition_shares(((4, 2), (2, 1)), beyond_mix=True) == pytest.approx(np.zeros((2, 2)))
    assert transition_shares(((3, 1), (0, 0))) == ((0.75, 0.25), (None, None))


def test_a_part_is_at_no_distance_from_itself() -> None:
    found = dynamics("c", [QUARREL, QUARREL], TWO, against=[QUARREL, QUARREL])
    assert found.distances["own"].value == 0
    # rows own: joy (1/2, 1/2), anger (1, 0); held against joy (0, 1), anger (1, 0) with 1 pair each: ½ · ½ + ½ · 0
    other = dialogue("Ana: A [joy]", "Bo: B [anger]", "Ana: C [anger]", "Bo: D [joy]")
    assert dynamics("c", [QUARREL], TWO, against=[other]).distances["own"].value == pytest.approx(0.25)


def test_speakers_of_the_recordings_take_strict_turns(assets: Path) -> None:
    parts = [load("jsonl", assets / "recordings" / f"meld-{mix}.jsonl", mix) for mix in ("balanced", "matched")]
    dialogues = [d for part in parts for d in part.corpus.dialogues]
    found = dynamics("recorded", dialogues, scheme("meld"), resamples=200)
    assert found.same_speaker.value == pytest.approx(0.0033, abs=0.0001)


@pytest.mark.benchmark_data
def test_meld_shifts_as_often_as_the_recordings_with_inertia_and_contagion_the_other_way(
    benchmarks: Path, assets: Path
) -> None:
    meld = load("meld", benchmarks / "MELD", "meld").corpus.split(Split.TRAIN)
    recorded = load("jsonl", assets / "recordings" / "meld-balanced.jsonl", "r").corpus.dialogues
    real, made = (dynamics("c", part, scheme("meld"), resamples=200) for part in (meld, recorded))
    assert real.same_speaker.value == pytest.approx(0.224, abs=0.001)
    assert (real.shift_rate.value, made.shift_rate.value) == (
        pytest.approx(0.600, abs=5e-4),
        pytest.approx(0.604, abs=5e-4),
    )
    assert (real.inertia.value, real.contagion.value) == (
        pytest.approx(0.223, abs=5e-4),
        pytest.approx(0.096, abs=5e-4),
    )
    assert (made.inertia.value, made.contagion.value) == (
        pytest.approx(0.136, abs=5e-4),
        pytest.approx(0.297, abs=5e-4),
    )
