import plotly.graph_objects as go

from erc_engine.domain.labels import scheme
from ui.charts.confusion import clicked, confusion_of_run, confusion_of_run_rows

MELD = scheme("meld")
SIZE = len(MELD.names)
NEUTRAL, JOY, FEAR = (MELD.index(name) for name in ("neutral", "joy", "fear"))


def counts() -> list[list[int]]:
    """30 of 40 neutral are right and 10 taken for joy; 5 of 5 joy are right; no other gold label occurs."""
    table = [[0] * SIZE for _ in range(SIZE)]
    table[NEUTRAL][NEUTRAL], table[NEUTRAL][JOY], table[JOY][JOY] = 30, 10, 5
    return table


def test_cells_are_shares_of_the_gold_label() -> None:
    heat = next(trace for trace in confusion_of_run(MELD, counts()).data if isinstance(trace, go.Heatmap))
    assert heat.z[NEUTRAL][NEUTRAL] == 75
    assert heat.z[NEUTRAL][JOY] == 25
    assert heat.z[JOY][JOY] == 100
    assert heat.z[FEAR][JOY] is None  # no gold fear: no share
    assert list(heat.x) == list(MELD.names)
    assert heat.y[NEUTRAL] == "neutral  40"


def test_only_cells_with_turns_can_be_clicked_and_carry_their_pair() -> None:
    points = next(trace for trace in confusion_of_run(MELD, counts()).data if isinstance(trace, go.Scatter))
    assert [tuple(data[:3]) for data in points.customdata] == [
        ("neutral", "neutral", "30 of 40"),
        ("neutral", "joy", "10 of 40"),
        ("joy", "joy", "5 of 5"),
    ]
    assert clicked({"selection": {"points": [{"customdata": points.customdata[1]}]}}) == ("neutral", "joy")


def test_rows_are_the_cells_with_turns() -> None:
    rows = confusion_of_run_rows(MELD, counts())
    assert len(rows) == 3
    assert rows[1] == {"gold": "neutral", "predicted": "joy", "turns": 10, "share of gold": 0.25}
