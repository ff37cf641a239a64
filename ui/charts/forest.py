"""Differences between pairs of runs as a forest plot: a point, its interval, and the corrected p beside it.

forest(compare(workspace, [a, b, c], Split.DEV))        # one row a pair, later minus earlier, in points
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from erc_engine.domain.experiment import Comparison
from ui.charts.shares import OUTLINE
from ui.charts.text import escape
from ui.charts.whiskers import whiskers

LEVEL = 0.05
CLEAR, UNCLEAR = "#338FCC", "#8C8C8C"


def p_said(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def forest(pairs: Sequence[Comparison]) -> go.Figure:
    """Filled points are pairs whose corrected p is under 0.05; the line at 0 is no difference."""
    rows = [f"{escape(c.b)}<br>minus {escape(c.a)}" for c in pairs]
    points = [100 * c.difference for c in pairs]
    colours = [CLEAR if c.p_holm < LEVEL else UNCLEAR for c in pairs]
    edge = max([1.0, *(100 * max(abs(c.interval[0]), abs(c.interval[1])) for c in pairs)])
    figure = go.Figure()
    for c, row, point, colour in zip(pairs, rows, points, colours, strict=True):
        low, high = 100 * c.interval[0], 100 * c.interval[1]
        clear = c.p_holm < LEVEL
        figure.add_trace(
            go.Scatter(
                x=[point],
                y=[row],
                mode="markers",
                marker={"size": 12, "symbol": "square" if clear else "square-open", "color": colour},
                error_x=whiskers([point], [(low, high)], color=colour, thickness=2, width=5),
                customdata=[[c.a, c.b]],
                hovertemplate=f"%{{y}}<br>{point:+.1f} [{low:+.1f}, {high:+.1f}]<br>{p_said(c.p_holm)} after Holm, "
                f"{p_said(c.p)} alone<br>n = {c.n:,} in {c.dialogues:,} dialogues<extra></extra>",
            )
        )
        figure.add_annotation(
            x=1.01,
            xref="paper",
            y=row,
            xanchor="left",
            align="left",
            showarrow=False,
            text=f"{point:+.1f} [{low:+.1f}, {high:+.1f}]<br>{p_said(c.p_holm).replace('<', '&lt;')}",
        )
    figure.add_vline(x=0, line={"color": OUTLINE, "width": 1})
    figure.update_layout(
        height=62 * len(rows) + 70, showlegend=False, margin={"l": 8, "r": 150, "t": 8, "b": 8}, dragmode=False
    )
    figure.update_xaxes(range=[-1.1 * edge, 1.1 * edge], title="difference in weighted F1, points", fixedrange=True)
    figure.update_yaxes(categoryorder="array", categoryarray=rows[::-1], range=[-0.6, len(rows) - 0.4], fixedrange=True)
    return figure


def forest_rows(pairs: Sequence[Comparison]) -> list[dict[str, str | int | float | None]]:
    return [
        {
            "run": c.b,
            "minus": c.a,
            "split": str(c.split),
            "difference, points": round(100 * c.difference, 2),
            "low": round(100 * c.interval[0], 2),
            "high": round(100 * c.interval[1], 2),
            "p": round(c.p, 4),
            "p after Holm": round(c.p_holm, 4),
            "macro F1, points": round(100 * c.macro_difference, 2),
            "McNemar p (turns)": None if c.mcnemar_p is None else round(c.mcnemar_p, 4),
            "n": c.n,
            "dialogues": c.dialogues,
        }
        for c in pairs
    ]
