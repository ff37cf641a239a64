"""What a classifier takes for what: gold labels as rows, predicted ones as columns.

confusion_of_run(found.scheme, found.evaluation.scores.confusion)     # counts and row shares in each cell
clicked(st.session_state.get(key))                                    # ("neutral", "joy"), or None
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from erc_engine.domain.labels import LabelScheme
from ui.charts.matrix import clicked as clicked
from ui.charts.matrix import matrix, pickable
from ui.charts.text import escape


def confusion_of_run(scheme: LabelScheme, counts: Sequence[Sequence[int]]) -> go.Figure:
    """Colour is the share of the gold label; each cell can be selected."""
    names = [escape(name) for name in scheme.names]
    totals = [sum(row) for row in counts]
    shares = [[100 * n / total if total else None for n in row] for row, total in zip(counts, totals, strict=True)]
    text = [
        [f"{n:,}<br>{share:.0f} %" if n and share is not None else "" for n, share in zip(row, part, strict=True)]
        for row, part in zip(counts, shares, strict=True)
    ]
    rows = [f"{name}  {total:,}" for name, total in zip(names, totals, strict=True)]
    figure = matrix(names, rows, shares, text, most=100)
    there = {
        (i, j): (scheme.names[i], scheme.names[j], f"{n:,} of {totals[i]:,}", names[i])
        for i, row in enumerate(counts)
        for j, n in enumerate(row)
        if n
    }
    pickable(figure, there, "%{customdata[3]} taken for %{x}<br>%{customdata[2]}")
    figure.update_annotations(font_size=11)
    figure.update_yaxes(title="gold")
    figure.update_xaxes(title="predicted")
    return figure


def confusion_of_run_rows(scheme: LabelScheme, counts: Sequence[Sequence[int]]) -> list[dict[str, str | int | float]]:
    return [
        {"gold": gold, "predicted": predicted, "turns": n, "share of gold": round(n / (sum(counts[i]) or 1), 4)}
        for i, gold in enumerate(scheme.names)
        for j, predicted in enumerate(scheme.names)
        if (n := counts[i][j])
    ]
