"""Precision and recall of a gate by hand, and what is said of it in words."""

from __future__ import annotations

import pytest

from erc_engine.domain.labels import scheme
from erc_engine.labelling.gate_audit import CheckedTurn, audit_rows, in_words

MELD = scheme("meld")


def turns(label: str, *, kept: tuple[int, int], stopped: tuple[int, int], weight: float = 1.0) -> list[CheckedTurn]:
    """(right, wrong) of what was passed and of what was stopped, each turn in a dialogue of its own."""
    rows = []
    for passed, (right, wrong) in ((True, kept), (False, stopped)):
        for is_right, n in ((True, right), (False, wrong)):
            rows += [CheckedTurn(f"{label}-{passed}-{is_right}-{i}", weight, label, passed, is_right) for i in range(n)]
    return rows


def test_precision_and_recall_are_weighted_to_the_whole_set() -> None:
    passed = turns("joy", kept=(3, 1), stopped=(0, 0), weight=10)
    stopped = turns("joy", kept=(0, 0), stopped=(2, 2), weight=5)
    overall, labels = audit_rows([*passed, *stopped], MELD, resamples=200)
    assert overall.precision.value == pytest.approx(30 / 40)
    assert overall.recall.value == pytest.approx(30 / 40)  # 30 right passed, 10 right stopped
    assert overall.right.value == pytest.approx(40 / 60)
    assert (overall.n, overall.passed) == (8, 4)
    assert overall.precision.interval is not None
    joy = next(row for row in labels if row.label == "joy")
    assert joy.precision == overall.precision


def test_labels_without_reviewed_turns_are_undefined_with_a_reason() -> None:
    _, labels = audit_rows(turns("joy", kept=(1, 1), stopped=(1, 1)), MELD, resamples=50)
    fear = next(row for row in labels if row.label == "fear")
    assert (fear.precision.value, fear.precision.reason) == (None, "no reviewed turn of this label was passed")
    assert fear.n == 0


def test_without_any_review_nothing_is_known() -> None:
    overall, labels = audit_rows([], MELD)
    assert overall.recall.reason == "nobody has reviewed a turn of the sample yet"
    assert in_words(overall, labels) == ("Not known: nobody has reviewed a turn of the sample yet.",)


def test_a_judge_that_says_neutral_to_everything_is_found_out() -> None:
    rows = turns("neutral", kept=(9, 1), stopped=(0, 0))
    for label in ("joy", "anger", "fear"):
        rows += turns(label, kept=(0, 0), stopped=(8, 2))
    told = in_words(*audit_rows(rows, MELD, resamples=200))
    assert any("It confirms little but neutral" in line and "joy, anger, fear" in line for line in told)
    assert any(line.startswith("It stops 73 % of the turns that people find right") for line in told)  # 24 of 33


def test_a_good_gate_is_said_to_help_and_a_random_one_is_not() -> None:
    good = turns("joy", kept=(40, 2), stopped=(2, 40))
    assert "The gate helps: people agree with 50 % of all turns and with 95 % of those it passed." in in_words(
        *audit_rows(good, MELD, resamples=200)
    )
    random_ = turns("joy", kept=(20, 20), stopped=(20, 20))
    assert "not shown to help" in in_words(*audit_rows(random_, MELD, resamples=200))[0]
