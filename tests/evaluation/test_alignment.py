"""Outside predictions: what is taken, and what is refused with counts and first examples."""

from __future__ import annotations

from typing import Any

import pytest

from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError
from erc_engine.evaluation.alignment import align
from erc_engine.evaluation.prediction_files import PredictionRow
from tests.builders import dialogue

MELD = scheme("meld")
DIALOGUES = (
    dialogue("Ana: Look at that! [surprise]", "Bo: At what?", id="d1"),
    dialogue("Ana: Never mind. [sadness]", id="d2"),
)
BOTH = (("d1", "d1:0"), ("d2", "d2:0"))


def rows(*values: Any, key: str = "label") -> list[PredictionRow]:
    return [PredictionRow(d, u, **{key: value}) for (d, u), value in zip(BOTH, values, strict=False)]


def test_labels_come_in_the_order_of_the_dialogues() -> None:
    found = align(DIALOGUES, rows("joy", "anger")[::-1], MELD)
    assert [(p.dialogue, p.utterance, p.label, p.probabilities) for p in found] == [
        ("d1", "d1:0", "joy", None),
        ("d2", "d2:0", "anger", None),
    ]


def test_other_spellings_of_a_label_are_understood() -> None:
    assert [p.label for p in align(DIALOGUES, rows(" Joyful ", "MAD"), MELD)] == ["joy", "anger"]


def test_predictions_for_context_turns_are_passed_over() -> None:
    more = [*rows("joy", "anger"), PredictionRow("d1", "d1:1", "neutral")]
    assert len(align(DIALOGUES, more, MELD)) == 2


def test_the_largest_probability_is_the_label_and_the_first_when_tied() -> None:
    found = align(DIALOGUES, rows({"joy": 0.6, "fear": 0.4}, {"fear": 0.5, "joy": 0.5}, key="probabilities"), MELD)
    assert [p.label for p in found] == ["joy", "joy"]
    assert found[0].probabilities == pytest.approx((0, 0.6, 0, 0, 0, 0, 0.4))


def test_a_label_beside_probabilities_wins() -> None:
    given = [PredictionRow(d, u, "fear", {"joy": 0.6, "fear": 0.4}) for d, u in BOTH]
    assert {p.label for p in align(DIALOGUES, given, MELD)} == {"fear"}


def test_columns_named_by_label_are_probabilities_and_others_are_not_read() -> None:
    columns = {"joy": "0.25", "Neutral": "0.75", "text": "hello", "score": "9"}
    found = align(DIALOGUES, rows(columns, columns, key="columns"), MELD)
    assert found[1].label == "neutral"
    assert found[1].probabilities == pytest.approx((0.75, 0.25, 0, 0, 0, 0, 0))


def test_a_sum_within_one_hundredth_is_rescaled_to_one() -> None:
    found = align(DIALOGUES, rows(*[{"joy": 0.662, "fear": 0.333}] * 2, key="probabilities"), MELD)
    assert sum(found[0].probabilities or ()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (rows("joy"), r"1 labelled utterances have no prediction \(d2 / d2:0\)"),
        ([*rows("joy", "joy"), *rows("fear")], r"1 predictions are given twice \(d1 / d1:0\)"),
        (
            [*rows("joy", "joy"), PredictionRow("d9", "d9:0", "joy")],
            r"1 predictions are for utterances that are not there \(d9 / d9:0\)",
        ),
        (rows("bliss", "joy"), r"1 labels are not in scheme 'meld' \('bliss' at d1 / d1:0\)"),
        (rows(None, "joy"), "1 rows have neither a label nor probabilities"),
        (rows({"joy": 0.5}, {"joy": 1}, key="probabilities"), r"do not sum to 1 \(0.5 at d1 / d1:0\)"),
        (rows({"joy": float("nan")}, {"joy": 1}, key="probabilities"), "1 probabilities are not numbers from 0 to 1"),
        (rows({"joy": -0.2, "fear": 1.2}, {"joy": 1}, key="probabilities"), "not numbers from 0 to 1"),
        (rows({"joy": True}, {"joy": 1}, key="probabilities"), "not numbers from 0 to 1"),
        (rows({"bliss": 1}, {"joy": 1}, key="probabilities"), r"labels outside scheme 'meld' \('bliss' at d1"),
        (rows({"joy": 0.5, "happy": 0.5}, {"joy": 1}, key="probabilities"), r"two probabilities for one label"),
        ([*rows("joy")[:1], *rows("x", {"joy": 1}, key="probabilities")[1:]], "1 rows have no probabilities while 1"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_count_and_an_example(given: list[PredictionRow], said: str) -> None:
    with pytest.raises(InputError, match=said):
        align(DIALOGUES, given, MELD)


def test_several_faults_are_told_together_with_three_examples_at_most() -> None:
    many = tuple(dialogue("Ana: Yes. [joy]", id=f"d{i}") for i in range(6))
    with pytest.raises(InputError) as caught:
        align(many, [PredictionRow("x", "x:0", "joy")], MELD)
    assert caught.value.message == (
        "1 predictions are for utterances that are not there (x / x:0); "
        "6 labelled utterances have no prediction (d0 / d0:0, d1 / d1:0, d2 / d2:0, …)"
    )
    assert "exactly once" in caught.value.hint
