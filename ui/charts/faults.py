"""What an audit found, as pictures: how often each fault stands there, and how much of one split another one has.

fault_dots([Fault("mojibake", 1513, …)], {"mojibake": "texts … mended"})
overlap_map(report.overlaps, "utterances of 5 or more words")
units(report.overlaps)                           # the units that were compared, those with something shared first
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from erc_engine.domain.reports import Fault, Overlap
from ui.charts.matrix import matrix
from ui.charts.text import escape

INK, PALE = "#0072B2", "#9FB8C8"


def fault_dots(faults: Sequence[Fault], meanings: Mapping[str, str]) -> go.Figure:
    """A dot for each kind of fault on a logarithmic axis, most frequent on top."""
    ordered = sorted(faults, key=lambda f: (-f.count, f.code))
    names = [escape(f.code) for f in ordered]
    figure = go.Figure()
    for name, fault in zip(names, ordered, strict=True):
        figure.add_shape(
            type="line",
            x0=0.8,
            x1=max(fault.count, 1),
            y0=name,
            y1=name,
            line={"color": PALE, "width": 1},
            layer="below",
        )
    figure.add_trace(
        go.Scatter(
            x=[max(f.count, 1) for f in ordered],
            y=names,
            mode="markers+text",
            marker={"size": 11, "color": INK},
            text=[f"  {f.count:,}" for f in ordered],
            textposition="middle right",
            customdata=[[f.code, escape(meanings.get(f.code, "")), escape(f.done), f.count] for f in ordered],
            hovertemplate="%{customdata[3]:,} %{customdata[1]}<br>done: %{customdata[2]}<extra></extra>",
            cliponaxis=False,
        )
    )
    most = max((f.count for f in ordered), default=1)
    figure.update_xaxes(
        type="log", range=[-0.1, len(str(most)) + 0.3], dtick=1, title=None, showgrid=True, fixedrange=True
    )
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=False, fixedrange=True)
    figure.update_layout(
        height=26 * max(2, len(ordered)) + 60, margin={"l": 8, "r": 60, "t": 8, "b": 8}, showlegend=False
    )
    return figure


def units(overlaps: Sequence[Overlap]) -> tuple[str, ...]:
    """Units that were compared, those in which something is shared first."""
    all_units = tuple(dict.fromkeys(o.unit for o in overlaps))
    shared = {o.unit for o in overlaps if o.count}
    return tuple(sorted(all_units, key=lambda unit: unit not in shared))


def overlap_map(overlaps: Sequence[Overlap], unit: str) -> go.Figure:
    """Rows: the split whose text stands elsewhere. Columns: where. Cells: percent of the row's units, with counts."""
    chosen = [o for o in overlaps if o.unit == unit]
    left, right = tuple(dict.fromkeys(o.left for o in chosen)), tuple(dict.fromkeys(o.right for o in chosen))
    at = {(o.left, o.right): o for o in chosen}
    shares = [[_percent(at.get((row, column))) for column in right] for row in left]
    words = [[_words(at.get((row, column))) for column in right] for row in left]
    figure = matrix(
        [escape(name) for name in right],
        [escape(name) for name in left],
        shares,
        words,
        most=max(5.0, *(s for row in shares for s in row if s is not None), 0.0),
        data=words,
        hover="%{y} in %{x}<br>%{customdata}<extra></extra>",
    )
    figure.update_xaxes(side="top")
    figure.update_layout(height=64 * max(1, len(left)) + 80, margin={"t": 40})
    return figure


def _percent(overlap: Overlap | None) -> float | None:
    return 100 * overlap.count / overlap.total if overlap and overlap.total else None


def _words(overlap: Overlap | None) -> str:
    if overlap is None:
        return ""
    share = _percent(overlap)
    return f"{overlap.count:,} of {overlap.total:,}" + ("" if share is None else f" ({share:.1f} %)")


def fault_rows(faults: Sequence[Fault], meanings: Mapping[str, str]) -> list[dict[str, str | int]]:
    return [
        {
            "fault": f.code,
            "count": f.count,
            "counts": meanings.get(f.code, ""),
            "done": f.done,
            "examples": "; ".join(f.examples),
        }
        for f in faults
    ]


def overlap_rows(overlaps: Sequence[Overlap]) -> list[dict[str, str | int | float | None]]:
    return [
        {
            "of": o.left,
            "also in": o.right,
            "unit": o.unit,
            "shared": o.count,
            "of all": o.total,
            "share": None if not o.total else round(o.count / o.total, 4),
            "examples": "; ".join(o.examples),
        }
        for o in overlaps
    ]
