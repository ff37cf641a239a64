"""Files into text, JSON or rows, with every way in which that fails told as an InputError.

    decode(b"\\xef\\xbb\\xbfhello", "a.csv")       # ("hello", None)
    read_json(Path("dev_data.json"))               # (parsed value, None or an `encoding` fault)

UTF-8, with or without a byte order mark, is right. UTF-16 with its mark and cp1252 are read and reported;
what is neither is refused with the place of the first wrong byte.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.corpora.faults import noted
from erc_engine.domain.reports import Fault
from erc_engine.errors import InputError, NotFoundError

MAX_BYTES = 1 << 30
MAX_COLUMNS = 1000
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SHOWN = 12


def read_bytes(path: Path) -> bytes:
    try:
        if not path.exists():
            raise NotFoundError(f"there is no file {path}", hint="check the path")
        if not path.is_file():
            raise InputError(f"{path} is not a file", hint="name one file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(
                f"{path.name} is {size / (1 << 20):,.0f} MiB; {MAX_BYTES >> 20:,} MiB is the most that is read",
                hint="split it into several files",
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="check the path and its permissions") from None


def decode(data: bytes, name: str, *, only_utf8: bool = False) -> tuple[str, Fault | None]:
    """The text, and an `encoding` fault when it was not UTF-8. No NUL survives in it unless `only_utf8`."""
    fault: Fault | None
    if data.startswith(_UTF16) and not only_utf8:
        try:
            text, fault = data.decode("utf-16"), noted("encoding", [name], "read as UTF-16")
        except UnicodeDecodeError as error:
            raise InputError(f"{name} is broken UTF-16 (byte {error.start:,})", hint="save it as UTF-8") from None
    else:
        text, fault = _utf8_or_cp1252(data, name, only_utf8)
    if "\0" in text and not only_utf8:
        raise InputError(
            f"{name} has a NUL character at place {text.index(chr(0)):,}",
            hint="it is a binary file, or UTF-16 without its mark: save it as UTF-8 text",
        )
    return text, fault


def _utf8_or_cp1252(data: bytes, name: str, only_utf8: bool) -> tuple[str, Fault | None]:
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        wrong = error.start
    try:
        if only_utf8 or b"\0" in data:
            raise UnicodeError
        return data.decode("cp1252"), noted("encoding", [name], f"not UTF-8 at byte {wrong:,}; read as cp1252")
    except UnicodeError:
        raise InputError(f"{name} is not UTF-8 text (byte {wrong:,})", hint="save it as UTF-8") from None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is no finite number")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def parse_json(text: str, where: str) -> Any:
    """Strict JSON: no NaN, no Infinity, nothing nested beyond what Python can follow."""
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise InputError(f"{where} is nested too deep", hint="a corpus needs about five levels") from None
    except ValueError as error:
        raise InputError(f"{where} is not JSON: {str(error)[:200]}", hint="check where it was cut or edited") from None


def read_json(path: Path) -> tuple[Any, Fault | None]:
    text, fault = decode(read_bytes(path), path.name)
    return parse_json(text, path.name), fault


@dataclass(frozen=True)
class Table:
    """A delimited file: its columns, and its rows with the line on which each ends."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    faults: tuple[Fault, ...]

    def need(self, *columns: str) -> None:
        missing = [column for column in columns if column not in self.columns]
        if missing:
            raise InputError(
                f"column {', '.join(map(repr, missing))} is missing from {self.name}; "
                f"it has {', '.join(self.columns) or 'none'}",
                hint="map your own columns with kind csv, e.g. --map text=NAME label=NAME dialogue=NAME",
            )


def read_table(path: Path) -> Table:
    """Tabs for .tsv, else whichever of comma, semicolon, tab and bar the first line has most of."""
    text, fault = decode(read_bytes(path), path.name)
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",;\t|", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    began, rows = 1, []
    try:
        columns = tuple(cell.strip() for cell in next((row for row in reader if any(row)), ()))
        _check_columns(columns, path.name)
        began = reader.line_num + 1
        for row in _rows(reader, columns, path.name):
            rows.append(row)
            began = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{path.name}, in the row from line {began:,}: {error}",
            hint="look for a quotation mark that is never closed, or that stands single within a quoted cell",
        ) from None
    return Table(path.name, columns, tuple(rows), (fault,) if fault else ())


def _check_columns(columns: tuple[str, ...], name: str) -> None:
    if not columns:
        raise InputError(f"{name} is empty", hint="its first line has to name the columns")
    if len(columns) > MAX_COLUMNS:
        raise InputError(f"{name} has {len(columns):,} columns", hint="is its first line the one with the names?")
    named = [column for column in columns if column]
    if len(set(named)) < len(named):
        twice = next(column for column in named if named.count(column) > 1)
        raise InputError(f"{name} has two columns named {twice!r}", hint="rename one")


def _rows(reader: Any, columns: tuple[str, ...], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    for cells in reader:
        if not cells:
            continue
        if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
            raise InputError(
                f"{name}, line {reader.line_num:,} has {len(cells)} cells, the first line names {len(columns)}",
                hint="put cells that hold the delimiter in quotation marks",
            )
        yield reader.line_num, {column: cell for column, cell in zip(columns, cells, strict=False) if column}


def files_in(folder: Path, *endings: str) -> list[Path]:
    """The files of a folder with one of these endings, by name; refused with what is there when there are none."""
    try:
        present = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
        found = [p for p in present if p.suffix.lower() in endings and p.is_file()]
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error}", hint="check its permissions") from None
    if not found:
        seen = ", ".join(p.name for p in present[:_SHOWN]) or "nothing"
        raise NotFoundError(f"{folder} has no file that ends in {' or '.join(endings)}; it has {seen}")
    return found
