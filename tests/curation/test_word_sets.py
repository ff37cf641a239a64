"""Sets of different words and how far two of them overlap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from erc_engine.corpora.text import words
from erc_engine.curation.word_sets import jaccard, word_set


def test_case_punctuation_and_repetition_do_not_count() -> None:
    assert word_set(words("No, NO! Not you.")) == {"no", "not", "you"}


def test_a_script_without_spaces_gives_neighbouring_characters() -> None:
    assert word_set(["私は元気", "ok", "猫"]) == {"私は", "は元", "元気", "ok", "猫"}


def test_letters_beside_unspaced_script_stay_a_word() -> None:
    assert word_set(["abc元気"]) == {"abc", "元気"}


def test_jaccard_is_shared_over_either() -> None:
    assert jaccard({"a", "b", "c"}, {"b", "c", "d"}) == 0.5
    assert jaccard({"a"}, {"b"}) == 0
    assert jaccard(set(), set()) == 0


@given(st.frozensets(st.text("abcde", max_size=1)), st.frozensets(st.text("abcde", max_size=1)))
def test_jaccard_is_symmetric_and_one_only_for_equal_sets(left: frozenset[str], right: frozenset[str]) -> None:
    assert jaccard(left, right) == jaccard(right, left)
    assert (jaccard(left, right) == 1) == (left == right and bool(left))
