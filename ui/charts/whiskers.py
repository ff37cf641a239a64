"""Intervals as Plotly error bars.

whiskers([9.0], [(6.0, 15.0)])                       # array [6.0], arrayminus [3.0]; None has no whisker
figure.add_trace(over_bars(bars))                    # bars: a horizontal go.Bar with error_x; seen on any colour
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

INK, HALO = "#1F2430", "rgba(255,255,255,0.85)"
Span = tuple[float, float] | None


def whiskers(values: Sequence[float | None], spans: Sequence[Span], *, width: int = 4, **look: Any) -> dict[str, Any]:
    """`look` as Plotly has it: color, thickness."""
    pairs = list(zip(values, spans, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": [span[1] - value if span and value is not None else 0 for value, span in pairs],
        "arrayminus": [value - span[0] if span and value is not None else 0 for value, span in pairs],
        "thickness": 1.5,
        "width": width,
        **look,
    }


def over_bars(bars: go.Bar) -> go.Scatter:
    """The dark middle of the whiskers; those of the bars become a light rim around it, so that both the end on the
    bar and the one beyond it are seen on a light page and on a dark one."""
    dark = bars.error_x.to_plotly_json() | {"color": INK, "thickness": 1.5, "width": 3}
    bars.error_x.update(color=HALO, thickness=3.5, width=4)
    return go.Scatter(
        x=bars.x, y=bars.y, mode="markers", marker={"size": 1, "color": INK, "opacity": 0}, error_x=dark,
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip
