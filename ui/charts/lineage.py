"""Where a version's dialogues come from: sources on the left, train, dev and test on the right, and what was left out.

lineage(version).data[0].link.value       # dialogues of each source, then those left out
"""

from __future__ import annotations

import plotly.graph_objects as go

from erc_engine.domain.experiment import DatasetVersion
from ui.charts.text import escape

ROLES = {"train": "#0072B2", "dev": "#56B4E9", "test": "#8C8C8C", "left out": "#D9C7B8"}


def lineage(version: DatasetVersion) -> go.Figure:
    """A Sankey diagram in dialogues."""
    sources = list(dict.fromkeys(f"{s.corpus}:{s.split}" for s in version.sources))
    totals = dict.fromkeys((*sources, *ROLES), 0)
    links: list[tuple[str, str, int, str]] = []
    for s in version.sources:
        name = f"{s.corpus}:{s.split}"
        links.append((name, s.role, s.dialogues, f"{s.utterances:,} utterances, {s.origin}, {s.licence}"))
        links += [(name, "left out", count, why) for why, count in s.excluded.items() if count]
    for left, right, count, _ in links:
        totals[left] += count
        totals[right] += count
    shown = [name for name in totals if totals[name]]
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            textfont={"size": 13, "shadow": "none"},
            node={
                "label": [f"{escape(name)}  {totals[name]:,}" for name in shown],
                "color": [ROLES.get(name, "#7A7F87") for name in shown],
                "pad": 14,
                "thickness": 12,
                "hovertemplate": "%{label} dialogues<extra></extra>",
            },
            link={
                "source": [shown.index(left) for left, _, count, _ in links if count],
                "target": [shown.index(right) for _, right, count, _ in links if count],
                "value": [count for _, _, count, _ in links if count],
                "color": ["rgba(127,140,150,.22)" for *_, count, _ in links if count],
                "customdata": [escape(what) for *_, count, what in links if count],
                "hovertemplate": "%{value:,} dialogues<br>%{customdata}<extra></extra>",
            },
        )
    )
    figure.update_layout(height=60 + 46 * max(3, len(sources)), margin={"l": 8, "r": 8, "t": 12, "b": 12})
    return figure
