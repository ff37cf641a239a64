from erc_engine.domain.conversation import Split
from erc_engine.domain.experiment import Comparison
from ui.charts.forest import forest, forest_rows


def pair(a: str, b: str, difference: float, interval: tuple[float, float], p: float, p_holm: float) -> Comparison:
    return Comparison(
        a=a, b=b, split=Split.DEV, difference=difference, interval=interval, macro_difference=0.01, p=p, p_holm=p_holm,
        mcnemar_p=None, n=120, dialogues=20, test="approximate randomisation",
    )  # fmt: skip


PAIRS = (
    pair("control", "mix", 0.042, (0.011, 0.073), 0.0004, 0.0008),
    pair("control", "<b>", -0.01, (-0.06, 0.04), 0.4, 0.4),
)


def test_each_pair_is_a_point_in_points_with_its_interval() -> None:
    first, second = forest(PAIRS).data
    assert [round(trace.x[0], 6) for trace in (first, second)] == [4.2, -1.0]
    assert round(first.x[0] + first.error_x.array[0], 6) == 7.3
    assert round(first.x[0] - first.error_x.arrayminus[0], 6) == 1.1
    assert (first.marker.symbol, second.marker.symbol) == ("square", "square-open")  # filled under 0.05 after Holm
    assert list(first.customdata[0]) == ["control", "mix"]


def test_the_numbers_stand_beside_and_names_are_escaped() -> None:
    figure = forest(PAIRS)
    assert [note.text for note in figure.layout.annotations] == [
        "+4.2 [+1.1, +7.3]<br>p &lt; 0.001",
        "-1.0 [-6.0, +4.0]<br>p = 0.400",
    ]
    assert "&lt;b&gt;" in figure.data[1].y[0]


def test_the_axis_holds_the_widest_interval_on_both_sides() -> None:
    low, high = forest(PAIRS).layout.xaxis.range
    assert low == -high
    assert high >= 7.3


def test_rows_carry_what_the_chart_shows() -> None:
    row = forest_rows(PAIRS)[0]
    assert (row["run"], row["minus"], row["difference, points"], row["low"], row["high"]) == (
        "mix", "control", 4.2, 1.1, 7.3,
    )  # fmt: skip
    assert (row["p"], row["p after Holm"], row["McNemar p (turns)"], row["n"]) == (0.0004, 0.0008, None, 120)
