"""How labels follow each other, as pictures: heat maps of transitions, measures with intervals, shares by position.

transition_heat(scheme, cells("own", found.own))                          P(label now | label before)
transition_heat(scheme, cells("own", found.own, benchmark.own))           set minus benchmark, in points
dynamics_forest([found, benchmark])                                       inertia, contagion, turn-taking, shifts
by_position(found, benchmark)                                             one small panel for each label
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from erc_engine.domain.curation import Measured
from erc_engine.domain.imbalance import POSITIONS, Counts, Dynamics, transition_shares
from erc_engine.domain.labels import LabelScheme
from ui.charts.cell_text import write_cells
from ui.charts.shares import OUTLINE
from ui.charts.text import escape

LESS_MORE = [[0.0, "#0072B2"], [0.5, "#F4F5F7"], [1.0, "#D55E00"]]  # told apart with every common colour blindness
NONE_MORE = [[0.0, "#F4F5F7"], [1.0, "#0072B2"]]
MEASURES = {
    "inertia": "inertia (kappa)",
    "contagion": "contagion (kappa)",
    "same_speaker": "same speaker twice, %",
    "shift_rate": "raw shift rate, %",
}
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "hexagon", "star")


@dataclass(frozen=True)
class Cells:
    """A heat map's values in percent or points; None where a label never comes before. `n` counts turns per cell."""

    title: str
    values: tuple[tuple[float | None, ...], ...]
    n: Counts
    signed: bool


def cells(title: str, counts: Counts, against: Counts | None = None, *, beyond_mix: bool = False) -> Cells:
    """Rows in percent; with `against` the difference to its rows. `beyond_mix` takes each set's own label mix off."""
    mine = transition_shares(counts, beyond_mix=beyond_mix)
    theirs = transition_shares(against, beyond_mix=beyond_mix) if against else None

    def value(i: int, j: int) -> float | None:
        here, there = mine[i][j], theirs[i][j] if theirs else 0.0
        return None if here is None or there is None else 100 * (here - there)

    size = range(len(counts))
    values = tuple(tuple(value(i, j) for j in size) for i in size)
    return Cells(title, values, counts, signed=beyond_mix or against is not None)


def transition_heat(scheme: LabelScheme, shown: Cells) -> go.Figure:
    """Rows are the label before, columns the label now; hover says how many turns stand behind a cell."""
    names = [escape(name) for name in scheme.names]
    present = [abs(v) for row in shown.values for v in row if v is not None]
    most = max([*present, 10.0])
    sign = "%{z:+.0f}" if shown.signed else "%{z:.0f}"
    unit = " points" if shown.signed else " %"
    rows = [f"{name} ({sum(turns):,})" for name, turns in zip(names, shown.n, strict=True)]
    heat = go.Heatmap(
        x=names,
        y=rows,
        z=[list(row) for row in shown.values],
        customdata=[list(row) for row in shown.n],
        colorscale=LESS_MORE if shown.signed else NONE_MORE,
        zmin=-most if shown.signed else 0,
        zmax=most,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate=f"%{{y}} → %{{x}}: {sign}{unit}<br>n = %{{customdata:,}} turns<extra></extra>",
    )
    figure = go.Figure(heat)
    text = [["" if v is None else f"{v:+.0f}" if shown.signed else f"{v:.0f}" for v in row] for row in shown.values]
    write_cells(figure, names, rows, text, [[abs(v or 0) / most for v in row] for row in shown.values])
    figure.update_layout(
        title={"text": escape(shown.title), "font": {"size": 14}, "x": 0},
        height=44 * len(names) + 90,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True, title="before (turns)", showgrid=False)
    figure.update_xaxes(fixedrange=True, title="now", showgrid=False)
    return figure


def transition_rows(scheme: LabelScheme, shown: Sequence[Cells]) -> list[dict[str, str | int | float | None]]:
    return [
        {"map": each.title, "before": before, "now": now, "value": _rounded(each.values[i][j]), "turns": each.n[i][j]}
        for each in shown
        for i, before in enumerate(scheme.names)
        for j, now in enumerate(scheme.names)
    ]


