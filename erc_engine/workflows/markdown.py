"""Pieces of Markdown in which no text of data can become markup.

plain("<b>*Ana*</b> | x")           # "&lt;b&gt;\\*Ana\\*&lt;/b&gt; \\| x"
rows(["name", "n"], [("Ana", 3)])   # a table
fenced("{% for … %}")               # a code block that its content cannot close
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

_MARKUP = re.compile(r"([\\`*_\[\]#!|~@$]|:(?=//))")
_ADDRESS = re.compile(r"(?i)\b(www)\.")


def plain(value: object) -> str:
    """One line, shown as it is: markup, HTML, addresses and control characters lose their meaning."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    text = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    return _ADDRESS.sub(r"\1\\.", escape(text, quote=False))


def rows(head: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    """A table; numbers stand right, cells are `plain`. Cells that are Markdown already are `Raw`."""
    listed = [tuple(body_row) for body_row in body]
    right = [bool(listed) and all(isinstance(row[n], int | float) for row in listed) for n in range(len(head))]
    lines = [_line(head), "|" + "|".join(" ---: " if numeric else " --- " for numeric in right) + "|"]
    return "\n".join([*lines, *(_line(row) for row in listed)])


class Raw(str):
    """Markdown that was written here, not data."""


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(cell: object) -> str:
    if isinstance(cell, Raw):
        return str(cell)
    if isinstance(cell, bool) or not isinstance(cell, int):
        return plain(cell)
    return f"{cell:,}"


def fenced(text: str, language: str = "") -> str:
    longest = max((len(list(run)) for mark, run in groupby(text) if mark == "`"), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
