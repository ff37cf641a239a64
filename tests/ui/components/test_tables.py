"""CSV downloads: what was shown, safe to open in a spreadsheet."""

from __future__ import annotations

from ui.components.tables import csv_bytes


def test_rows_become_csv_in_utf8() -> None:
    assert csv_bytes([{"label": "joy", "n": 3}, {"label": "Überraschung, groß", "n": None}]) == (
        'label,n\r\njoy,3\r\n"Überraschung, groß",\r\n'.encode()
    )


def test_a_cell_that_would_run_is_marked_and_a_negative_number_is_not() -> None:
    assert csv_bytes([{"a": "=1+1", "b": -2}]) == b"a,b\r\n'=1+1,-2\r\n"


def test_no_rows_are_an_empty_table() -> None:
    assert csv_bytes([]) == b"\r\n"
