from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erc_engine.corpora.text import is_broken, mend, normalise, words


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("You’re LATE — again!", "you re late again"),
        ("You're late - again…", "you re late again"),
        ("  So\tmany\u00a0blanks \n", "so many blanks"),
        ("Straße ﬁne", "strasse fine"),
        ("...?!", ""),
        ("snake_case", "snake case"),
        ("我很好", "我 很 好"),
    ],
)
def test_texts_are_compared_without_case_quotes_and_punctuation(written: str, compared: str) -> None:
    assert normalise(written) == compared


def test_a_contraction_counts_as_two_words() -> None:
    assert words("Don’t go.") == ["don", "t", "go"]


@given(st.text())
def test_what_is_compared_has_single_blanks_only(text: str) -> None:
    compared = normalise(text)
    assert compared.split() == ([] if compared == "" else compared.split(" "))


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_case_makes_no_difference_in_ascii(text: str) -> None:
    assert normalise(text.upper()) == normalise(text.lower())


@pytest.mark.parametrize(
    ("found", "whole"),
    [
        ("It\x92s me", "It’s me"),
        ("wait\x85 what \x97 no", "wait… what — no"),
        ("Itâ€™s me", "It’s me"),
        ("It\xe2\x80\x99s me", "It’s me"),
        ("cafÃ©", "café"),
    ],
)
def test_broken_encoding_is_mended(found: str, whole: str) -> None:
    assert mend(found) == (whole, True)


@pytest.mark.parametrize(
    "right", ["It’s “fine” – or…", "café à la crème", "naïve Ânia", "plain", "", "我很好", "\ud800"]
)
def test_right_text_stays_as_it_is(right: str) -> None:
    assert mend(right) == (right, False)


def test_what_cannot_be_mended_is_seen() -> None:
    assert is_broken("lost \ufffd character")
    assert is_broken("undefined \x81 in cp1252")
    assert not is_broken("fine’s fine")


@given(st.text())
def test_mending_takes_any_text(text: str) -> None:
    whole, changed = mend(text)
    assert changed == (whole != text)
