"""Jinja2 templates that strangers may write: sandboxed, strict, and bounded in time, steps and size.

    template = compile_template("{% for s in speakers %}{{ s.name }} {% endfor %}", known=("speakers",))
    template.render({"speakers": [{"name": "Ana"}]})     # "Ana "

Three fences, one behind the other. `template_rules` refuses whatever is not on a short list before anything
runs. Jinja2's immutable sandbox guards attributes. And every loop step, operator, filter and output passes a
guard here that counts steps, looks at the clock and bounds the size of texts and numbers, so that a template
cannot run on (loops inside loops without any output included) nor fill the memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from jinja2 import StrictUndefined, TemplateError, nodes, pass_context
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from erc_engine.errors import InputError
from erc_engine.generation.template_rules import FILTERS, TESTS, check_template

MAX_TEMPLATE = 20_000  # characters of a template
MAX_OUTPUT = 60_000  # characters of a rendered prompt, and of any text on the way to it
MAX_NUMBER = 10**12
MAX_STEPS = 20_000  # loop steps in one rendering, all loops together
MAX_SECONDS = 1.0

_STEPS = "steps within bounds"  # names with a space: no template can write them
_JOINED = "texts within bounds"
_FUEL = "fuel of this rendering"

F = TypeVar("F", bound=Callable[..., Any])


class _Refused(Exception):
    """A template over a bound, or a value where none may stand; becomes an InputError in `render`."""


class _Fuel:
    """What one rendering may still use up."""

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.until = time.monotonic() + MAX_SECONDS

    def burn(self, steps: int = 0) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise _Refused(f"its loops take more than {MAX_STEPS} steps")
        if time.monotonic() > self.until:
            raise _Refused(f"it runs for more than {MAX_SECONDS:g} s")


def _burn(context: Context) -> None:
    fuel = context.parent.get(_FUEL)
    if isinstance(fuel, _Fuel):
        fuel.burn()


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_OUTPUT:
        raise _Refused(f"a text in it grows over {MAX_OUTPUT} characters")
    if isinstance(value, int | float) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise _Refused(f"a number in it grows over {MAX_NUMBER}")
    return value


def _plain(value: Any) -> str:
    """The text of a value that may stand in a prompt: texts and numbers, nothing else."""
    if isinstance(value, Undefined):
        return str(value)  # raises UndefinedError with the name
    if not isinstance(value, str | int | float):
        raise _Refused(f"it writes a {type(value).__name__} as it is: loop over it, or use the filter join")
    return str(_bounded(value))


@pass_context
def _steps(context: Context, values: Iterable[Any]) -> Iterator[Any]:
    fuel = context.parent[_FUEL]
    for value in values:
        fuel.burn(1)
        yield value


@pass_context
def _joined(context: Context, values: Sequence[Any]) -> str:
    _burn(context)
    return str(_bounded("".join(_plain(value) for value in values)))


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that looks at the clock first and whose result is bounded."""

    @pass_context
    def guarded(context: Context, value: Any, *rest: Any) -> Any:
        _burn(context)
        if isinstance(value, Undefined) and function is not _default:
            str(value)  # raises UndefinedError with the name
        return _bounded(function(value, *rest))

    return guarded


def _default(value: Any, otherwise: Any = "", also_empty: bool = False) -> Any:
    return otherwise if isinstance(value, Undefined) or (also_empty and not value) else value


def _join(values: Any, between: str = "", attribute: str | None = None) -> str:
    parts = []
    for value in values:
        if attribute is not None:
            if not isinstance(value, Mapping) or attribute not in value:
                raise _Refused(f"the filter join finds no '{attribute}' in its values")
            value = value[attribute]
        parts.append(_plain(value))
    between = _plain(between)
    if sum(map(len, parts)) + len(between) * len(parts) > MAX_OUTPUT:
        raise _Refused(f"a text in it grows over {MAX_OUTPUT} characters")
    return between.join(parts)


def _replace(value: Any, old: Any, new: Any) -> str:
    text, old, new = _plain(value), _plain(old), _plain(new)
    if len(text) + (text.count(old) * len(new)) > MAX_OUTPUT:
        raise _Refused(f"a text in it grows over {MAX_OUTPUT} characters")
    return text.replace(old, new)


