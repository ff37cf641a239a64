"""The emotion flow of a dialogue: one lane per speaker, turns from left to right, one row of dots per layer.

    emotion_flow(scheme, found, layers=("gold", "majority of llm"))
    letters(scheme("meld"))["surprise"]      # "Su": the shortest beginning that no other label has

A dot is coloured by its label and says it in letters; a tie of two shows the letters of both, on grey; hover names
all that lead.
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from erc_engine.domain.disagreement import EmotionFlow, FlowMark, FlowTurn
from erc_engine.domain.labels import LabelScheme
from ui.charts.shares import OUTLINE, ink_on
from ui.charts.text import escape, hover_lines

SYMBOLS = ("circle", "square", "diamond", "hexagon", "star-square")
LANE, ROW = 1.0, 0.28  # heights in the units of the axis
TIE_COLOUR = "#BDBDBD"


def letters(scheme: LabelScheme) -> dict[str, str]:
    """One letter for each label, more where labels begin alike."""
    found = {}
    for name in scheme.names:
        others = [other.lower() for other in scheme.names if other != name]
        length = 1
        while length < len(name) and any(other.startswith(name[:length].lower()) for other in others):
            length += 1
        found[name] = name[:length].capitalize()
    return found


def emotion_flow(scheme: LabelScheme, found: EmotionFlow, layers: Sequence[str]) -> go.Figure:
    """Layers stand below each other inside a lane, in the order given; hover has the text and the votes."""
    shown = [layer for layer in layers if layer in found.layers]
    colours = {label.name: label.colour for label in scheme.labels}
    short = letters(scheme)
    height = LANE if len(shown) < 3 else ROW * (len(shown) + 1)
    lane = {speaker: n * height for n, speaker in enumerate(found.speakers)}
    figure = go.Figure()
    for speaker, y in lane.items():
        turns = [t.number for t in found.turns if t.speaker == speaker]
        figure.add_trace(
            go.Scatter(
                x=[turns[0], turns[-1]],
                y=[y, y],
                mode="lines",
                line={"color": OUTLINE, "width": 1},
                opacity=0.5,
                hoverinfo="skip",
                showlegend=False,
            )
        )
    for number, layer in enumerate(shown):
        symbol = SYMBOLS[number % len(SYMBOLS)]
        key = {"size": 12, "symbol": symbol, "color": OUTLINE}  # in the legend only the shape means something
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=key, name=escape(layer)))
        offset = (number - (len(shown) - 1) / 2) * ROW
        marked = [(turn, mark) for turn in found.turns for mark in turn.marks if mark.layer == layer]
        fills = [colours[m.labels[0]] if len(m.labels) == 1 else TIE_COLOUR for _, m in marked]
        figure.add_trace(
            go.Scatter(
                x=[t.number for t, _ in marked],
                y=[lane[t.speaker] + offset for t, _ in marked],
                mode="markers+text",
                text=["/".join(short[label] for label in m.labels) if len(m.labels) < 3 else "tie" for _, m in marked],
                textfont={"color": [ink_on(fill) for fill in fills], "size": 11},
                marker={"size": 24, "symbol": symbol, "color": fills},
                name=escape(layer),
                showlegend=False,
                customdata=[t.utterance for t, _ in marked],
                hovertext=[_hover(t, m) for t, m in marked],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    rows = max(1, len(shown))
    figure.update_layout(
        height=int(110 + len(lane) * max(60, 30 * (rows + 1))),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemclick": False},
        showlegend=True,
        hoverlabel={"align": "left"},
    )
    figure.update_yaxes(
        tickvals=list(lane.values()),
        ticktext=[escape(speaker) for speaker in lane],
        range=[max(lane.values(), default=0) + 0.6 * height, -0.6 * height],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    turns_in_all = len(found.turns)
    figure.update_xaxes(
        title="turn",
        range=[0.3, turns_in_all + 0.7],
        dtick=1 if turns_in_all <= 30 else 5,
        showgrid=False,
        zeroline=False,
    )
    return figure


def _hover(turn: FlowTurn, mark: FlowMark) -> str:
    votes = "" if mark.n is None or mark.share is None else f", {round(mark.share * mark.n)} of {mark.n} votes"
    said = " and ".join(mark.labels)
    return (
        f"{turn.number}. {escape(turn.speaker)}: {hover_lines(turn.text)}<br>"
        f"{escape(mark.layer)}: {escape(said)}{votes}"
    )


def flow_rows(found: EmotionFlow) -> list[dict[str, str | int]]:
    """A row for each turn, a column for each layer."""
    rows: list[dict[str, str | int]] = []
    for t in found.turns:
        row: dict[str, str | int] = {"turn": t.number, "utterance": t.utterance, "speaker": t.speaker, "text": t.text}
        row |= dict.fromkeys(found.layers, "")
        rows.append(row | {m.layer: " / ".join(m.labels) for m in t.marks})
    return rows
