"""What became of what was asked for, label by label, and why replies were turned down.

    funnel_bars(view.scheme, view.funnel)      # view: a RunView; full bars accepted, patterned ones refused
    funnel_rows(view.funnel)[0]                # {"label": "neutral", "planned": 143, "asked for": 171, …}
    reason_bars({"turn_count": 9, "timeout": 2}, failed={"timeout"})

A patterned part is never told by its pattern alone: the hover and the table behind the chart name it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from erc_engine.domain.labels import LabelScheme
from erc_engine.workflows.run_views import LabelFunnel
from ui.charts.shares import OUTLINE
from ui.charts.text import escape

# part of LabelFunnel, what it is called, pattern, opacity
PARTS = (
    ("accepted", "accepted", "", 1.0),
    ("refused", "refused by a check", "/", 0.55),
    ("unread", "no dialogue in the reply", "x", 0.45),
    ("no_reply", "no reply", ".", 0.35),
    ("open", "in flight or lost", "", 0.15),
)


def funnel_bars(scheme: LabelScheme, funnel: Sequence[LabelFunnel]) -> go.Figure:
    """Utterances asked for, stacked by what became of them; a tick is what the plans count on."""
    names = [escape(f.label) for f in funnel]
    colours = {label.name: label.colour for label in scheme.labels}
    figure = go.Figure()
    for part, said, shape, opacity in PARTS:
        values = [getattr(f, part) for f in funnel]
        if not any(values):
            continue
        figure.add_trace(
            go.Bar(
                x=values,
                y=names,
                orientation="h",
                name=said,
                marker=_marker([colours[f.label] for f in funnel], shape, opacity),
                customdata=[[f.label, _why(f) if part in ("refused", "unread", "no_reply") else ""] for f in funnel],
                hovertemplate=f"%{{y}}: %{{x:,.0f}} {said}%{{customdata[1]}}<extra></extra>",
                showlegend=False,
            )
        )
        in_legend = _marker(OUTLINE, shape, opacity)
        figure.add_trace(go.Bar(x=[None], y=[names[0]], orientation="h", name=said, marker=in_legend))
    figure.add_trace(
        go.Scatter(
            x=[f.planned for f in funnel],
            y=names,
            mode="markers",
            name="planned",
            marker={"symbol": "line-ns", "size": 22, "line": {"width": 2, "color": OUTLINE}},
            hovertemplate="%{y}: %{x:,.0f} planned<extra></extra>",
        )
    )
    longest = max([max(f.asked, f.planned) for f in funnel] + [1])
    figure.update_layout(
        barmode="stack",
        bargap=0.3,
        height=34 * len(names) + 90,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.14, "x": 0, "traceorder": "normal"},
    )
    figure.update_xaxes(range=[0, 1.06 * longest], fixedrange=True, showgrid=False, nticks=6)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], fixedrange=True)
    return figure


def _marker(colour: str | list[str], shape: str, opacity: float) -> dict[str, Any]:
    """Lines of the label's colour on nothing, so that they are seen on light and dark."""
    if not shape:
        return {"color": colour, "opacity": opacity}
    pattern = {"shape": shape, "fgcolor": colour, "bgcolor": "rgba(128,128,128,0.12)", "size": 6, "solidity": 0.4}
    return {"color": colour, "pattern": pattern}


def _why(funnel: LabelFunnel) -> str:
    """Reasons as lines of a hover box."""
    return "".join(f"<br>{escape(_plain(reason))} {n:,.0f}" for reason, n in list(funnel.reasons.items())[:8])


def _plain(reason: str) -> str:
    return reason.replace("_", " ")


def funnel_rows(funnel: Sequence[LabelFunnel]) -> list[dict[str, str | int]]:
    """The table behind the chart, in utterances; each reason has its own column."""
    reasons = list(dict.fromkeys(reason for f in funnel for reason in f.reasons))
    return [
        {
            "label": f.label,
            "planned": round(f.planned),
            "asked for": round(f.asked),
            "parsed": round(f.parsed),
            "accepted": round(f.accepted),
            "refused": round(f.refused),
            "not readable": round(f.unread),
            "no reply": round(f.no_reply),
            "in flight or lost": round(f.open),
            **{_plain(reason): round(f.reasons.get(reason, 0)) for reason in reasons},
        }
        for f in funnel
    ]


def reason_bars(reasons: Mapping[str, int], *, failed: Collection[str] = ()) -> go.Figure:
    """Attempts by the reason for which they were turned down, the most frequent first; failures are lighter."""
    ordered = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    names = [escape(_plain(reason)) for reason, _ in ordered]
    figure = go.Figure(
        go.Bar(
            x=[n for _, n in ordered],
            y=names,
            orientation="h",
            marker={"color": OUTLINE, "opacity": [0.5 if reason in failed else 1.0 for reason, _ in ordered]},
            text=[f"{n:,}" + (" (no reply)" if reason in failed else "") for reason, n in ordered],
            textposition="outside",
            cliponaxis=False,
            customdata=[[reason] for reason, _ in ordered],
            hovertemplate="%{y}: %{x:,} attempts<extra></extra>",
        )
    )
    figure.update_layout(
        height=24 * len(names) + 50, bargap=0.3, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False
    )
    figure.update_xaxes(range=[0, 1.3 * max([n for _, n in ordered] + [1])], fixedrange=True, showgrid=False, nticks=5)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], fixedrange=True)
    return figure


def reason_rows(reasons: Mapping[str, int]) -> list[dict[str, str | int]]:
    return [{"reason": reason, "attempts": n} for reason, n in sorted(reasons.items(), key=lambda r: (-r[1], r[0]))]
