"""How far annotators agree and what they mix up: coefficients with intervals, and confusions that can be clicked.

agreement_forest(report.agreement)               a panel for each kind of annotators
confusion_heat(found)                            share of the row in each cell; a click gives (row, column) labels
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from erc_engine.domain.curation import AgreementReport
from erc_engine.domain.disagreement import Confusion
from ui.charts.matrix import matrix, pickable
from ui.charts.numbers import said
from ui.charts.text import escape
from ui.charts.transitions import SYMBOLS
from ui.charts.whiskers import whiskers

MEASURES = {
    "percent": "percent agreement",
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "alpha": "Krippendorff's alpha",
    "ac1": "Gwet's AC1",
}
KINDS = ("#338FCC", "#D55E00", "#009E73", "#CC79A7")


def agreement_forest(reports: Sequence[AgreementReport]) -> go.Figure:
    """A row for each measure, a symbol for each kind of annotators; what is undefined has none and is in the table."""
    figure = go.Figure()
    for number, report in enumerate(reports):
        found = [(name, getattr(report, m)) for m, name in MEASURES.items() if getattr(report, m).value is not None]
        colour = KINDS[number % len(KINDS)]
        figure.add_trace(
            go.Scatter(
                x=[m.value for _, m in found],
                y=[name for name, _ in found],
                mode="markers",
                name=escape(report.kind),
                marker={"size": 11, "symbol": SYMBOLS[number % len(SYMBOLS)], "color": colour},
                error_x=whiskers([m.value for _, m in found], [m.interval for _, m in found], color=colour),
                customdata=[[said(m), m.n] for _, m in found],
                hovertemplate="%{y}: %{customdata[0]}<br>n = %{customdata[1]:,} utterances"
                f"<extra>{escape(report.kind)}</extra>",
            )
        )
    figure.update_layout(
        height=260,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.2, "x": 0},
        showlegend=len(reports) > 1,
    )
    low = min([0.0, *(float(x) for trace in figure.data for x in (trace.x or ()))])
    figure.update_xaxes(range=[low - 0.05, 1.05], fixedrange=True)
    figure.update_yaxes(categoryorder="array", categoryarray=list(MEASURES.values())[::-1], fixedrange=True)
    return figure


def agreement_rows(reports: Sequence[AgreementReport]) -> list[dict[str, str | int]]:
    return [
        {
            "annotators": f"{report.kind} ({report.annotators})",
            "measure": name,
            "value [95 % interval]": said(getattr(report, measure)),
            "utterances": getattr(report, measure).n,
        }
        for report in reports
        for measure, name in MEASURES.items()
    ]


def confusion_heat(found: Confusion) -> go.Figure:
    """Colour is the share of the row, the number a count (of pairs of votes: the share); each cell can be selected."""
    rows, columns = ([escape(name) for name in names] for names in (found.row_labels, found.column_labels))
    totals = [sum(row) for row in found.counts]
    shares = [
        [100 * n / total if total else None for n in row] for row, total in zip(found.counts, totals, strict=True)
    ]
    whole = all(n == round(n) for row in found.counts for n in row)
    text = [
        [_cell(n, None if whole else shares[i][j]) for j, n in enumerate(row)] for i, row in enumerate(found.counts)
    ]
    figure = matrix(columns, rows, shares, text, most=100)
    there = {
        (i, j): (found.row_labels[i], found.column_labels[j], _count(n), f"{100 * n / totals[i]:.1f}")
        for i, row in enumerate(found.counts)
        for j, n in enumerate(row)
        if n
    }
    pickable(figure, there, "%{y} → %{x}: %{customdata[2]}<br>%{customdata[3]} % of the row")
    figure.update_yaxes(title=escape(found.rows))
    figure.update_xaxes(title=escape(found.columns))
    return figure


def _cell(n: float, share: float | None) -> str:
    if not n:
        return ""
    if share is None:
        return f"{n:,.0f}"
    return "&lt;1 %" if share < 0.5 else f"{share:.0f} %"


def _count(n: float) -> str:
    return f"{n:,.0f}" if n == round(n) else f"{n:,.1f}"


def confusion_rows(found: Confusion) -> list[dict[str, str | float]]:
    return [
        {found.rows: a, f"{found.columns} (columns)": b, "utterances": round(found.counts[i][j], 2)}
        for i, a in enumerate(found.row_labels)
        for j, b in enumerate(found.column_labels)
        if found.counts[i][j]
    ]
