"""A set's shares, scores or numbers as bars, a benchmark's as thin outlines around them.

paired_bars(bars, ("made:train", "meld:train"))        # bars: a picture of a quality card
paired_rows(bars, ("made:train", "meld:train"))[0]     # {"lengths": "1–2", "made:train": 0.0, "meld:train": 0.18}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from erc_engine.domain.quality import NUMBER, Bars
from erc_engine.workflows.quality_words import number
from ui.charts.shares import OUTLINE
from ui.charts.text import escape, shortened

SET = "#0072B2"
LONGEST_NAME = 34


def paired_bars(bars: Bars, sides: tuple[str, str], colours: Mapping[str, str] | None = None) -> go.Figure:
    """Horizontal bars, the first name on top; names that are emotions in their colours."""
    known = colours or {}
    labels = [escape(shortened(name, LONGEST_NAME)) for name in bars.names]
    figure = go.Figure()
    painted = [known.get(name, SET) for name in bars.names] if set(bars.names) <= set(known) else SET
    figure.add_trace(_trace(bars, bars.mine, labels, sides[0], color=painted))
    if bars.theirs:
        line = {"color": OUTLINE, "width": 1.5}
        figure.add_trace(_trace(bars, bars.theirs, labels, sides[1], color="rgba(0,0,0,0)", line=line))
    widest = max([v for v in (*bars.mine, *bars.theirs) if v is not None], default=0.0)
    figure.update_xaxes(
        range=[0, 1.05 * _scaled(bars, widest) or 1], showgrid=False, nticks=4, fixedrange=True,
        ticksuffix="" if bars.unit != "share" else " %",
    )  # fmt: skip
    figure.update_yaxes(type="category", autorange="reversed", fixedrange=True, tickvals=labels)
    figure.update_layout(
        title={"text": escape(bars.title), "font": {"size": 14}},
        height=26 * len(labels) + 120,
        barmode="overlay",
        bargap=0.3,
        margin={"l": 8, "r": 8, "t": 40, "b": 56},
        showlegend=bool(bars.theirs),
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        dragmode=False,
    )
    return figure


def _scaled(bars: Bars, value: float) -> float:
    return value if bars.unit == NUMBER else 100 * value


def _trace(bars: Bars, values: Sequence[float | None], labels: Sequence[str], name: str, **marker: object) -> go.Bar:
    return go.Bar(
        x=[None if v is None else _scaled(bars, v) for v in values],
        y=list(labels),
        orientation="h",
        name=escape(name),
        marker=marker,
        customdata=["–" if v is None else number(v, bars.unit) for v in values],
        hovertemplate=f"%{{y}}: %{{customdata}}<extra>{escape(name)}</extra>",
    )


def paired_rows(bars: Bars, sides: tuple[str, str]) -> list[dict[str, str | float | None]]:
    """The table behind the picture."""
    found: list[dict[str, str | float | None]] = []
    for i, name in enumerate(bars.names):
        row: dict[str, str | float | None] = {bars.title: name, sides[0]: bars.mine[i]}
        found.append(row | ({sides[1]: bars.theirs[i]} if bars.theirs else {}))
    return found
