r"""Column types: text that every database takes, domain objects as JSON, moments and large whole numbers.

Column("reason", SafeText)             # "a\x00b" stands in the file as "a\0b" and comes back exactly
Column("settings", Document(RunSettings))
Column("at", Moment)                   # seconds since 1970 in the file, a datetime in UTC in Python
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, Double, Text
from sqlalchemy.types import TypeDecorator

from erc_engine.store.encoding import from_text, to_text

_UNSAFE = re.compile("[\\\\\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(0|\\|u[0-9a-f]{4})")


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return "\\\\" if char == "\\" else "\\0" if char == "\x00" else f"\\u{ord(char):04x}"


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return "\\" if code == "\\" else "\x00" if code == "0" else chr(int(code[1:], 16))


class SafeText(TypeDecorator[str]):
    """Text with NUL, lone surrogates and the backslash escaped: equal texts stay equal, others stay apart."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _UNSAFE.sub(_escape, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or "\\" not in value else _ESCAPED.sub(_unescape, value)


class Document(TypeDecorator[Any]):
    """A domain object (or anything JSON has a form for) as ASCII JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any = Any) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else to_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else from_text(self.kind, value)


class Moment(TypeDecorator[datetime]):
    impl = Double
    cache_ok = True

    def process_bind_param(self, value: datetime | float | None, dialect: Dialect) -> float | None:
        return value.timestamp() if isinstance(value, datetime) else value

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


class WholeNumber(TypeDecorator[int]):
    """A whole number of any size, as text: seeds are wider than the databases' 64 signed bits."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        return None if value is None else str(int(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)
