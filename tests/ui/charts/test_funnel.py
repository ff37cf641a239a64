"""The funnel of a run, label by label."""

from __future__ import annotations

from erc_engine.domain.labels import scheme
from erc_engine.workflows.run_views import LabelFunnel
from ui.charts.funnel import funnel_bars, funnel_rows, reason_bars, reason_rows

MELD = scheme("meld")
JOY = LabelFunnel("joy", 8, 14, accepted=6, unread=2, refused=3, no_reply=1, open=2, reasons={"turn_count": 3})


def test_bars_add_up_to_what_was_asked_for() -> None:
    figure = funnel_bars(MELD, [JOY])
    drawn = {t.name: t.x[0] for t in figure.data if t.type == "bar" and t.x[0] is not None}
    assert drawn == {
        "accepted": 6,
        "refused by a check": 3,
        "no dialogue in the reply": 2,
        "no reply": 1,
        "in flight or lost": 2,
    }
    assert sum(drawn.values()) == JOY.asked
    assert figure.data[-1].x[0] == JOY.planned


def test_the_table_names_each_reason() -> None:
    (row,) = funnel_rows([JOY])
    assert (row["asked for"], row["parsed"], row["turn count"]) == (14, 9, 3)


def test_reasons_come_most_frequent_first_and_failures_say_so() -> None:
    figure = reason_bars({"timeout": 2, "turn_count": 9}, failed={"timeout"})
    assert list(figure.data[0].text) == ["9", "2 (no reply)"]
    assert reason_rows({"timeout": 2, "turn_count": 9})[0] == {"reason": "turn_count", "attempts": 9}
