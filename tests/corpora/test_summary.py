from __future__ import annotations

from erc_engine.corpora.summary import summarise
from erc_engine.domain.conversation import Split
from erc_engine.domain.labels import custom_scheme
from erc_engine.domain.reports import Fault, SplitSummary
from tests.builders import corpus, dialogue

TWO = custom_scheme("two", ["joy", "anger"])
FAULT = Fault("empty-text", 1)


def test_splits_labels_and_imbalance_are_counted() -> None:
    made = corpus(
        dialogue("A: x [joy]", "B: y [joy]", "A: z [anger]", "B: w", id="a"),
        dialogue("A: x [joy]", id="t", split=Split.TEST),
        label_scheme=TWO,
    )
    summary = summarise(made, [FAULT], {"kept": 2})
    assert summary.splits == {
        "train": SplitSummary(1, 4, {"joy": 2, "anger": 1}, 1),
        "test": SplitSummary(1, 1, {"joy": 1, "anger": 0}, 0),
    }
    assert (summary.imbalance_ratio, summary.imbalance_reason) == (2.0, None)
    assert (summary.faults, summary.states, summary.licence) == ((FAULT,), {"kept": 2}, "Apache-2.0")


def test_a_missing_label_makes_the_imbalance_undefined_with_a_reason() -> None:
    summary = summarise(corpus(dialogue("A: x [joy]"), label_scheme=TWO), [], {})
    assert (summary.imbalance_ratio, summary.imbalance_reason) == (None, "train has no utterance labelled anger")


def test_a_corpus_without_train_labels_says_so() -> None:
    summary = summarise(corpus(dialogue("A: x [joy]", split=Split.TEST), label_scheme=TWO), [], {})
    assert summary.imbalance_reason == "train has no labels"
