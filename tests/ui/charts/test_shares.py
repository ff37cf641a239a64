"""Label shares: percentages in scheme order, the outline beside them, labels written where there is room."""

from __future__ import annotations

from erc_engine.domain.labels import custom_scheme, scheme
from ui.charts.shares import Shares, Strip, ink_on, label_shares, label_strips, share_rows

MELD = scheme("meld")
TRAIN = Shares("train", {"neutral": 6, "joy": 3, "fear": 1})
TEST = Shares("test <b>", {"neutral": 1, "joy": 1})


def test_bars_are_percent_in_the_order_and_colours_of_the_scheme() -> None:
    bars = label_shares(MELD, [TRAIN]).data[0]
    assert bars.y == MELD.names
    assert bars.x == (60.0, 30.0, 0.0, 0.0, 0.0, 0.0, 10.0)
    assert bars.marker.color == tuple(label.colour for label in MELD.labels)
    assert [list(c) for c in bars.customdata[:2]] == [["neutral", 6], ["joy", 3]]


def test_the_outline_stands_in_every_panel_but_its_own_and_numbers_beside_both() -> None:
    figure = label_shares(MELD, [TRAIN, TEST], outline=TRAIN.fractions, outline_name="train")
    outlines = [t for t in figure.data if t.name == "outline: train"]
    assert [t.x[:2] for t in outlines] == [(60.0, 30.0)]
    numbers = [t for t in figure.data if t.type == "scatter"][1]
    assert numbers.x[:2] == (60.0, 50.0)
    assert numbers.text[:2] == (" 50.0 %", " 50.0 %")


def test_titles_say_n_and_escape_names() -> None:
    titles = [a.text for a in label_shares(MELD, [TRAIN, TEST]).layout.annotations]
    assert titles == ["train  ·  n = 10", "test &lt;b&gt;  ·  n = 2"]


def test_intervals_are_drawn_as_distances_from_the_share() -> None:
    part = Shares("sample", {"neutral": 1, "joy": 1}, {"joy": (0.3, 0.8)})
    bars = label_shares(MELD, [part]).data[0]
    assert [round(x, 6) for x in bars.error_x.array[:2]] == [0, 30.0]
    assert [round(x, 6) for x in bars.error_x.arrayminus[:2]] == [0, 20.0]


def test_a_part_without_labels_has_no_share() -> None:
    rows = share_rows(MELD, [Shares("empty", {})])
    assert rows[0] == {"label": "neutral", "part": "empty", "count": 0, "n": 0, "share": None}


def test_strips_add_up_to_a_hundred_each_in_its_own_scheme() -> None:
    own = custom_scheme("own", ["calm", "x & y"])
    figure = label_strips([Strip("a", MELD, TRAIN.counts), Strip("b", own, {"calm": 1, "x & y": 3}, "recorded")])
    of_a = [t for t in figure.data if t.y == ("a",)]
    assert [(t.name, t.x[0]) for t in of_a] == [("neutral", 60.0), ("joy", 30.0), ("fear", 10.0)]
    of_b = [t for t in figure.data if t.y == ("b<br>(recorded)",)]
    assert [(t.name, t.x[0], t.text[0]) for t in of_b] == [
        ("calm", 25.0, "calm 25"),
        ("x &amp; y", 75.0, "x &amp; y 75"),
    ]


def test_ink_is_the_one_that_reads_better() -> None:
    assert (ink_on("#000000"), ink_on("#FFFFFF"), ink_on("#0072B2"), ink_on("#F0C808")) == (
        "#FFFFFF",
        "#000000",
        "#FFFFFF",
        "#000000",
    )
