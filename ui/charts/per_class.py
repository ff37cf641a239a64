"""F1 of each label as bars in scheme order, with intervals and how many turns stand behind each.

per_class_bars(found.scheme, found.per_class)       # Measured by label; points on the axis
"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from erc_engine.domain.curation import Measured
from erc_engine.domain.experiment import ClassScore
from erc_engine.domain.labels import LabelScheme
from ui.charts.text import escape
from ui.charts.whiskers import over_bars, whiskers


def per_class_bars(scheme: LabelScheme, found: Mapping[str, Measured]) -> go.Figure:
    """The number stands right of the whisker; a label that is undefined has no bar and says so."""
    points = [100 * (found[name].value or 0.0) for name in scheme.names]
    spans = [found[name].interval for name in scheme.names]
    ends = [max(p, 100 * span[1]) if span else p for p, span in zip(points, spans, strict=True)]
    names = [_named(name, found[name].n) for name in scheme.names]
    bars = go.Bar(
        x=points,
        y=names,
        orientation="h",
        marker={"color": [label.colour for label in scheme.labels]},
        error_x=whiskers(points, [(100 * s[0], 100 * s[1]) if s else None for s in spans]),
        customdata=[[name, _interval(found[name])] for name in scheme.names],
        hovertemplate="%{y}<br>F1 %{x:.1f}%{customdata[1]}<extra></extra>",
    )
    dark = over_bars(bars)
    figure = go.Figure(
        [
            bars,
            dark,
            go.Scatter(
                x=ends,
                y=names,
                mode="text",
                text=[
                    " –" if found[n].value is None else f" {p:.1f}" for n, p in zip(scheme.names, points, strict=True)
                ],
                textposition="middle right",
                cliponaxis=False,
                hoverinfo="skip",
            ),
        ]
    )
    figure.update_layout(
        height=34 * len(names) + 70, bargap=0.3, showlegend=False, margin={"l": 8, "r": 36, "t": 8, "b": 8}
    )
    figure.update_xaxes(
        range=[0, max([25.0, *(1.08 * end for end in ends)])], title="F1, points", fixedrange=True, nticks=6
    )
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], fixedrange=True)
    return figure


def _named(name: str, n: int) -> str:
    return f"{escape(name)}  n = {n:,}"


def _interval(found: Measured) -> str:
    return f" [{100 * found.interval[0]:.1f}, {100 * found.interval[1]:.1f}]" if found.interval else ""


def per_class_rows(
    scheme: LabelScheme, found: Mapping[str, Measured], scores: Mapping[str, ClassScore]
) -> list[dict[str, str | int | float | None]]:
    rows: list[dict[str, str | int | float | None]] = []
    for name in scheme.names:
        interval, value = found[name].interval, found[name].value
        rows.append(
            {
                "label": name,
                "F1": None if value is None else round(100 * value, 1),
                "low": round(100 * interval[0], 1) if interval else None,
                "high": round(100 * interval[1], 1) if interval else None,
                "precision": round(100 * scores[name].precision, 1),
                "recall": round(100 * scores[name].recall, 1),
                "gold turns": scores[name].support,
            }
        )
    return rows
