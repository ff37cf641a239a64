"""Faults as dots, overlaps as a map: the right numbers in the right places."""

from __future__ import annotations

from erc_engine.domain.reports import Fault, Overlap
from ui.charts.faults import fault_dots, fault_rows, overlap_map, overlap_rows, units

FAULTS = [Fault("time-gap", 2, ("d1",), "kept"), Fault("mojibake", 1513, (), "mended")]
OVERLAPS = [
    Overlap("a:dev", "a:train", "scenes", 0, 10),
    Overlap("a:dev", "a:train", "utterances", 5, 100, ("x = y",)),
    Overlap("a:test", "a:train", "utterances", 50, 200),
    Overlap("a:test", "a:dev", "utterances", 0, 0),
]


def test_dots_stand_from_the_most_frequent_down() -> None:
    dots = fault_dots(FAULTS, {"mojibake": "texts <mended>"}).data[0]
    assert dots.y == ("mojibake", "time-gap")
    assert dots.x == (1513, 2)
    assert dots.customdata[0][1] == "texts &lt;mended&gt;"


def test_rows_of_faults_say_what_each_counts() -> None:
    assert fault_rows(FAULTS, {"time-gap": "pauses"})[0] == {
        "fault": "time-gap",
        "count": 2,
        "counts": "pauses",
        "done": "kept",
        "examples": "d1",
    }


def test_units_with_something_shared_come_first() -> None:
    assert units(OVERLAPS) == ("utterances", "scenes")


def test_the_map_has_percent_of_the_row_and_nothing_where_nothing_was_compared() -> None:
    figure = overlap_map(OVERLAPS, "utterances")
    heat = figure.data[0]
    assert (heat.y, heat.x) == (("a:dev", "a:test"), ("a:train", "a:dev"))
    assert [list(row) for row in heat.z] == [[5.0, None], [25.0, None]]
    assert [a.text for a in figure.layout.annotations] == ["5 of 100 (5.0 %)", "50 of 200 (25.0 %)", "0 of 0"]
    assert heat.zmax == 25.0


def test_a_share_of_nothing_is_no_share() -> None:
    assert overlap_rows(OVERLAPS)[3]["share"] is None
    assert overlap_rows(OVERLAPS)[2]["share"] == 0.25
