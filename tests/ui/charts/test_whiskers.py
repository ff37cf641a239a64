"""Intervals as error bars."""

from __future__ import annotations

import plotly.graph_objects as go

from ui.charts.whiskers import HALO, INK, over_bars, whiskers


def test_whiskers_are_distances_from_the_value_and_nothing_where_there_is_no_interval() -> None:
    made = whiskers([9.0, 4.0, None], [(6.0, 15.0), None, (1.0, 2.0)], color="#000000")
    assert (made["array"], made["arrayminus"], made["color"]) == ([6.0, 0, 0], [3.0, 0, 0], "#000000")


def test_whiskers_over_bars_are_dark_in_a_light_rim_of_the_same_reach() -> None:
    bars = go.Bar(x=[9], y=["joy"], orientation="h", error_x=whiskers([9], [(6, 15)]))
    dark = over_bars(bars)
    assert (bars.error_x.color, dark.error_x.color) == (HALO, INK)
    assert (bars.error_x.array, dark.error_x.array) == ((6,), (6,))
    assert bars.error_x.thickness > dark.error_x.thickness
