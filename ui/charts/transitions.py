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
from ui.charts.matrix import matrix
from ui.charts.shares import OUTLINE
from ui.charts.text import escape
from ui.charts.whiskers import whiskers

DOT = "#338FCC"
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
    rows = [f"{name} ({sum(turns):,})" for name, turns in zip(names, shown.n, strict=True)]
    sign, unit = ("+.0f", "points") if shown.signed else (".0f", "%")
    figure = matrix(
        names,
        rows,
        shown.values,
        [["" if v is None else f"{v:{sign}}" for v in row] for row in shown.values],
        most=max([10.0, *(abs(v) for row in shown.values for v in row if v is not None)]),
        signed=shown.signed,
        data=shown.n,
        hover=f"%{{y}} → %{{x}}: %{{z:{sign}}} {unit}<br>n = %{{customdata:,}} turns<extra></extra>",
    )
    figure.update_layout(title={"text": escape(shown.title), "font": {"size": 14}, "x": 0}, margin={"t": 40})
    figure.update_yaxes(title="before (turns)")
    figure.update_xaxes(title="now")
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
            value = scale * found.value
            low, high = (scale * bound for bound in found.interval or (found.value, found.value))
            figure.add_trace(
                go.Scatter(
                    x=[value],
                    y=[names[row]],
                    mode="markers",
                    marker={"size": 11, "symbol": SYMBOLS[row % len(SYMBOLS)], "color": DOT},
                    error_x=whiskers([value], [(low, high)], color=DOT),
                    showlegend=False,
                    hovertemplate=f"%{{x:.3g}} [{low:.3g}, {high:.3g}]<br>n = {found.n:,}<extra>{names[row]}</extra>",
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
            spans = [tuple(100 * bound for bound in m.interval) if m.interval else None for m in found]
            figure.add_trace(
                go.Scatter(
                    x=list(POSITIONS),
                    y=values,
                    mode="lines+markers" if mine else "lines",
                    line={"color": label.colour if mine else OUTLINE, "width": 2.5 if mine else 1.2},
                    error_y=whiskers(values, spans, thickness=1.2, width=2) if mine else None,
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
