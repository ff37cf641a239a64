"""How the command line speaks: tables for people, one JSON object for scripts, errors with their hint.

show(summary, as_json, lambda: table(["split", "utterances"], rows))
score(0.589, (0.566, 0.611))      "58.9 [56.6, 61.1]"
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from erc_engine.errors import ErcError

PIPED_WIDTH = 120  # columns of a table that goes into a file or a pipe
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else.")]


def show(result: Any, as_json: bool, render: Callable[[], None]) -> None:
    """Print a result once, in one of its two forms."""
    if as_json:
        print(_one_line(result))
    else:
        render()


def _one_line(result: Any) -> str:
    """Plain ASCII: on one line and printable whatever the terminal's encoding, also with half a surrogate pair in it."""
    return json.dumps(_plain(result), allow_nan=False)


def _plain(value: Any) -> Any:
    """JSON without NaN or Infinity: what is undefined is null."""
    if hasattr(value, "to_json"):
        return _plain(value.to_json())
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def say(text: str) -> None:
    """Text as it is: data in it is never read as markup."""
    print(printable(text))


def note(text: str) -> None:
    """Progress and asides go to standard error, so that output can be piped."""
    print(printable(text), file=sys.stderr)


def aside(quiet: bool) -> Callable[[str], None]:
    """What tells a person how far long work is; nothing when the output is for a script."""
    return (lambda text: None) if quiet else (lambda text: note(f"  {text}"))


def printable(text: str) -> str:
    """Control characters of data shown as escapes, so that no text can drive the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """A plain table; a column whose name ends in '>' is aligned right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        box=SIMPLE_HEAD,
        title=Text(printable(title)) if title else None,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
    )
    for name in columns:
        heading = Text(printable(name.removesuffix(">")))
        drawn.add_column(heading, justify="right" if name.endswith(">") else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(_cell(value))) for value in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    console.print(drawn)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def points(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.1f}"


def score(fraction: float | None, interval: Sequence[float] | None) -> str:
    """A fraction of 1 in points with its interval."""
    if fraction is None or interval is None:
        return points(fraction)
    return f"{points(fraction)} [{points(interval[0])}, {points(interval[1])}]"


def fail(error: ErcError, as_json: bool) -> None:
    """An error with what to do: on standard output for scripts that asked for JSON, else on standard error."""
    if as_json:
        print(_one_line({"error": error.to_json()}))
        return
    note(f"error: {error.message}")
    if error.hint:
        note(f"  try: {error.hint}")
