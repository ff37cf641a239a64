"""A lab of the Prompt studio: paired differences as a forest plot, and what became of each plan in both versions.

outcome_forest(report)              # shares in points, B minus A; filled where the corrected p is under 0.05
plan_matrix(rows)                   # plans × versions, a sign for each reply; cells can be clicked
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from erc_engine.domain.prompt_lab import LEVEL, LabCell, LabReport, PairedOutcome, ReplyState
from erc_engine.workflows.lab_replies import LabRow
from ui.charts.forest import CLEAR, UNCLEAR, p_said
from ui.charts.matrix import matrix, pickable
from ui.charts.shares import OUTLINE
from ui.charts.text import escape
from ui.charts.whiskers import whiskers

SIGNS = {ReplyState.ACCEPTED: "✓", ReplyState.REJECTED: "✗", ReplyState.FAILED: "–"}


def shown(report: LabReport) -> list[PairedOutcome]:
    """Shares with a difference; the rest stands in the table."""
    return [o for o in report.outcomes if o.unit == "share" and o.difference.value is not None]


def outcome_forest(report: LabReport) -> go.Figure:
    figure, edge = go.Figure(), 1.0
    rows = []
    for outcome in shown(report):
        value = 100 * (outcome.difference.value or 0.0)
        low, high = (100 * bound for bound in outcome.difference.interval or (value / 100, value / 100))
        edge = max(edge, abs(low), abs(high))
        p = outcome.p_holm if outcome is not report.main else outcome.p
        clear = p is not None and p < LEVEL
        colour = CLEAR if clear else UNCLEAR
        name = f"<b>{escape(outcome.name)}</b>" if outcome is report.main else escape(outcome.name)
        rows.append(name)
        said = "" if p is None else p_said(p).replace("<", "&lt;") + (", Holm" if outcome is not report.main else "")
        figure.add_trace(
            go.Scatter(
                x=[value],
                y=[name],
                mode="markers",
                marker={"size": 12, "symbol": "square" if clear else "square-open", "color": colour},
                error_x=whiskers([value], [(low, high)], color=colour, thickness=2, width=5),
                hovertemplate=f"%{{y}}<br>{value:+.1f} [{low:+.1f}, {high:+.1f}]<br>{said}<br>"
                f"{outcome.difference.n:,} plans<extra></extra>",
            )
        )
        figure.add_annotation(
            x=1.01, xref="paper", y=name, xanchor="left", align="left", showarrow=False,
            text=f"{value:+.1f} [{low:+.1f}, {high:+.1f}]<br>{said}",
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": OUTLINE, "width": 1})
    figure.update_layout(
        height=52 * len(rows) + 70, showlegend=False, margin={"l": 8, "r": 160, "t": 8, "b": 8}, dragmode=False
    )
    figure.update_xaxes(range=[-1.1 * edge, 1.1 * edge], title="B minus A, points", fixedrange=True)
    figure.update_yaxes(categoryorder="array", categoryarray=rows[::-1], range=[-0.6, len(rows) - 0.4], fixedrange=True)
    return figure


def outcome_rows(report: LabReport) -> list[dict[str, object]]:
    """All outcomes; shares as fractions of 1."""
    return [
        {
            "outcome": o.name,
            "unit": o.unit,
            "A": o.a,
            "B": o.b,
            "B minus A": o.difference.value,
            "low": o.difference.interval[0] if o.difference.interval else None,
            "high": o.difference.interval[1] if o.difference.interval else None,
            "p": o.p,
            "p after Holm": o.p_holm,
            "plans": o.difference.n,
            "test": o.test,
            "note": o.difference.reason or o.note,
        }
        for o in report.outcomes
    ]


def plan_matrix(rows: Sequence[LabRow]) -> go.Figure:
    """Two lines, a column for each reply; refused ones are coloured."""
    sides = ([row.a for row in rows], [row.b for row in rows])
    columns = [row.name for row in rows]
    figure = matrix(
        columns,
        ["A", "B"],
        [[None if cell is None else float(cell.state is not ReplyState.ACCEPTED) for cell in side] for side in sides],
        [[" " if cell is None else SIGNS[cell.state] for cell in side] for side in sides],
        most=1,
    )
    figure.update_xaxes(title="plan", type="category")
    cells = {
        (i, j): ("AB"[i], columns[j], escape(_said(cell)))
        for i, side in enumerate(sides)
        for j, cell in enumerate(side)
    }
    return pickable(figure, cells, "%{customdata[0]}, plan %{customdata[1]}: %{customdata[2]}")


def _said(cell: LabCell | None) -> str:
    if cell is None:
        return "not asked yet"
    return str(cell.state) + (f", {cell.reason.replace('_', ' ')}" if cell.reason else "")
