"""What stands on the list of a template's words, and what a refusal says."""

from __future__ import annotations

import pytest

from erc_engine.errors import InputError
from erc_engine.generation.template_rules import FILTERS, TESTS
from erc_engine.generation.templates import compile_template

KNOWN = ("turns", "text", "values")


@pytest.mark.parametrize("name", FILTERS)
def test_every_listed_filter_exists(name: str) -> None:
    argument = "('a', 'b')" if name == "replace" else ""
    assert compile_template("{{ text|" + name + argument + " }}", KNOWN).render({"text": "ab"})


@pytest.mark.parametrize("name", TESTS)
def test_every_listed_test_exists(name: str) -> None:
    other = " [1]" if name == "in" else " 1" if name in ("equalto", "eq", "ne", "lt", "gt") else ""
    compile_template("{{ 'yes' if turns is " + name + other + " }}", KNOWN).render({"turns": 1})


def test_a_refusal_names_the_line_and_says_what_there_is() -> None:
    with pytest.raises(InputError) as caught:
        compile_template("one\ntwo {{ tunrs }}", KNOWN, "the user template")
    assert caught.value.message == "the user template, line 2: 'tunrs' is not a value of a prompt"
    assert caught.value.hint == "did you mean 'turns'? there are: range, text, turns, values"


def test_a_name_that_the_template_sets_is_known() -> None:
    assert compile_template("{% set half = turns // 2 %}{{ half }}", KNOWN).render({"turns": 8}) == "4"


def test_a_list_may_not_hold_values_since_lists_of_lists_blow_up() -> None:
    with pytest.raises(InputError, match="written-out texts"):
        compile_template("{% set a = [values, values] %}", KNOWN)
    assert compile_template("{% for x in ['a', 'b'] %}{{ x }}{% endfor %}", KNOWN).render({}) == "ab"
