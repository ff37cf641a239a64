from erc_engine.domain.curation import Measured
from erc_engine.domain.experiment import ClassScore
from erc_engine.domain.labels import scheme
from ui.charts.per_class import per_class_bars, per_class_rows

MELD = scheme("meld")
FOUND = {name: Measured(0.5, (0.4, 0.55), 10) for name in MELD.names} | {
    "fear": Measured.undefined("no gold turn and none predicted"),
    "joy": Measured(0.625, (0.5, 0.7), 48),
}


def at(figure, label: str) -> int:
    return next(n for n, name in enumerate(figure.data[0].y) if name.startswith(label))


def test_bars_are_points_in_scheme_order_in_the_labels_colours() -> None:
    figure = per_class_bars(MELD, FOUND)
    bars = figure.data[0]
    assert [name.split()[0] for name in bars.y] == list(MELD.names)
    assert bars.x[at(figure, "joy")] == 62.5
    assert "n = 48" in bars.y[at(figure, "joy")]
    assert list(bars.marker.color) == [label.colour for label in MELD.labels]


def test_whiskers_end_at_the_interval() -> None:
    figure = per_class_bars(MELD, FOUND)
    bars, joy = figure.data[0], at(figure, "joy")
    assert round(bars.x[joy] + bars.error_x.array[joy], 6) == 70
    assert round(bars.x[joy] - bars.error_x.arrayminus[joy], 6) == 50


def test_an_undefined_label_has_no_bar_and_a_dash() -> None:
    figure = per_class_bars(MELD, FOUND)
    fear = at(figure, "fear")
    assert figure.data[0].x[fear] == 0
    texts = next(trace.text for trace in figure.data if trace.text)
    assert texts[fear].strip() == "–"
    assert texts[at(figure, "joy")].strip() == "62.5"


def test_rows_leave_an_undefined_score_empty() -> None:
    scores = {name: ClassScore(0.5, 0.25, 0.5, 10) for name in MELD.names}
    rows = {row["label"]: row for row in per_class_rows(MELD, FOUND, scores)}
    assert (rows["fear"]["F1"], rows["fear"]["low"]) == (None, None)
    assert (rows["joy"]["F1"], rows["joy"]["low"], rows["joy"]["high"]) == (62.5, 50.0, 70.0)
    assert (rows["joy"]["precision"], rows["joy"]["recall"], rows["joy"]["gold turns"]) == (50.0, 25.0, 10)
