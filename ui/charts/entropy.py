"""How much annotators differ, in bits: a histogram stacked by label, and the mean for each label.

entropy_histogram(scheme, report.entropy)
entropy_means(scheme, report.entropy)
"""

from __future__ import annotations

import plotly.graph_objects as go

from erc_engine.domain.disagreement import EntropyReport
from erc_engine.domain.labels import LabelScheme
from ui.charts.shares import OUTLINE
from ui.charts.text import escape
from ui.charts.whiskers import whiskers


def entropy_histogram(scheme: LabelScheme, found: EntropyReport) -> go.Figure:
    """Utterances by entropy, stacked by their label in the corpus, in the order and colours of the scheme."""
    width = found.edges[1] - found.edges[0]
    middles = [edge + width / 2 for edge in found.edges[:-1]]
    spans = [f"{low:.2f} to {high:.2f} bits" for low, high in zip(found.edges, found.edges[1:], strict=False)]
    colours = {label.name: label.colour for label in scheme.labels}
    unlabelled = [n - sum(e.bins[i] for e in found.by_label) for i, n in enumerate(found.all.bins)]
    layers = [(e.label or "", colours[e.label or ""], e.bins) for e in found.by_label if sum(e.bins)]
    if any(unlabelled):
        layers.append(("no label", OUTLINE, tuple(unlabelled)))
    figure = go.Figure(
        [
            go.Bar(
                x=middles,
                y=list(bins),
                width=0.9 * width,
                name=escape(name),
                marker={"color": colour},
                customdata=spans,
                hovertemplate=f"%{{customdata}}: %{{y:,}} utterances<extra>{escape(name)}</extra>",
            )
            for name, colour, bins in layers
        ]
    )
    figure.update_layout(
        barmode="stack",
        height=320,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.25, "x": 0, "traceorder": "normal"},
    )
    figure.update_xaxes(title="entropy of the votes, bits (0: all agree)", range=[0, found.edges[-1]], fixedrange=True)
    figure.update_yaxes(title="utterances", fixedrange=True)
    return figure


def entropy_means(scheme: LabelScheme, found: EntropyReport) -> go.Figure:
    """Mean entropy of the utterances of each label with its interval; the dashed line is the mean of all."""
    colours = {label.name: label.colour for label in scheme.labels}
    shown = [e for e in found.by_label if e.mean.value is not None]
    figure = go.Figure()
    for each in shown:
        value = each.mean.value or 0.0
        low, high = each.mean.interval or (value, value)
        name = escape(each.label or "")
        figure.add_trace(
            go.Scatter(
                x=[value],
                y=[f"{name}  (n = {each.mean.n:,})"],
                mode="markers",
                marker={"size": 12, "color": colours[each.label or ""]},
                error_x=whiskers([value], [(low, high)], color=colours[each.label or ""]),
                hovertemplate=f"{name}: %{{x:.3g}} bits [{low:.3g}, {high:.3g}]<extra></extra>",
            )
        )
    if found.all.mean.value is not None:
        figure.add_vline(x=found.all.mean.value, line={"dash": "dash", "width": 1, "color": OUTLINE})
    figure.update_layout(height=320, showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    most = max([b for e in shown for b in (e.mean.value or 0.0, *(e.mean.interval or ()))], default=1.0) or 1.0
    figure.update_xaxes(title="mean entropy, bits", range=[-0.04 * most, 1.06 * most], fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    return figure


def entropy_rows(found: EntropyReport) -> list[dict[str, str | int | float | None]]:
    rows: list[dict[str, str | int | float | None]] = []
    for each in (found.all, *found.by_label):
        low, high = each.mean.interval or (None, None)
        row: dict[str, str | int | float | None] = {
            "label": each.label or "all",
            "utterances": each.mean.n,
            "mean bits": each.mean.value,
            "low": low,
            "high": high,
        }
        spans = zip(found.edges, found.edges[1:], strict=False)
        row |= {f"{a:.2f} to {b:.2f}": n for (a, b), n in zip(spans, each.bins, strict=True)}
        rows.append(row)
    return rows
