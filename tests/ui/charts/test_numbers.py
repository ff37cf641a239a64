"""Measured values as text."""

from __future__ import annotations

import pytest

from erc_engine.domain.curation import Measured
from ui.charts.numbers import number, said


@pytest.mark.parametrize(
    ("found", "points", "text"),
    [
        (Measured(17.57, (16.02, 21.4), 9989), False, "17.6 [16, 21.4]"),
        (Measured(0.59, (0.571, 0.608), 9), True, "59.0 [57.1, 60.8]"),
        (Measured(0.5, None, 9, "no interval: one dialogue only"), False, "0.5 (no interval: one dialogue only)"),
        (Measured.undefined("nobody voted"), False, "undefined because nobody voted"),
        (None, False, "–"),
    ],
)
def test_a_value_stands_with_its_interval_or_its_reason(found: Measured | None, points: bool, text: str) -> None:
    assert said(found, points=points) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1,234"), (0.00513, "0.00513"), (0.0000764, "0.0001"), (9.7e-17, "0"), (0.0, "0"), (-0.25, "-0.25")],
)
def test_numbers_have_three_digits_and_never_an_exponent(value: float, text: str) -> None:
    assert number(value) == text
