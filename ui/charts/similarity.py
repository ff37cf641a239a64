"""How many clusters and repeats there are at each threshold.

threshold_curve(found.counts(), 0.7)        # [(1.0, 0, 0), …]: threshold, clusters, repeats
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from ui.charts.shares import OUTLINE

CLUSTERS, REPEATS = "#0072B2", "#D55E00"
Counts = Sequence[tuple[float, int, int]]


def threshold_curve(counts: Counts, threshold: float) -> go.Figure:
    """Two lines with their names at the strict end; the upright line is the threshold in use."""
    ordered = sorted(counts)
    x = [t for t, _, _ in ordered]
    figure = go.Figure()
    for name, place, colour, dash in (("repeats", 2, REPEATS, "solid"), ("clusters", 1, CLUSTERS, "dot")):
        figure.add_trace(
            go.Scatter(
                x=x,
                y=[row[place] for row in ordered],
                mode="lines",
                line={"color": colour, "width": 2, "shape": "vh", "dash": dash},
                name=name,
                hovertemplate=f"%{{y:,}} {name} at %{{x:.2f}}<extra></extra>",
            )
        )
    figure.add_vline(x=threshold, line={"color": OUTLINE, "width": 1.5})
    most = max([1, *(repeats for _, _, repeats in ordered)])
    figure.update_layout(
        height=220,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        hovermode="x",
        dragmode=False,
    )
    figure.update_xaxes(title="threshold", range=[min(x, default=0) - 0.01, 1.01], fixedrange=True)
    figure.update_yaxes(range=[0, 1.1 * most], fixedrange=True, nticks=5, tickformat=",d")
    return figure


def threshold_rows(counts: Counts) -> list[dict[str, float | int]]:
    return [{"threshold": t, "clusters": clusters, "repeats": repeats} for t, clusters, repeats in sorted(counts)]
