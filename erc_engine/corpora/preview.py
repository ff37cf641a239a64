"""The first rows of a delimited file, for choosing which column is what before it is read as a whole.

    preview(b"Scene,Who,Line\\n1,Ana,You came!\\n", "chat.csv").columns      # ("Scene", "Who", "Line")

Reads the head of the file alone, so that it is quick for a file of any size; a broken row ends the preview.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from erc_engine.corpora.delimited import NEEDED, guessed_columns
from erc_engine.corpora.files import MAX_COLUMNS, decode
from erc_engine.errors import InputError

HEAD_BYTES = 128 * 1024
ROWS = 8


@dataclass(frozen=True)
class TablePreview:
    """`guessed` maps what is needed to the columns with obvious names; `missing` is needed and has none."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    guessed: Mapping[str, str]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(target for target in NEEDED if target not in self.guessed)


def preview(head: bytes, name: str) -> TablePreview:
    """`head` is the beginning of the file, of which the first `HEAD_BYTES` are looked at."""
    cut = head[:HEAD_BYTES]
    if len(head) > HEAD_BYTES:
        cut = cut[: cut.rfind(b"\n") + 1 or HEAD_BYTES]
    text, _ = decode(cut, name)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = "\t" if name.lower().endswith(".tsv") else max(",;\t|", key=first.count)
    rows: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(row):
                rows.append(tuple(row))
            if len(rows) > ROWS:
                break
    except csv.Error as error:
        if not rows:
            why = f"line {reader.line_num:,}: {error}"
            raise InputError(
                f"{name} cannot be read as a table: {why}", hint="save it as CSV or TSV in UTF-8"
            ) from None
    if not rows:
        raise InputError(f"{name} is empty", hint="its first line has to name the columns")
    columns = tuple(cell.strip() for cell in rows[0])
    width = len(columns)
    if width > MAX_COLUMNS:
        raise InputError(f"{name} has {width:,} columns", hint="is its first line the one with the names?")
    filled = tuple((*row, *[""] * width)[:width] for row in rows[1:])
    return TablePreview(name, columns, filled, guessed_columns(columns, {}))
