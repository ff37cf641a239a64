"""A figure with its table and its CSV, and tables of data whose text nobody reads as markup.

chart_with_data(figure, rows, key="datasets.shares", name="label-shares")
drawn(corpus_plane, found, "label")            # the figure, kept while `found` is the same report
csv_bytes([{"label": "joy", "count": 3}])      # b"label,count\\r\\njoy,3\\r\\n", cells safe for a spreadsheet
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ui import resources

Rows = Sequence[Mapping[str, Any]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(rows: Rows) -> bytes:
    """UTF-8 CSV of the rows; text that a spreadsheet would run as a formula gets a ' in front."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]) if rows else [])
    writer.writeheader()
    for row in rows:
        writer.writerow({k: _safe(v) for k, v in row.items()})
    return out.getvalue().encode()


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def table(rows: Rows, *, key: str, height: int | None = None, columns: Mapping[str, Any] | None = None) -> None:
    """Rows as a table that can be sorted and searched; `columns` as `st.dataframe` takes them."""
    sized: dict[str, Any] = {} if height is None else {"height": height}
    data = pd.DataFrame(list(rows))
    whole = {c: st.column_config.NumberColumn(format="localized") for c in data.select_dtypes("integer").columns}
    config = {**whole, **(columns or {})}
    st.dataframe(data, key=key, hide_index=True, width="stretch", column_config=config, **sized)


def download(rows: Rows, *, key: str, name: str, label: str = "Download CSV") -> None:
    st.download_button(label, csv_bytes(rows), f"{name}.csv", "text/csv", key=key, on_click="ignore")


def chart_with_data(figure: go.Figure, rows: Rows | Callable[[], Rows], *, key: str, name: str, **chart: Any) -> Any:
    """The figure, and behind "Data" its table with a download; gives back what `st.plotly_chart` does.

    The table is made, and sent, only while it is open.
    """
    shown = st.plotly_chart(in_ink(figure), key=key, width="stretch", config={"displaylogo": False}, **chart)
    with st.expander("Data", key=f"{key}.data", on_change="rerun") as data:
        if data.open:
            seen = rows() if callable(rows) else rows
            table(seen, key=f"{key}.table")
            download(seen, key=f"{key}.csv", name=name)
    return shown


@dataclass(frozen=True, eq=False)
class _TheSame:
    """Equal to nothing but the very same thing, which it keeps from being thrown away."""

    thing: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _TheSame) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)


def drawn(draw: Callable[..., go.Figure], *of: Any) -> go.Figure:
    """`draw(*of)`, drawn once for the very same reports and the same words and numbers; nobody may change it."""
    key = (draw.__module__, draw.__qualname__, st.context.theme.type, _named(of))
    return resources.figures().get(key, lambda: in_ink(draw(*of)))


def _named(part: Any) -> Hashable:
    if isinstance(part, list | tuple):
        return tuple(map(_named, part))
    return part if part is None or isinstance(part, str | int | float) else _TheSame(part)


def in_ink(figure: go.Figure) -> go.Figure:
    """The figure with all its text in the theme's own ink: Streamlit's is a grey that cannot be read on a coloured
    cell. `ui.frame` draws the page again when the theme changes under it."""
    theme = st.context.theme.type
    ink = st.get_option(f"theme.{theme}.textColor") if theme else None
    if ink and figure.layout.font.color != ink:
        figure.update_layout(font_color=ink)
        figure.update_xaxes(tickfont_color=ink, title_font_color=ink)
        figure.update_yaxes(tickfont_color=ink, title_font_color=ink)
    return figure
