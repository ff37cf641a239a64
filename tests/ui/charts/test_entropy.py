"""Entropy as figures."""

from __future__ import annotations

from erc_engine.domain.curation import Measured
from erc_engine.domain.disagreement import EntropyReport, LabelEntropy
from erc_engine.domain.labels import custom_scheme
from ui.charts.entropy import entropy_histogram, entropy_means, entropy_rows

TWO = custom_scheme("two", ["joy", "anger"])
FOUND = EntropyReport(
    edges=(0.0, 0.25, 0.5),
    all=LabelEntropy(None, Measured(0.2, (0.1, 0.3), 6), (4, 2)),
    by_label=(
        LabelEntropy("joy", Measured(0.1, (0.0, 0.2), 5), (4, 1)),
        LabelEntropy("anger", Measured.undefined("no utterance with two votes has this label"), (0, 0)),
    ),
    votes={5: 6},
    most=0.5,
    unanimous=3,
)


def test_bars_stack_labels_and_what_has_none() -> None:
    joy, unlabelled = entropy_histogram(TWO, FOUND).data
    assert (joy.name, list(joy.y)) == ("joy", [4, 1])
    assert (unlabelled.name, list(unlabelled.y)) == ("no label", [0, 1])


def test_means_have_n_and_leave_out_undefined_labels() -> None:
    (joy,) = entropy_means(TWO, FOUND).data
    assert list(joy.y) == ["joy  (n = 5)"]
    assert (list(joy.x), list(joy.error_x.array), list(joy.error_x.arrayminus)) == ([0.1], [0.1], [0.1])


def test_rows_begin_with_all() -> None:
    assert entropy_rows(FOUND)[0]["label"] == "all"
    assert entropy_rows(FOUND)[1]["0.00 to 0.25"] == 4
    assert entropy_rows(FOUND)[2]["mean bits"] is None
