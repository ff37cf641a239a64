"""Dialogues and corpora."""

from __future__ import annotations

import pytest

from erc_engine.domain.conversation import Split
from tests.builders import corpus, dialogue

D = dialogue("Ana: You came. [joy]", "Bo: Barely.", "Ana: Sit down. [neutral]", id="a")


def test_speakers_stand_in_order_of_appearance() -> None:
    assert D.speakers == ("Ana", "Bo")


def test_a_turn_without_a_label_is_context() -> None:
    assert D.labels == ("joy", None, "neutral")
    assert corpus(D).distribution().total == 2


def test_new_labels_make_a_new_dialogue() -> None:
    changed = D.with_labels(["fear", "fear", None])
    assert changed.labels == ("fear", "fear", None)
    assert D.labels == ("joy", None, "neutral")
    with pytest.raises(ValueError, match="shorter"):
        D.with_labels(["fear"])


def test_a_corpus_is_seen_by_split() -> None:
    both = corpus(D, dialogue("Cy: Hm. [fear]", id="b", split=Split.TEST))
    assert [d.id for d in both.split(Split.TEST)] == ["b"]
    assert both.distribution(Split.TEST).counts["fear"] == 1
