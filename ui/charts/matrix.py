"""A matrix with a number in each cell, for confusions, transitions and overlaps.

    matrix(columns, rows, [[75, 25], [None, None]], [["3", "1"], ["", ""]], most=100)
    pickable(figure, {(0, 1): ("joy", "anger", "1 of 4")}, "%{customdata[2]}")      # cells that can be clicked
    clicked(st.session_state.get(key))                                              # ("joy", "anger"), or None

Cells are colours laid thinly over whatever is behind, and numbers have the ink of the theme: an empty cell looks
empty and the darkest one can be read (4.5 to 1 and more) on a light page and on a dark one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

NONE, LESS, MORE = "rgba(128,128,128,0.08)", "rgba(0,114,178,0.75)", "rgba(213,94,0,0.75)"
NONE_MORE = ((0.0, NONE), (1.0, LESS))
LESS_MORE = ((0.0, LESS), (0.5, NONE), (1.0, MORE))  # told apart with every common colour blindness
PICKED = "#D55E00"

Cells = Sequence[Sequence[float | None]]


def matrix(
    columns: Sequence[str],
    rows: Sequence[str],
    values: Cells,
    text: Sequence[Sequence[str]],
    *,
    most: float,
    signed: bool = False,
    data: Sequence[Sequence[Any]] | None = None,
    hover: str = "",
) -> go.Figure:
    """Rows from the top down; names and text already escaped. `most` has the full colour, and so has -`most` where
    values are signed. Without `hover` the pointer finds nothing but what `pickable` puts there."""
    figure = go.Figure(
        go.Heatmap(
            x=list(columns),
            y=list(rows),
            z=[list(row) for row in values],
            customdata=None if data is None else [list(row) for row in data],
            colorscale=[list(stop) for stop in (LESS_MORE if signed else NONE_MORE)],
            zmin=-most if signed else 0,
            zmax=most,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverongaps=False,
            hoverinfo=None if hover else "skip",
            hovertemplate=hover or None,
        )
    )
    figure.update_layout(
        annotations=[
            {"x": columns[j], "y": rows[i], "text": written, "showarrow": False, "font": {"size": 12}}
            for i, line in enumerate(text)
            for j, written in enumerate(line)
            if written
        ],
        height=44 * len(rows) + 90,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "categoryorder": "array"}
    figure.update_xaxes(categoryarray=list(columns), **axis)
    figure.update_yaxes(categoryarray=list(rows)[::-1], **axis)
    return figure


def pickable(figure: go.Figure, cells: Mapping[tuple[int, int], Sequence[str]], hover: str) -> go.Figure:
    """Lay an invisible point over cells of a matrix: its data, of which the first two are the labels, rides along."""
    columns, rows = figure.data[0].x, figure.data[0].y
    figure.add_trace(
        go.Scatter(
            x=[columns[j] for _, j in cells],
            y=[rows[i] for i, _ in cells],
            mode="markers",
            marker={"size": 34, "symbol": "square-open", "color": PICKED, "line": {"width": 3}, "opacity": 0.001},
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 0.001}},
            customdata=[list(data) for data in cells.values()],
            hovertemplate=f"{hover}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_layout(clickmode="event+select", dragmode=False)
    return figure


def clicked(selection: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """The labels of the cell that was selected last, by what it carries."""
    points = ((selection or {}).get("selection") or {}).get("points") or []
    data = points[-1].get("customdata") if points else None
    return (str(data[0]), str(data[1])) if data and len(data) >= 2 else None
