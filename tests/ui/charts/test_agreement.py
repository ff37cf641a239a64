"""Agreement and confusions as figures."""

from __future__ import annotations

from erc_engine.domain.curation import AgreementReport, Measured
from erc_engine.domain.disagreement import Confusion
from ui.charts.agreement import agreement_forest, agreement_rows, confusion_heat, confusion_rows

NONE = Measured.undefined("the votes are anonymous")
REPORT = AgreementReport(
    "c", "anonymous", 5, 20, 3, Measured(0.5, (0.4, 0.6), 20), NONE, Measured(-0.2, (-0.3, 0.1), 20), NONE, NONE
)
FOUND = Confusion(
    "gold", "ana", ("joy", "anger"), ("joy", "anger", "tie"), ((3, 1, 0), (0, 0, 0)),
    {("joy", "joy"): (), ("joy", "anger"): ()}, Measured.undefined("x"),
)  # fmt: skip


def test_what_is_undefined_has_no_dot_and_says_why_in_the_table() -> None:
    figure = agreement_forest([REPORT])
    assert list(figure.data[0].x) == [0.5, -0.2]
    assert figure.layout.xaxis.range[0] < -0.2
    rows = agreement_rows([REPORT])
    assert rows[0]["value [95 % interval]"] == "0.5 [0.4, 0.6]"
    assert rows[1]["value [95 % interval]"] == "undefined because the votes are anonymous"


def test_a_cell_is_coloured_by_its_share_of_the_row_and_written_as_a_count() -> None:
    figure = confusion_heat(FOUND)
    assert list(figure.data[0].z[0]) == [75, 25, 0]
    assert [a.text for a in figure.layout.annotations] == ["3", "1"]


def test_pairs_of_votes_are_written_as_shares() -> None:
    pairs = Confusion("a", "b", ("joy", "anger"), ("joy", "anger"), ((499.5, 0.5), (0.5, 1)), {}, NONE)
    assert [a.text for a in confusion_heat(pairs).layout.annotations] == ["100 %", "&lt;1 %", "33 %", "67 %"]


def test_points_over_the_cells_carry_labels_and_not_indices() -> None:
    points = confusion_heat(FOUND).data[1]
    assert [list(data[:2]) for data in points.customdata] == [["joy", "joy"], ["joy", "anger"]]


def test_rows_leave_out_empty_cells() -> None:
    assert len(confusion_rows(FOUND)) == 2
