"""Templates of strangers: what they may say, and that nothing else harms the process in time or memory."""

from __future__ import annotations

import contextlib
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.errors import InputError
from erc_engine.generation.templates import MAX_TEMPLATE, compile_template

VALUES = {
    "turns": 3,
    "labels": [{"name": "joy", "definition": "delight"}, {"name": "fear", "definition": "fright"}],
    "speakers": [{"name": "Ana"}, {"name": "Bo"}],
    "budget": {"joy": 2, "fear": 1},
}


def rendered(text: str) -> str:
    return compile_template(text, VALUES).render(VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write {{ turns }} turns.", "Write 3 turns."),
        ("{{ speakers|join(' and ', 'name') }}", "Ana and Bo"),
        ("{% for s in speakers %}{{ loop.index }}{{ s.name }}{{ ', ' if not loop.last }}{% endfor %}", "1Ana, 2Bo"),
        ("{% for name, n in budget.items() %}{{ name }} {{ n }};{% endfor %}", "joy 2;fear 1;"),
        ("{% for i in range(turns) if i is odd %}{{ i }}{% endfor %}", "1"),
        ("{% set n = turns + 1 %}{{ n * 2 - 1 }}", "7"),
        ("{{ labels[0].name|upper ~ '!' }}", "JOY!"),
        ("{{ budget.anger|default('none') }}", "none"),
        ("{% if turns > 2 and 'joy' in budget %}long{% else %}short{% endif %}", "long"),
        ("{{ labels|length }}{{ labels|first|length }}{{ (labels|last).name }}", "22fear"),
        ("{{ 'a b'|replace(' ', '-')|title }}{{ ' x '|trim }}", "A-Bx"),
        ("{# a note #}plain", "plain"),
    ],
)
def test_a_prompt_can_be_written_with_values_loops_and_conditions(text: str, expected: str) -> None:
    assert rendered(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ ''.__class__.__mro__ }}", "internals"),
        ("{{ self._TemplateReference__context }}", "internals"),
        ("{{ self }}", "'self' is not a value"),
        ("{{ ''|attr('__class__') }}", "filter 'attr'"),
        ("{{ labels|map(attribute='__class__')|join }}", "filter 'map'"),
        ("{{ '{0.__class__}'.format(labels) }}", "'format' is not allowed"),
        ("{{ '{0.__class__}'|format(labels) }}", "filter 'format'"),
        ("{{ '{0.__class__}'.format_map(budget) }}", "'format_map' is not allowed"),
        ("{{ labels['__class__'] }}", "internals"),
        ("{{ labels['__cl' ~ 'ass__'] }}", "unsafe"),
        ("{{ labels['__cl' + 'ass__']['__base__'] }}", "internals"),
        ("{{ cycler.__init__.__globals__ }}", "internals"),
        ("{{ lipsum() }}", "'lipsum' is not allowed"),
        ("{{ joiner }}", "'joiner' is not a value"),
        ("{% include 'secrets' %}", "'include' is not allowed"),
        ("{% import 'os' as os %}", "'import' is not allowed"),
        ("{% extends 'base' %}", "'extends' is not allowed"),
        ("{% set ns = namespace(a=1) %}", "named arguments"),
        ("{{ budget.items }}", "method"),
        ("{{ range }}", "function"),
        ("{% for s in speakers %}{{ loop(speakers) }}{% endfor %}", "'loop' is not allowed"),
        ("{% for s in speakers %}{{ loop._iterable }}{% endfor %}", "internals"),
    ],
)
def test_a_template_cannot_reach_into_python(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        rendered(text)


ENDLESS = [
    ("{% for i in range(10**9) %}{% endfor %}", "power"),
    ("{% for i in range(1000000000) %}{% endfor %}", "steps"),
    ("{% for i in range(9999) %}{% for j in range(9999) %}{% for k in range(9) %}{% endfor %}{% endfor %}{% endfor %}",
     "steps"),
    ("{% for i in range(9999) %}{% for j in range(9999) if false %}{% endfor %}{% endfor %}", "steps"),
    ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "macro"),
    ("{% for i in labels recursive %}{{ loop(labels) }}{% endfor %}", "recursive|'loop'"),
    ("{% set a='" + "x" * 9_000 + "' %}{% for i in range(19999) %}"
     + "{% if a|replace('x','yyyyy')|lower == 'b' %}{% endif %}" * 50 + "{% endfor %}", "more than 1 s"),
]  # fmt: skip
HUGE = [
    ("{{ 'x' * 10**9 }}", "power"),
    ("{{ 'x' * 1000000000 }}", "for numbers"),
    ("{{ [1] * 1000000000 }}", "for numbers"),
    ("{{ '%1000000000d' % 5 }}", "for numbers"),
    ("{{ '%1000000000d'|format(5) }}", "filter 'format'"),
    ("{{ '{:1000000000}'.format(5) }}", "'format' is not allowed"),
    ("{{ 'x'.center(1000000000) }}", "'center' is not allowed"),
    ("{{ 'x'.ljust(1000000000) }}", "'ljust' is not allowed"),
    ("{{ 'x'|center(1000000000) }}", "filter 'center'"),
    ("{{ 'x'|indent(1000000000) }}", "filter 'indent'"),
    ("{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a ~ a ~ a %}" * 40 + "{{ a }}", "grows over"),
    ("{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a + a %}" * 40 + "{{ a }}", "grows over"),
    ("{% set a = 'x' %}" + "{% set a = a|replace('x', 'xxxxxxxxxx') %}" * 40 + "{{ a }}", "grows over"),
    ("{% set a = 'x,y' %}" + "{% set a = a|join(a) %}" * 40 + "{{ a }}", "grows over"),
    ("{% set a = 9 %}" + "{% set a = a * a %}" * 60 + "{{ a }}", "grows over"),
    ("{% set a %}xx{% endset %}{{ a }}", "set block"),
    ("{% set a = [1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}", "written-out"),
    ("{% for i in range(19000) %}{{ 'xxxxxxxxxx' }}{% endfor %}", "writes more than"),
    ("{{ " + "9" * 6_000 + " }}", "malformed"),
    ("{{ 1e400 }}", "too large"),
    ("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", "nested"),
    ("{{ " + "not " * 4_000 + "1 }}", "nested"),
    ("{{ turns" + ".real" * 3_000 + " }}", "nested"),
    ("{% for i in range(2) %}" * 40 + "{% endfor %}" * 40, "nested"),
    ("x" * (MAX_TEMPLATE + 1), "characters"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [*ENDLESS, *HUGE])
def test_a_template_that_never_ends_or_fills_the_memory_is_refused_in_bounded_time_and_memory(
    text: str, said: str
) -> None:
    rendered("warm up {{ turns }}")
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(InputError, match=said):
            rendered(text)
        seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seconds < 4  # the bound is one second of clock; tracing slows everything down
    assert peak < 30_000_000  # bytes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ nothing }}", "'nothing' is not a value of a prompt"),
        ("{{ budget.boredom }}", "no attribute 'boredom'"),
        ("{{ labels[7].name }}", "no element 7"),
        ("{{ labels[0].colour|upper }}", "colour"),
        ("{{ 'a' ~ budget.boredom }}", "boredom"),
        ("{{ budget.boredom + 1 }}", "boredom"),
        ("{% for x in budget.boredom %}{% endfor %}", "boredom"),
        ("{{ labels }}", "writes a list"),
        ("{{ turns", "unexpected end"),
        ("{% for %}", "Expected an expression"),
        ("{% nonsense %}", "unknown tag"),
        ("{{ 1 // 0 }}", "zero"),
        ("{% for a, b, c in speakers %}{% endfor %}", "unpack"),
        ("{{ speakers|join(', ', 'nickname') }}", "finds no 'nickname'"),
        ("{{ 'a' < 1 }}", "not supported"),
    ],
)
def test_a_mistake_is_an_input_error_that_names_it(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        rendered(text)


def test_two_renderings_do_not_share_their_steps() -> None:
    template = compile_template("{% for i in range(15000) %}{% endfor %}done", VALUES)
    assert [template.render(VALUES) for _ in range(3)] == ["done"] * 3


SNIPPETS = st.sampled_from(
    ["{{ ", " }}", "{% ", " %}", "for i in ", "range(9)", "labels", "budget", ".items()", "if ", "else", "endif",
     "endfor", "set a = ", "a", "'x'", " * ", " ~ ", " + ", "9", "|", "join", "replace('x', a)", "(", ")", "[", "]",
     ".", "__class__", ",", "not ", "in ", "is ", "defined", "loop.length", "\n", "{#", "#}", "**", "%"]
)  # fmt: skip


@settings(max_examples=300, deadline=2_000)
@given(st.lists(SNIPPETS, max_size=25).map("".join))
def test_any_template_renders_or_is_an_input_error(text: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(rendered(text), str)