def dynamics_forest(parts: Sequence[Dynamics]) -> go.Figure:
    """A panel for each measure, a row for each part, value with interval; what is undefined has no dot."""
    figure = make_subplots(1, len(MEASURES), shared_yaxes=True, subplot_titles=list(MEASURES.values()))
    names = [escape(p.part) for p in parts]
    for column, measure in enumerate(MEASURES, 1):
        scale = 1 if "kappa" in MEASURES[measure] else 100
        for row, part in enumerate(parts):
            found = getattr(part, measure)
            if found.value is None:
                continue
            low, high = found.interval or (found.value, found.value)
            figure.add_trace(
                go.Scatter(
                    x=[scale * found.value],
                    y=[names[row]],
                    mode="markers",
                    marker={"size": 11, "symbol": SYMBOLS[row % len(SYMBOLS)], "color": "#0072B2"},
                    error_x={
                        "type": "data",
                        "symmetric": False,
                        "array": [scale * (high - found.value)],
                        "arrayminus": [scale * (found.value - low)],
                        "thickness": 1.5,
                    },
                    showlegend=False,
                    hovertemplate=f"%{{x:.3g}} [{scale * low:.3g}, {scale * high:.3g}]<br>n = {found.n:,}"
                    f"<extra>{names[row]}</extra>",
                ),
                row=1,
                col=column,
            )
        bounds = [scale * b for p in parts for b in _bounds(getattr(p, measure))]
        low, high = min(bounds, default=0.0), max(bounds, default=1.0)
        room = 0.08 * ((high - low) or 1.0)
        shown = [low - room, high + room]
        figure.update_xaxes(range=shown, zeroline=True, nticks=5, fixedrange=True, row=1, col=column)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], fixedrange=True)
    figure.update_layout(height=46 * len(parts) + 80, margin={"l": 8, "r": 8, "t": 36, "b": 8})
    figure.update_annotations(font_size=13)
    return figure


def _bounds(found: Measured) -> tuple[float, ...]:
    """What an axis has to show of it: 0, the value and its interval."""
    return (0.0, *(() if found.value is None else (found.value, *(found.interval or ()))))


def dynamics_rows(parts: Sequence[Dynamics]) -> list[dict[str, str | int | float | None]]:
    rows: list[dict[str, str | int | float | None]] = []
    for part in parts:
        found = {m: getattr(part, m) for m in MEASURES}
        found |= {f"{name} transitions, distance": value for name, value in part.distances.items()}
        for name, value in found.items():
            low, high = value.interval or (None, None)
            rows.append(
                {
                    "part": part.part,
                    "measure": name.replace("_", " "),
                    "value": _rounded(value.value),
                    "low": _rounded(low),
                    "high": _rounded(high),
                    "n": value.n,
                    "undefined because": value.reason if value.value is None else None,
                }
            )
    return rows


def by_position(part: Dynamics, against: Dynamics | None = None) -> go.Figure:
    """Shares of each label from the opening to the closing turn, in percent; the benchmark as a thin grey line."""
    labels = part.scheme.labels
    figure = make_subplots(
        1, len(labels), shared_yaxes=True, subplot_titles=[escape(x.name) for x in labels], horizontal_spacing=0.015
    )
    for column, label in enumerate(labels, 1):
        for shown in (against, part):
            if shown is None:
                continue
            found = [shown.by_position[p][label.name] for p in POSITIONS]
            values = [None if m.value is None else 100 * m.value for m in found]
            mine = shown is part
            spans = [(m.interval, m.value) for m in found]
            errors = {
                "type": "data",
                "symmetric": False,
                "array": [100 * (i[1] - v) if i and v is not None else 0 for i, v in spans],
                "arrayminus": [100 * (v - i[0]) if i and v is not None else 0 for i, v in spans],
                "thickness": 1.2,
                "width": 2,
            }
            figure.add_trace(
                go.Scatter(
                    x=list(POSITIONS),
                    y=values,
                    mode="lines+markers" if mine else "lines",
                    line={"color": label.colour if mine else OUTLINE, "width": 2.5 if mine else 1.2},
                    error_y=errors if mine else None,
                    customdata=[m.n for m in found],
                    name=escape(shown.part),
                    legendgroup=shown.part,
                    showlegend=False,
                    hovertemplate="%{x}: %{y:.1f} %<br>n = %{customdata:,}<extra>" + escape(shown.part) + "</extra>",
                ),
                row=1,
                col=column,
            )
    figure.update_xaxes(tickvals=[POSITIONS[0], POSITIONS[-1]], ticktext=["open", "close"], fixedrange=True)
    figure.update_yaxes(rangemode="tozero", fixedrange=True)
    figure.update_yaxes(ticksuffix=" %", row=1, col=1)
    figure.update_layout(height=260, margin={"l": 8, "r": 8, "t": 30, "b": 8})
    figure.update_annotations(font_size=13)
    return figure


def position_rows(parts: Sequence[Dynamics]) -> list[dict[str, str | int | float | None]]:
    return [
        {
            "part": part.part,
            "position": position,
            "label": label,
            "share": _rounded(found.value),
            "low": _rounded(found.interval[0] if found.interval else None),
            "high": _rounded(found.interval[1] if found.interval else None),
            "n": found.n,
        }
        for part in parts
        for position, shares in part.by_position.items()
        for label, found in shares.items()
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
