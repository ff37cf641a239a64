from ui.charts.similarity import threshold_curve, threshold_rows

COUNTS = [(1.0, 0, 0), (0.9, 1, 2), (0.5, 3, 7)]


def test_both_curves_go_from_the_loose_to_the_strict_end() -> None:
    curves = {trace.name: trace for trace in threshold_curve(COUNTS, 0.7).data}
    assert list(curves["repeats"].x) == list(curves["clusters"].x) == [0.5, 0.9, 1.0]
    assert list(curves["repeats"].y) == [7, 2, 0]
    assert list(curves["clusters"].y) == [3, 1, 0]


def test_the_upright_line_is_the_threshold_in_use() -> None:
    (line,) = threshold_curve(COUNTS, 0.7).layout.shapes
    assert (line.x0, line.x1) == (0.7, 0.7)


def test_the_axis_holds_the_most_repeats() -> None:
    assert threshold_curve(COUNTS, 0.7).layout.yaxis.range[1] >= 7
    assert threshold_curve([(1.0, 0, 0)], 0.7).layout.yaxis.range[1] >= 1


def test_rows_are_the_counts() -> None:
    assert threshold_rows(COUNTS)[0] == {"threshold": 0.5, "clusters": 3, "repeats": 7}
