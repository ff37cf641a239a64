"""Domain objects as ASCII JSON text and back, so that NUL and lone surrogates survive every database.

    to_text(Licence("CC0", True))        # '{"name":"CC0","may_leave_machine":true,...}'
    from_text(Licence, text)             # Licence("CC0", True)

Reading goes by the type hints of the dataclasses: a field that the text lacks takes its default, one that the
class no longer has is passed over. Only the columns of `tables` use this; files have forms of their own.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any

from erc_engine.errors import InputError

Reader = Callable[[Any], Any]


def to_text(value: Any) -> str:
    """Compact ASCII JSON; what JSON has no form for is an InputError."""
    try:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"a value cannot be stored as JSON: {error}",
            hint="give text, numbers, booleans, lists and mappings with text keys",
        ) from None


def from_text(kind: Any, text: str) -> Any:
    """InputError for a text that no longer fits the type."""
    try:
        return reader(kind)(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"a stored {getattr(kind, '__name__', kind)} cannot be read: {error}",
            hint="it was written by another version of ERC Studio, or changed by hand; restore a backup",
        ) from None


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "tolist"):  # a numpy number or array
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


@cache
def reader(kind: Any) -> Reader:
    """A function from parsed JSON to a value of the type, made once per type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _optional(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(*arguments)
    if dataclasses.is_dataclass(kind):
        return _dataclass(typing.cast(type, kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return _same


def _same(value: Any) -> Any:
    return value


def _optional(kinds: tuple[Any, ...]) -> Reader:
    inner = [reader(kind) for kind in kinds if kind is not type(None)]
    if len(inner) != 1:
        raise TypeError(f"only one type beside None can be read back, seen {kinds}")
    one = inner[0]
    return _same if one is _same else lambda value: None if value is None else one(value)


def _tuple(kinds: tuple[Any, ...]) -> Reader:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        one = reader(kinds[0])
        return tuple if one is _same else lambda values: tuple([one(v) for v in values])
    each = [reader(kind) for kind in kinds]
    return lambda values: tuple([one(v) for one, v in zip(each, values, strict=True)])


def _mapping(key: Any, value: Any) -> Reader:
    one = reader(value)
    if key is int:
        return lambda data: {int(k): one(v) for k, v in data.items()}
    return _same if one is _same else lambda data: {k: one(v) for k, v in data.items()}


def _dataclass(kind: type) -> Reader:
    hints = typing.get_type_hints(kind)
    fields = {f.name: reader(hints[f.name]) for f in dataclasses.fields(kind)}
    converted = [(name, one) for name, one in fields.items() if one is not _same]

    def read(data: dict[str, Any]) -> Any:
        known = data if data.keys() <= fields.keys() else {k: v for k, v in data.items() if k in fields}
        for name, one in converted:
            if name in known:
                known[name] = one(known[name])
        return kind(**known)

    return read
