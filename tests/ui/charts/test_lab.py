from erc_engine.domain.curation import Measured
from erc_engine.domain.prompt_lab import (
    Arm,
    ArmTexts,
    Detectable,
    LabCell,
    LabReport,
    LabSettings,
    PairedOutcome,
    ReplyState,
)
from erc_engine.workflows.lab_replies import LabRow, lab_rows
from erc_engine.workflows.lab_words import difference_words, verdict
from ui.charts.lab import outcome_forest, outcome_rows, plan_matrix

ACCEPTED = PairedOutcome("accepted", "share", "higher", 0.5, 1.0, Measured(0.5, (0.25, 0.75), 4), 0.03, 0.09, "McNemar")
PARSED = PairedOutcome("parsed", "share", "higher", 1.0, 1.0, Measured(0.0, (0.0, 0.0), 4), 1.0, 1.0, "McNemar")
WORDS = PairedOutcome("words a turn", "words", "neither", 19.2, 11.4, Measured(-7.8, (-9.0, -6.5), 4), 0.02, 0.06)
CELLS = (
    LabCell(Arm.A, "p00000", 0, ReplyState.ACCEPTED),
    LabCell(Arm.B, "p00000", 0, ReplyState.REJECTED, "turn_count", "7 turns, 8 planned"),
    LabCell(Arm.A, "p00001", 1, ReplyState.FAILED, "timeout"),
)
REPORT = LabReport(
    id="lab-0",
    settings=LabSettings("a" * 64, "b" * 64, "small@1", "small@2", "sitcom", "openai:x#y", 4, 1, 1),
    label_mode="budget",
    complete=True,
    asked=8,
    replied=8,
    outcomes=(ACCEPTED, PARSED, WORDS),
    discordance=0.5,
    detectable=Detectable(4, 0.3, True, None),
    reasons={},
    texts={"a": ArmTexts(0, None, None), "b": ArmTexts(0, None, None)},
    notes=(),
    cells=CELLS,
)


def test_shares_are_points_with_intervals_and_the_main_outcome_stands_by_its_own_p() -> None:
    figure = outcome_forest(REPORT)
    main, parsed = figure.data
    assert (main.x[0], main.error_x.array[0], main.error_x.arrayminus[0]) == (50.0, 25.0, 25.0)
    assert (main.y[0], parsed.y[0]) == ("<b>accepted</b>", "parsed")
    assert (main.marker.symbol, parsed.marker.symbol) == ("square", "square-open")  # .03 alone, though .09 after Holm
    assert figure.layout.annotations[0].text == "+50.0 [+25.0, +75.0]<br>p = 0.030"


def test_the_table_behind_has_all_outcomes() -> None:
    assert [(row["outcome"], row["B minus A"]) for row in outcome_rows(REPORT)] == [
        ("accepted", 0.5),
        ("parsed", 0.0),
        ("words a turn", -7.8),
    ]


def test_each_reply_is_a_sign_and_a_missing_one_is_left_open() -> None:
    rows = lab_rows(REPORT)
    assert [(row.name, row.differs) for row in rows] == [("p0", True), ("p1.2", True)]
    figure = plan_matrix(rows)
    assert [(note.x, note.y, note.text) for note in figure.layout.annotations] == [
        ("p0", "A", "✓"), ("p1.2", "A", "–"), ("p0", "B", "✗"), ("p1.2", "B", " "),
    ]  # fmt: skip
    assert not any(note.x.isdecimal() for note in figure.layout.annotations)  # Plotly takes those for places
    assert [list(data) for data in figure.data[1].customdata][2] == ["B", "p0", "rejected, turn count"]
    assert [list(data) for data in figure.data[1].customdata][3] == ["B", "p1.2", "not asked yet"]


def test_two_replies_that_fared_alike_do_not_differ() -> None:
    same = LabCell(Arm.B, "p00000", 0, ReplyState.ACCEPTED)
    assert not LabRow("p00000", 0, CELLS[0], same).differs


def test_a_difference_is_said_in_points_or_in_its_unit() -> None:
    assert difference_words(ACCEPTED) == "+50.0 [+25.0, +75.0]"
    assert difference_words(WORDS) == "-7.8 [-9, -6.5]"
    assert verdict(REPORT) == (
        "B is accepted more often than A: accepted 50.0 % → 100.0 % (+50.0 [+25.0, +75.0], 4 plans, p = 0.030)."
    )
