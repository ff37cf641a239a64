"""distinct-n, compression and self-repetition of small texts by hand, and equal amounts of text."""

from __future__ import annotations

import math

import pytest

from erc_engine.curation.quality.compared import TwoSets
from erc_engine.curation.quality.diversity import cut, diversity, of_text, self_repetition
from erc_engine.curation.quality.equal_amounts import Z, draws, equal_amount, estimate
from tests.builders import dialogue


def test_distinct_n_is_different_over_all_and_runs_on_from_turn_to_turn() -> None:
    found = of_text([[["a", "b"], ["a"]]])  # a b a: 2 of 3 words; (a b), (b a); (a b a)
    assert (found["distinct_1"], found["distinct_2"], found["distinct_3"]) == (2 / 3, 1.0, 1.0)


def test_the_compression_ratio_is_size_over_size_after_zlib() -> None:
    assert of_text([[["a", "b"]]])["compression"] == pytest.approx(3 / 11)  # "a b": 3 bytes become 11
    assert of_text([[["no"] * 500]])["compression"] > 40


def test_self_repetition_is_the_share_of_4_grams_that_another_dialogue_has() -> None:
    # a b c d | x a b c d: three 4-grams, of which (a b c d) stands twice
    assert self_repetition([list("abcd"), list("xabcd")]) == pytest.approx(2 / 3)
    assert self_repetition([list("abcdabcd")]) == 0  # within one dialogue it is no repeat
    assert self_repetition([list("abc")]) == 0


def test_a_draw_takes_whole_dialogues_and_cuts_the_last() -> None:
    sizes = [12, 8, 20]
    for draw in draws(sizes, 25, 50, seed=3):
        assert sum(taken for _, taken in draw) == 25
        assert len({d for d, _ in draw}) == len(draw)
        assert all(taken == sizes[d] for d, taken in draw[:-1])
    assert cut([["a", "b"], ["c", "d"]], 3) == [["a", "b"], ["c"]]


def test_both_sets_give_half_of_the_smaller_one_and_no_more_than_allowed() -> None:
    assert equal_amount([[10, 11], [1000]], 400) == 10
    assert equal_amount([[1000], [1000]], 400) == 400


def test_the_error_is_that_of_the_delete_d_jackknife() -> None:
    # draws 1 and 3: sd √2; half of the set in each: factor 1; a fifth: √(.2/.8) = ½
    assert estimate([1.0, 3.0], 0.5, 10).error == pytest.approx(math.sqrt(2))
    found = estimate([1.0, 3.0], 0.2, 10)
    assert found.error == pytest.approx(math.sqrt(2) / 2)
    assert found.measured().interval == (pytest.approx(2 - Z * found.error), pytest.approx(2 + Z * found.error))
    assert estimate([1.0, 3.0], 0.5, 10, dialogues=1).measured().reason == "no interval: one dialogue only"


def test_a_set_that_repeats_itself_is_less_varied_than_one_that_does_not() -> None:
    same = tuple(dialogue("Ana: I am so glad that you came here", id=f"s{n}") for n in range(12))
    other = tuple(dialogue(f"Ana: w{n} x{n} y{n} z{n} v{n} u{n} t{n} r{n}", id=f"o{n}") for n in range(30))
    found = diversity(TwoSets(same, other))
    # 48 tokens a draw: six sentences of 8 words; set: 8 different of 48, (a 4-gram each) all repeated
    assert found.row("distinct_1").mine.value == pytest.approx(8 / 48)
    assert found.row("distinct_1").theirs.value == 1
    assert found.row("self_repetition").mine.value == 1
    assert found.row("distinct_1").mine.n == found.row("distinct_1").theirs.n == 48
    assert found.row("self_repetition").gap.value == 1


def test_too_little_text_says_so() -> None:
    row = diversity(TwoSets((dialogue("Ana: Hello there."),))).row("distinct_2")
    assert row.mine.reason == "fewer than 40 tokens: too little text for a draw"