def _first(values: Any) -> Any:
    return next(iter(values), "")


def _last(values: Any) -> Any:
    return next(reversed(list(values)), "")


_FILTERS: dict[str, Callable[..., Any]] = {
    "capitalize": lambda value: _plain(value).capitalize(),
    "count": len,
    "default": _default,
    "first": _first,
    "join": _join,
    "last": _last,
    "length": len,
    "lower": lambda value: _plain(value).lower(),
    "replace": _replace,
    "title": lambda value: _plain(value).title(),
    "trim": lambda value: _plain(value).strip(),
    "upper": lambda value: _plain(value).upper(),
}


class _Guards(NodeTransformer):
    """Sends every loop through the step counter and every `~` through the bounded join."""

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _filter(_STEPS, node.iter)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        return _filter(_JOINED, nodes.List(node.nodes, lineno=node.lineno))


def _filter(name: str, value: nodes.Node) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)


class _Environment(ImmutableSandboxedEnvironment):
    """No loader, no globals but range, and operators only where they cannot blow up."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            optimized=False,
            cache_size=0,
            finalize=_plain_at_the_end,
        )
        self.globals = {"range": _range}
        self.filters = {name: _guarded(function) for name, function in _FILTERS.items() if name in FILTERS}
        self.filters |= {_STEPS: _steps, _JOINED: _joined}
        self.tests = {name: self.tests[name] for name in TESTS}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _burn(context)
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        texts = operator == "+" and isinstance(left, str) and isinstance(right, str)
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)  # raises UndefinedError with the name
        if not numbers and not texts:
            raise _Refused(f"'{operator}' is for numbers (and + for two texts): use ~ to put texts together")
        return _bounded(super().call_binop(context, operator, _bounded(left), _bounded(right)))


def _range(*bounds: int) -> range:
    wanted = range(*bounds)
    if len(wanted) > MAX_STEPS:
        raise _Refused(f"its loops take more than {MAX_STEPS} steps")
    return wanted


@pass_context
def _plain_at_the_end(context: Context, value: Any) -> str:
    _burn(context)
    return _plain(value)


_ENVIRONMENT = _Environment()


@dataclass(frozen=True)
class BoundedTemplate:
    """A template that passed the rules; `where` names it in errors ("the user template of recipe x")."""

    where: str
    code: Any

    def render(self, values: Mapping[str, Any]) -> str:
        """The text for these values; InputError for an undefined name or a template over the bounds."""
        size, pieces = 0, []
        try:
            for piece in self.code.generate({**values, _FUEL: _Fuel()}):
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise _Refused(f"it writes more than {MAX_OUTPUT} characters")
                pieces.append(piece)
        except _Refused as error:
            raise InputError(f"{self.where} is refused: {error}", hint="make it simpler") from None
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            raise InputError(f"{self.where} cannot be rendered: {error}", hint=_HINT) from None
        return "".join(pieces)


_HINT = "see the values that a prompt has in docs, or the bundled recipes"


def compile_template(text: str, known: Collection[str], where: str = "the template") -> BoundedTemplate:
    """A template ready to render; InputError for a mistake in it or anything off the list. Cached by its text."""
    return _compiled(text, tuple(sorted(known)), where)


@lru_cache(maxsize=256)
def _compiled(text: str, known: tuple[str, ...], where: str) -> BoundedTemplate:
    if len(text) > MAX_TEMPLATE:
        raise InputError(f"{where} has {len(text)} characters", hint=f"{MAX_TEMPLATE} at most")
    try:
        tree = _ENVIRONMENT.parse(text)
        check_template(tree, known, where)
        return BoundedTemplate(where, _ENVIRONMENT.from_string(_Guards().visit(tree)))
    except TemplateError as error:
        number = getattr(error, "lineno", None)
        line = f", line {number}" if number else ""
        raise InputError(f"{where}{line}: {error}", hint=_HINT) from None
    except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError) as error:
        raise InputError(
            f"{where} is too deeply nested or malformed: {type(error).__name__}", hint="make it simpler"
        ) from None
