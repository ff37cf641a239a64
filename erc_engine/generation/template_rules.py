"""What a prompt template may say: text, values, loops, conditions, a few filters. All else is refused by name.

    check_template(tree, known=("turns", "labels"), line_of="the user template")
    {% for label in labels %}{{ label.name }}{% endfor %}     allowed
    {{ ''.__class__ }}   {% macro … %}   {{ "x" * 9 }}         InputError: what was seen, and what to write

A list of what is allowed is shorter, and safer, than one of what is not: nothing here can call into Python,
define a function, or keep growing a value. How long a template may run is watched in `templates`.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from difflib import get_close_matches

from jinja2 import nodes

from erc_engine.errors import InputError

FILTERS = (
    "capitalize",
    "count",
    "default",
    "first",
    "join",
    "last",
    "length",
    "lower",
    "replace",
    "title",
    "trim",
    "upper",
)
TESTS = ("defined", "undefined", "none", "number", "string", "odd", "even", "equalto", "eq", "ne", "in", "lt", "gt")
METHODS = ("items", "keys", "values")
FUNCTIONS = ("range",)

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.For,
    nodes.If,
    nodes.Assign,
    nodes.With,
    nodes.Const,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Concat,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Neg,
    nodes.Pos,
    nodes.Filter,
    nodes.Test,
    nodes.Call,
    nodes.Keyword,
    nodes.List,
    nodes.Tuple,
)

_NAMES_OF = {
    "CallBlock": "call block",
    "FilterBlock": "filter block",
    "AssignBlock": "set block",
    "FromImport": "import",
    "NSRef": "namespace",
    "Pow": "power (**)",
    "Div": "division (/)",
    "Dict": "dictionary",
    "ScopedEvalContextModifier": "autoescape block",
}


def check_template(tree: nodes.Template, known: Collection[str], where: str) -> None:
    """InputError for the first thing in a template that is not on the list, or a name that no prompt has."""
    _check(tree, frozenset(known) | {*FUNCTIONS, "loop"} | _assigned(tree), where)


def _assigned(tree: nodes.Template) -> frozenset[str]:
    return frozenset(name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param"))


def _check(node: nodes.Node, known: frozenset[str], where: str) -> None:
    refusal = _refusal(node, known)
    if refusal is not None:
        what, hint = refusal
        raise InputError(f"{where}, line {node.lineno}: {what}", hint=hint)
    for child in node.iter_child_nodes():
        _check(child, known, where)


def _refusal(node: nodes.Node, known: frozenset[str]) -> tuple[str, str] | None:
    """What is wrong with one node, and what to write instead; None when it is allowed."""
    kind = type(node).__name__
    if not isinstance(node, _ALLOWED):
        named = _NAMES_OF.get(kind, kind.lower())
        return (
            f"'{named}' is not allowed in a prompt template",
            "use values, for, if, set and the filters: " + _listed(),
        )
    match node:
        case nodes.Name(name=name, ctx="load") if name.startswith("_") or name not in known:
            there = sorted(known - {"loop"})
            near = "".join(f"did you mean '{found}'? " for found in get_close_matches(name, there, n=1))
            return f"'{name}' is not a value of a prompt", f"{near}there are: {', '.join(there)}"
        case nodes.Getattr(attr=attr) if attr.startswith("_"):
            return f"'.{attr}' reaches for Python's internals", "only names without a leading underscore can be read"
        case nodes.Getitem(arg=nodes.Const(value=str() as item)) if item.startswith("_"):
            return f"'[{item!r}]' reaches for Python's internals", "only names without a leading underscore can be read"
        case nodes.Const(value=float() as number) if not math.isfinite(number):
            return "a number is too large", "write numbers that a prompt can have"
        case nodes.Filter(name=name) if name not in FILTERS:
            return f"the filter '{name}' is not allowed", f"filters: {_listed()}"
        case nodes.Test(name=name) if name not in TESTS:
            return f"the test 'is {name}' is not allowed", f"tests: {', '.join(TESTS)}"
        case nodes.Call():
            return _call_refusal(node)
        case nodes.For(recursive=True):
            return "a recursive loop is not allowed", "write one loop inside the other"
        case nodes.List(items=items) if not all(isinstance(item, nodes.Const) for item in items):
            return "a list may hold written-out texts and numbers only", "loop over the values that the prompt has"
        case nodes.Tuple(items=items, ctx="load") if not all(isinstance(item, nodes.Const) for item in items):
            return "a tuple may hold written-out texts and numbers only", "loop over the values that the prompt has"
    return None


def _call_refusal(node: nodes.Call) -> tuple[str, str] | None:
    hint = "calls: range(n), and .items(), .keys(), .values() of a mapping"
    if node.dyn_args is not None or node.dyn_kwargs is not None or node.kwargs:
        return "a call with * or named arguments is not allowed", hint
    match node.node:
        case nodes.Name(name=name) if name in FUNCTIONS:
            return None
        case nodes.Getattr(attr=attr) if attr in METHODS and not node.args:
            return None
        case nodes.Name(name=name) | nodes.Getattr(attr=name):
            return f"the call of '{name}' is not allowed", hint
    return "this call is not allowed", hint


def _listed() -> str:
    return ", ".join(FILTERS)
