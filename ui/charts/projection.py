"""A corpus as a map: each dialogue a point, coloured by its leading label or by its state.

corpus_plane(found, "label")                   # found: a CorpusMap; ids ride in customdata
picked(st.session_state.get(key))              # ids in a lasso, in order, each once
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from erc_engine.workflows.similarity import CorpusMap, MapPoint
from ui.charts.text import escape, hover_lines

BY = ("label", "state")
NO_LABEL, NO_LABEL_COLOUR = "no label", "#C4C8D0"
STATES = {"kept": "#0072B2", "dropped": "#D55E00", "surplus": "#E69F00", "turned_down": "#A6361C"}
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "x", "star", "hexagon")


def corpus_plane(found: CorpusMap, by: str) -> go.Figure:
    """One trace a label or state, each with its own symbol; dialogues that are not kept are hollow."""
    figure = go.Figure()
    for place, (name, colour) in enumerate(_groups(found, by).items()):
        points = [p for p in found.points if _group(p, by) == name]
        if not points:
            continue
        symbol = SYMBOLS[place % len(SYMBOLS)]
        figure.add_trace(
            go.Scattergl(
                x=[p.x for p in points],
                y=[p.y for p in points],
                mode="markers",
                name=f"{escape(name.replace('_', ' '))}  {len(points):,}",
                marker={
                    "size": 8 if len(found.points) < 3000 else 5,
                    "color": colour,
                    "opacity": 0.8,
                    "symbol": [symbol if p.state == "kept" else f"{symbol}-open" for p in points],
                },
                customdata=[[p.dialogue] for p in points],
                hovertext=[
                    f"{escape(p.dialogue)}<br>{hover_lines(p.opening)}<br>{escape(p.label or NO_LABEL)}, "
                    f"{escape(p.state.replace('_', ' '))}"
                    for p in points
                ],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    figure.update_layout(
        height=520,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        dragmode="lasso",
        legend={"itemsizing": "constant", "title": {"text": "leading label" if by == "label" else "state"}},
        showlegend=True,
    )
    first, second = ("", "") if found.explained is None else ("first component", "second component")
    figure.update_xaxes(showticklabels=False, zeroline=False, title=first)
    figure.update_yaxes(showticklabels=False, zeroline=False, title=second)
    return figure


def _groups(found: CorpusMap, by: str) -> dict[str, str]:
    if by == "state":
        return STATES
    return {label.name: label.colour for label in found.scheme.labels} | {NO_LABEL: NO_LABEL_COLOUR}


def _group(point: MapPoint, by: str) -> str:
    return point.state if by == "state" else point.label or NO_LABEL


def plane_rows(found: CorpusMap) -> list[dict[str, str | float]]:
    return [
        {
            "dialogue": p.dialogue,
            "leading label": p.label or NO_LABEL,
            "state": p.state,
            "x": round(p.x, 4),
            "y": round(p.y, 4),
            "opening": p.opening,
        }
        for p in found.points
    ]


def picked(selection: Mapping[str, Any] | None) -> list[str]:
    """Ids of the selected dialogues by what the points carry, never by their places."""
    points = ((selection or {}).get("selection") or {}).get("points") or []
    return list(dict.fromkeys(str(p["customdata"][0]) for p in points if p.get("customdata")))
