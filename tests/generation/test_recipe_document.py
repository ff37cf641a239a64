"""A recipe's YAML is read strictly: plain, bounded, every key known."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erc_engine.errors import InputError
from erc_engine.generation.recipe_document import MAX_DOCUMENT, read_document


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "line 1"),
        ("- a\n- b", "not a mapping"),
        ("just text", "not a mapping"),
        ("", "not a mapping"),
        ("a: 1\na: 2", "line 2: key 'a' stands twice"),
        ("1: a", "key 1 is not a text"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: !!python/object/apply:os.system [ls]", "python/object"),
        ("a: " + "9" * 5_000, "too long"),
        ("a: 2026-13-45", "not YAML|line"),
        ("a: \x00", "not YAML"),
        ("x" * (MAX_DOCUMENT + 1), "characters"),
    ],
)
def test_what_is_not_plain_yaml_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_document(text, "mine.yaml")


@pytest.mark.parametrize("text", ["[" * 50_000, "a: " + "1:" * 50_000 + "1", "{a: " * 20_000, "? " * 20_000])
def test_nesting_and_long_numbers_are_refused_in_bounded_time(text: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError):
        read_document(text, "mine.yaml")
    assert time.process_time() - started < 4


@given(st.text(max_size=200))
def test_any_text_is_a_document_or_an_input_error(text: str) -> None:
    with contextlib.suppress(InputError):
        assert read_document(text, "mine.yaml").source == "mine.yaml"


def test_values_of_the_wrong_type_name_their_key() -> None:
    document = read_document("a: {b: yes, c: 3, d: [x, 4], e: ' ', f: text, g: [x, x]}", "mine.yaml").within("a")
    for ask, said in (
        (lambda: document.text("b"), "a.b: True is not a text"),
        (lambda: document.number("f", 0, 1, 0.5), "a.f: 'text' is not a number from 0 to 1"),
        (lambda: document.number("c", 0, 1, 0.5), "a.c: 3 is not a number from 0 to 1"),
        (lambda: document.count("b", 0, 9, 1), "a.b: True is not a whole number"),
        (lambda: document.truth("c", True), "a.c: 3 is neither true nor false"),
        (lambda: document.texts("d"), "a.d.1.: 4 is not a text"),
        (lambda: document.texts("g"), "a.g: has a value twice"),
        (lambda: document.texts("f"), "a.f: 'text' is not a list"),
        (lambda: document.text("e"), "a.e: is empty"),
        (lambda: document.text("z"), "a.z: is missing"),
        (lambda: document.within("c"), "a.c: 3 is not a mapping"),
    ):
        with pytest.raises(InputError, match=said):
            ask()


def test_a_key_that_nothing_reads_is_refused_with_the_nearest_known_one() -> None:
    document = read_document("protocoll: lines/1", "mine.yaml")
    document.text("protocol", "")
    with pytest.raises(InputError, match="protocoll: is not a key") as caught:
        document.finish()
    assert caught.value.hint == "did you mean 'protocol'?"


@pytest.mark.parametrize("value", ['!!int ""', '!!float ""', "!!bool foo", "!!timestamp foo"])
def test_a_tag_that_its_value_does_not_fit_is_an_input_error(value: str) -> None:
    with pytest.raises(InputError):
        read_document(f"recipe: {value}\n", source="mine.yaml")
