"""CSV downloads: what was shown, safe to open in a spreadsheet."""

from __future__ import annotations

from types import SimpleNamespace

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

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


def test_a_chart_is_drawn_once_for_the_same_report_theme_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    theme = SimpleNamespace(type="dark")
    monkeypatch.setattr(tables.st, "context", SimpleNamespace(theme=theme))
    monkeypatch.setattr(tables.st, "get_option", lambda name: "#E6E8EC" if "dark" in name else "#1F2430")
    drawings: list[str] = []

    def bars(report: list[int], parts: list[object], by: str) -> go.Figure:
        drawings.append(by)
        return go.Figure(go.Bar(x=["joy"], y=[1]))

    report, part = {"joy": 1}, {"fear": 2}
    first = tables.drawn(bars, report, [part], "label")
    assert tables.drawn(bars, report, [part], "label") is first
    assert drawings == ["label"]
    tables.drawn(bars, {"joy": 1}, [part], "label")  # equal, but another report
    tables.drawn(bars, report, [dict(part)], "label")
    tables.drawn(bars, report, [part], "state")
    theme.type = "light"
    assert tables.drawn(bars, report, [part], "label").layout.font.color == "#1F2430"
    assert drawings == ["label", "label", "label", "state", "label"]
    assert first.layout.font.color == "#E6E8EC"


def test_the_table_behind_a_chart_is_made_when_it_is_opened() -> None:
    def page() -> None:
        import plotly.graph_objects as go
        import streamlit as st

        from ui.components import tables

        def rows() -> list[dict[str, int]]:
            st.session_state["made"] = st.session_state.get("made", 0) + 1
            return [{"n": 3}]

        tables.chart_with_data(go.Figure(go.Bar(x=["joy"], y=[1])), rows, key="chart", name="chart")

    app = AppTest.from_function(page).run()
    assert "made" not in app.session_state
    assert len(app.dataframe) == 0
    app.session_state["chart.data"] = True
    app.run()
    assert app.session_state["made"] == 1
    assert list(app.dataframe[0].value["n"]) == [3]
