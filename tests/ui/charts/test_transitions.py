"""Figures of dynamics: values, not types."""

from __future__ import annotations

import pytest

from erc_engine.curation.dynamics import dynamics
from erc_engine.domain.labels import custom_scheme
from tests.builders import dialogue
from ui.charts.transitions import (
    by_position,
    cells,
    dynamics_forest,
    dynamics_rows,
    position_rows,
    transition_heat,
    transition_rows,
)

TWO = custom_scheme("two", ["joy", "<b>anger</b>"])
FOUND = dynamics(
    "made:train",
    [dialogue("Ana: A [joy]", "Bo: B [joy]", "Ana: C [<b>anger</b>]", id=f"d{n}") for n in range(3)],
    TWO,
    resamples=50,
)


def test_cells_are_percent_of_their_row_and_empty_rows_stay_empty() -> None:
    shown = cells("own", ((3, 1), (0, 0)))
    assert shown.values == ((75.0, 25.0), (None, None))
    assert not shown.signed


def test_against_a_benchmark_cells_are_differences_in_points() -> None:
    shown = cells("own", ((3, 1), (1, 1)), ((1, 1), (1, 3)))
    assert shown.values == ((25.0, -25.0), (25.0, -25.0))
    assert shown.signed


def test_without_the_label_mix_even_transitions_are_zero() -> None:
    assert cells("own", ((4, 2), (2, 1)), beyond_mix=True).values[1] == (pytest.approx(0), pytest.approx(0))


def test_the_heat_map_says_how_many_turns_stand_behind_it_and_reads_no_markup() -> None:
    figure = transition_heat(TWO, cells("own", ((3, 1), (1, 1))))
    assert list(figure.data[0].y) == ["joy (4)", "&lt;b&gt;anger&lt;/b&gt; (2)"]
    assert list(figure.data[0].customdata[0]) == [3, 1]
    assert [a.text for a in figure.layout.annotations] == ["75", "25", "50", "50"]
    assert transition_rows(TWO, [cells("own", ((3, 1), (1, 1)))])[1] == {
        "map": "own",
        "before": "joy",
        "now": "<b>anger</b>",
        "value": 25.0,
        "turns": 1,
    }


def test_the_forest_leaves_out_what_is_undefined_and_the_table_says_why() -> None:
    alone = dynamics("lone:train", [dialogue("Ana: A [joy]")], TWO, resamples=50)
    figure = dynamics_forest([FOUND, alone])
    assert {trace.y[0] for trace in figure.data} == {"made:train"}
    reasons = [row["undefined because"] for row in dynamics_rows([alone])]
    assert reasons[0] == "no speaker has two labelled turns in a dialogue"


def test_shares_by_position_have_a_panel_for_each_label() -> None:
    figure = by_position(FOUND, FOUND)
    assert len(figure.data) == 4  # benchmark and part, for two labels
    # three turns: opening, first third, closing
    assert list(figure.data[1].y) == [100, 100, None, None, 0]
    assert position_rows([FOUND])[0]["n"] == 3
