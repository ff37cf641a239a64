"""What a classifier takes for what: gold labels as rows, predicted ones as columns.

confusion_of_run(found.scheme, found.evaluation.scores.confusion)     # counts and row shares in each cell
clicked(st.session_state.get(key))                                    # ("neutral", "joy"), or None
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from erc_engine.domain.labels import LabelScheme
from ui.charts.agreement import clicked as clicked
from ui.charts.text import escape
from ui.charts.transitions import NONE_MORE

DARK_FROM = 55.0  # percent of the row from where white reads better on the cell than black


def confusion_of_run(scheme: LabelScheme, counts: Sequence[Sequence[int]]) -> go.Figure:
    """Colour is the share of the gold label; each cell carries an invisible point that can be selected."""
    names = [escape(name) for name in scheme.names]
    totals = [sum(row) for row in counts]
    shares = [[100 * n / total if total else None for n in row] for row, total in zip(counts, totals, strict=True)]
    text = [
        [f"{n:,}<br>{share:.0f} %" if n and share is not None else "" for n, share in zip(row, part, strict=True)]
        for row, part in zip(counts, shares, strict=True)
    ]
    rows = [f"{name}  {total:,}" for name, total in zip(names, totals, strict=True)]
    cells = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) if n]
    figure = go.Figure(
        [
            go.Heatmap(
                x=names,
                y=rows,
                z=shares,
                colorscale=NONE_MORE,
                zmin=0,
                zmax=100,
                showscale=False,
                xgap=2,
                ygap=2,
                hoverinfo="skip",
            ),
            go.Scatter(
                x=[names[j] for _, j in cells],
                y=[rows[i] for i, _ in cells],
                mode="markers",
                marker={"size": 34, "symbol": "square", "color": "#000000", "opacity": 0.001},
                selected={"marker": {"opacity": 0.25}},
                unselected={"marker": {"opacity": 0.001}},
                customdata=[
                    [scheme.names[i], scheme.names[j], f"{counts[i][j]:,} of {totals[i]:,}", escape(scheme.names[i])]
                    for i, j in cells
                ],
                hovertemplate="%{customdata[3]} taken for %{x}<br>%{customdata[2]}<extra></extra>",
            ),
        ]
    )
    for i, j in cells:
        figure.add_annotation(
            x=names[j],
            y=rows[i],
            text=text[i][j],
            showarrow=False,
            font={"size": 11, "color": "#FFFFFF" if (shares[i][j] or 0) > DARK_FROM else "#1F2430"},
        )
    figure.update_layout(
        height=46 * len(names) + 96,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        clickmode="event+select",
        dragmode=False,
    )
    figure.update_yaxes(categoryorder="array", categoryarray=rows[::-1], title="gold", fixedrange=True, showgrid=False)
    figure.update_xaxes(categoryorder="array", categoryarray=names, title="predicted", fixedrange=True, showgrid=False)
    return figure


def confusion_of_run_rows(scheme: LabelScheme, counts: Sequence[Sequence[int]]) -> list[dict[str, str | int | float]]:
    return [
        {"gold": gold, "predicted": predicted, "turns": n, "share of gold": round(n / (sum(counts[i]) or 1), 4)}
        for i, gold in enumerate(scheme.names)
        for j, predicted in enumerate(scheme.names)
        if (n := counts[i][j])
    ]
