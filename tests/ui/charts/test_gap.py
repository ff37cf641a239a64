"""The gap to wanted shares as bars."""

from __future__ import annotations

from erc_engine.curation.imbalance import gap
from erc_engine.domain.labels import custom_scheme
from ui.charts.gap import gap_bars, gap_rows

TWO = custom_scheme("two", ["joy", "anger"])
FOUND = gap({"joy": 3, "anger": 1}, {"joy": 1, "anger": 1})


def test_what_is_there_and_what_is_to_add_stand_in_one_bar() -> None:
    there, added, wanted = gap_bars(TWO, FOUND).data
    assert (list(there.x), list(added.x), list(wanted.x)) == ([3, 1], [0, 2], [3, 3])
    assert list(added.text) == ["", "+2"]


def test_rows_say_the_share_then() -> None:
    assert gap_rows(TWO, FOUND)[1] == {
        "label": "anger",
        "there": 1,
        "to add": 2,
        "wanted share": 0.5,
        "share then": 0.5,
    }
