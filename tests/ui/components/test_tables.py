"""CSV downloads: what was shown, safe to open in a spreadsheet."""

from __future__ import annotations

from types import SimpleNamespace

import plotly.graph_objects as go
import pytest

from ui.components import tables
from ui.components.tables import csv_bytes


def test_rows_become_csv_in_utf8() -> None:
    assert csv_bytes([{"label": "joy", "n": 3}, {"label": "Überraschung, groß", "n": None}]) == (
        'label,n\r\njoy,3\r\n"Überraschung, groß",\r\n'.encode()
    )


def test_a_cell_that_would_run_is_marked_and_a_negative_number_is_not() -> None:
    assert csv_bytes([{"a": "=1+1", "b": -2}]) == b"a,b\r\n'=1+1,-2\r\n"


def test_no_rows_are_an_empty_table() -> None:
    assert csv_bytes([]) == b"\r\n"


def test_chart_text_has_the_ink_of_the_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables.st, "context", SimpleNamespace(theme=SimpleNamespace(type="dark")))
    monkeypatch.setattr(tables.st, "get_option", {"theme.dark.textColor": "#E6E8EC"}.__getitem__)
    layout = tables.in_ink(go.Figure(go.Bar(x=["joy"], y=[1]))).layout
    assert {layout.font.color, layout.xaxis.tickfont.color, layout.yaxis.title.font.color} == {"#E6E8EC"}
