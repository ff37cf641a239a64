"""Numbers written into the cells of a heat map, dark or white by how strong the cell's colour is.

    write_cells(figure, columns, rows, text, strength)     # strength 0 (the palest) to 1 (the darkest)

Plotly's own choice of text colour goes wrong in rows with empty cells, and a trace's text fades when a cell is
selected.
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

DARK, WHITE, TURN = "#1F2430", "#FFFFFF", 0.6


def write_cells(
    figure: go.Figure,
    columns: Sequence[str],
    rows: Sequence[str],
    text: Sequence[Sequence[str]],
    strength: Sequence[Sequence[float | None]],
) -> None:
    """One annotation for each cell that has text; they are no targets for the pointer."""
    annotations = [
        {
            "x": columns[j],
            "y": rows[i],
            "text": written,
            "showarrow": False,
            "font": {"size": 12, "color": WHITE if (strength[i][j] or 0) > TURN else DARK},
        }
        for i, line in enumerate(text)
        for j, written in enumerate(line)
        if written
    ]
    figure.update_layout(annotations=annotations)
