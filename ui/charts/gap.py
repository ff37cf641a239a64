"""What is there and what is to be added, label by label.

gap_bars(scheme, found)      # found: a Gap; full bars are there, hatched ones to add, a tick is the wanted share
"""

from __future__ import annotations

import plotly.graph_objects as go

from erc_engine.domain.imbalance import Gap
from erc_engine.domain.labels import LabelScheme
from ui.charts.shares import OUTLINE
from ui.charts.text import escape


def gap_bars(scheme: LabelScheme, found: Gap) -> go.Figure:
    """Stacked counts; the outline is the wanted share of all that would be there then."""
    names = [escape(name) for name in scheme.names]
    colours = [label.colour for label in scheme.labels]
    there, added = ([counts[name] for name in scheme.names] for counts in (found.counts, found.add))
    total = sum(there) + sum(added)
    hover = "%{y}: %{x:,} utterances<extra>"
    figure = go.Figure(
        [
            go.Bar(x=there, y=names, orientation="h", marker={"color": colours}, hovertemplate=hover + "there</extra>"),
            go.Bar(
                x=added,
                y=names,
                orientation="h",
                marker={"color": colours, "pattern": {"shape": "/", "fgcolor": "#FFFFFF", "size": 6}},
                text=[f"+{n:,}" if n else "" for n in added],
                textposition="outside",
                cliponaxis=False,
                hovertemplate=hover + "to add</extra>",
            ),
            go.Scatter(
                x=[found.wanted[name] * total for name in scheme.names],
                y=names,
                mode="markers",
                marker={"symbol": "line-ns", "size": 22, "line": {"width": 2, "color": OUTLINE}},
                hovertemplate="%{y}: %{x:,.0f} wanted<extra></extra>",
            ),
        ]
    )
    longest = max([a + b for a, b in zip(there, added, strict=True)] + [w * total for w in found.wanted.values()] + [1])
    figure.update_layout(
        barmode="stack",
        bargap=0.3,
        showlegend=False,
        height=34 * len(names) + 50,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    figure.update_xaxes(range=[0, 1.15 * longest], fixedrange=True, showgrid=False, nticks=5)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], fixedrange=True)
    return figure


def gap_rows(scheme: LabelScheme, found: Gap) -> list[dict[str, str | int | float]]:
    return [
        {
            "label": name,
            "there": found.counts[name],
            "to add": found.add[name],
            "wanted share": round(found.wanted[name], 4),
            "share then": round(found.after[name], 4),
        }
        for name in scheme.names
    ]
