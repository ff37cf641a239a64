"""Typed values out of parsed JSON, or an InputError that says where something else stood.

string({"text": "Hello"}, "text", "dev.json, dialogue 3")     # "Hello"
"""

from __future__ import annotations

from typing import Any

from erc_engine.errors import InputError


def items(data: Any, where: str, key: str | None = None) -> list[Any]:
    """A list, or the list under a key of an object."""
    value = _field(data, key, where) if key else data
    if not isinstance(value, list):
        named = f" under {key!r}" if key else ""
        raise InputError(f"{where}: expected a list{named}, seen {type(value).__name__}", hint="check the file's shape")
    return value


def string(data: Any, key: str, where: str, *, needed: bool = True) -> str:
    """The text under a key; a number is taken as its digits, nothing as "" unless it is needed."""
    value = _field(data, key, where) if needed else _object(data, where).get(key)
    if value is None and not needed:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise InputError(f"{where}: {key} is not text but {type(value).__name__}", hint="check the file's shape")
    return value


def strings(data: Any, key: str, where: str) -> list[str]:
    value = items(data, where, key)
    if not all(isinstance(one, str) for one in value):
        raise InputError(f"{where}: {key} is not a list of texts", hint="check the file's shape")
    return value


def _object(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InputError(f"{where}: expected an object, seen {type(data).__name__}", hint="check the file's shape")
    return data


def _field(data: Any, key: str, where: str) -> Any:
    record = _object(data, where)
    if key not in record:
        raise InputError(
            f"{where} has no {key!r}; it has {', '.join(map(str, list(record)[:12])) or 'nothing'}",
            hint="is it a file of this benchmark?",
        )
    return record[key]
