"""Label shares as bars: one panel for each split, corpus or set, labels in scheme order and in their colours.

    train = Shares("train", {"neutral": 4710, "joy": 1743, …})
    label_shares(scheme("meld"), [train, dev, test], outline=train.fractions, outline_name="train")
    share_rows(scheme("meld"), [train])[0]      # {"label": "neutral", "part": "train", "count": 4710, …}

The outline is the set that the bars are read against: a benchmark, a target, or the train split.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from erc_engine.domain.labels import Label, LabelScheme
from ui.charts.text import escape
from ui.charts.whiskers import HALO, over_bars, whiskers

PANELS_IN_A_ROW = 4
OUTLINE = "#7A7F87"


@dataclass(frozen=True)
class Shares:
    """How many utterances of one part carry each label; intervals (fractions of 1) where the part is a sample."""

    name: str
    counts: Mapping[str, int]
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(self.counts.values())

    @property
    def fractions(self) -> dict[str, float]:
        return {label: count / self.n for label, count in self.counts.items()} if self.n else {}


def label_shares(
    scheme: LabelScheme,
    parts: Sequence[Shares],
    *,
    outline: Mapping[str, float] | None = None,
    outline_name: str = "",
) -> go.Figure:
    """Horizontal bars in percent, a panel for each part; hover says label, count and n."""
    columns = max(1, min(PANELS_IN_A_ROW, len(parts)))
    rows = max(1, math.ceil(len(parts) / columns))
    titles = [f"{escape(p.name)}  ·  n = {p.n:,}" for p in parts]
    figure = make_subplots(rows, columns, shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.03)
    named = False
    for place, part in enumerate(parts):
        at = {"row": place // columns + 1, "col": place % columns + 1}
        bars = _bars(scheme, part)
        rims = [over_bars(bars)] if part.intervals else []
        figure.add_trace(bars, **at)
        beside = outline if outline and part.name != outline_name else None
        if beside:
            for trace in _outline(scheme, beside, outline_name, first=not named):
                figure.add_trace(trace, **at)
            named = True
        for rim in rims:
            figure.add_trace(rim, **at)
        if not part.intervals:
            figure.add_trace(_percents(scheme, part, beside or {}), **at)
    widest = max([s for p in parts for s in p.fractions.values()] + list((outline or {}).values()), default=0.0)
    figure.update_xaxes(range=[0, max(10.0, 122 * widest)], ticksuffix=" %", showgrid=False, nticks=4, fixedrange=True)
    names = [escape(n) for n in scheme.names]
    figure.update_yaxes(categoryorder="array", categoryarray=names, autorange="reversed", fixedrange=True)
    figure.update_layout(
        height=rows * (30 * len(scheme.names) + 70) + 20,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        barmode="overlay",
        bargap=0.3,
        showlegend=named and bool(outline_name),
        legend={"orientation": "h", "y": -0.12, "x": 0},
    )
    figure.update_annotations(font_size=13)
    return figure


def _bars(scheme: LabelScheme, part: Shares) -> go.Bar:
    shares = [100 * part.fractions.get(name, 0.0) for name in scheme.names]
    counts = [part.counts.get(name, 0) for name in scheme.names]
    spans = [
        (100 * part.intervals[name][0], 100 * part.intervals[name][1]) if name in part.intervals else None
        for name in scheme.names
    ]
    return go.Bar(
        x=shares,
        y=[escape(name) for name in scheme.names],
        orientation="h",
        name=escape(part.name),
        showlegend=False,
        marker={"color": [label.colour for label in scheme.labels]},
        error_x=whiskers(shares, spans) if any(spans) else None,
        customdata=[[name, count] for name, count in zip(scheme.names, counts, strict=True)],
        hovertemplate=f"%{{y}}: %{{x:.1f}} %<br>%{{customdata[1]:,}} of {part.n:,}<extra>{escape(part.name)}</extra>",
    )


def _outline(scheme: LabelScheme, outline: Mapping[str, float], name: str, *, first: bool) -> tuple[go.Bar, go.Bar]:
    """A grey line in a light rim, which is seen on a bar of any colour and beside it."""
    place = {
        "x": [100 * outline.get(label, 0.0) for label in scheme.names],
        "y": [escape(label) for label in scheme.names],
        "orientation": "h",
    }
    clear = "rgba(0,0,0,0)"
    rim = go.Bar(
        **place, marker={"color": clear, "line": {"color": HALO, "width": 4}}, hoverinfo="skip", showlegend=False
    )
    line = go.Bar(
        **place,
        name=f"outline: {escape(name)}",
        showlegend=first,
        marker={"color": clear, "line": {"color": OUTLINE, "width": 1.5}},
        hovertemplate=f"%{{y}}: %{{x:.1f}} %<extra>{escape(name)}</extra>",
    )
    return rim, line


def _percents(scheme: LabelScheme, part: Shares, outline: Mapping[str, float]) -> go.Scatter:
    """The numbers, to the right of bar and outline alike."""
    return go.Scatter(
        x=[100 * max(part.fractions.get(name, 0.0), outline.get(name, 0.0)) for name in scheme.names],
        y=[escape(name) for name in scheme.names],
        mode="text",
        text=[f" {100 * part.fractions.get(name, 0.0):.1f} %" for name in scheme.names],
        textposition="middle right",
        cliponaxis=False,
        showlegend=False,
        hoverinfo="skip",
    )


def share_rows(scheme: LabelScheme, parts: Sequence[Shares]) -> list[dict[str, str | int | float | None]]:
    """The table behind the chart, one row for each part and label; a share is None where a part has no labels."""
    return [
        {
            "label": name,
            "part": part.name,
            "count": part.counts.get(name, 0),
            "n": part.n,
            "share": round(part.fractions[name], 4) if name in part.fractions else None,
        }
        for name in scheme.names
        for part in parts
    ]


@dataclass(frozen=True)
class Strip:
    """One bar of `label_strips`: a corpus with its own scheme; `mark` says recorded, demo, planted."""

    name: str
    scheme: LabelScheme
    counts: Mapping[str, int]
    mark: str = ""


def label_strips(strips: Sequence[Strip]) -> go.Figure:
    """Corpora of any schemes one under the other, each a bar of 100 percent, labels written where there is room."""
    figure = go.Figure()
    names = [f"{escape(s.name)}{f'<br>({escape(s.mark)})' if s.mark else ''}" for s in strips]
    for name, strip in zip(names, strips, strict=True):
        part = Shares(strip.name, strip.counts)
        for label in strip.scheme.labels:
            percent = 100 * part.fractions.get(label.name, 0.0)
            if percent:
                figure.add_trace(_segment(name, label, percent, strip.counts[label.name], part.n))
    figure.update_layout(
        barmode="stack",
        showlegend=False,
        height=46 * max(1, len(strips)) + 50,
        bargap=0.25,
        margin={"l": 8, "r": 28, "t": 8, "b": 8},
    )
    figure.update_xaxes(range=[0, 100], ticksuffix=" %", showgrid=False, fixedrange=True)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], fixedrange=True)
    return figure


def _segment(name: str, label: Label, percent: float, count: int, n: int) -> go.Bar:
    shown = escape(label.name)
    return go.Bar(
        x=[percent],
        y=[name],
        orientation="h",
        name=shown,
        marker={"color": label.colour, "line": {"color": "rgba(255,255,255,.6)", "width": 1}},
        text=[f"{shown} {percent:.0f}" if percent >= 1.1 * len(label.name) + 2 else ""],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": ink_on(label.colour), "size": 12},
        hovertemplate=f"{shown}: {percent:.1f} %<br>{count:,} of {n:,}<extra>{name}</extra>",
    )


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on a colour (relative luminance, WCAG 2.1)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if luminance > 0.179 else "#FFFFFF"
