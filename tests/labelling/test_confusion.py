"""Confusions of two sources of labels, and of any two votes."""

from __future__ import annotations

import pytest

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import scheme
from erc_engine.labelling.confusion import any_two, confusion, majorities
from erc_engine.labelling.soft_labels import soft_labels
from tests.builders import dialogue

MELD = scheme("meld")
DIALOGUES = [dialogue("Ana: A [joy]", "Bo: B [joy]", "Ana: C [anger]", "Bo: D", id="d1")]
GOLD = {("d1", "d1:0"): "joy", ("d1", "d1:1"): "joy", ("d1", "d1:2"): "anger"}
SEEN = {("d1", "d1:0"): "joy", ("d1", "d1:1"): "anger", ("d1", "d1:2"): "anger", ("d1", "d1:3"): "fear"}


def test_only_what_both_label_is_counted_and_each_cell_knows_its_utterances() -> None:
    found = confusion("gold", GOLD, "ana", SEEN, MELD, DIALOGUES)
    joy, anger = MELD.index("joy"), MELD.index("anger")
    assert (found.counts[joy][joy], found.counts[joy][anger], found.counts[anger][anger]) == (1, 1, 1)
    assert found.total == 3
    assert found.places["joy", "anger"] == (("d1", "d1:1"),)
    # same 2 of 3; chance (2·1 + 1·2) / 9 = 4/9; (2/3 − 4/9) / (5/9) = .4
    assert found.kappa.value == pytest.approx(0.4)


def test_a_tie_has_its_own_column_and_no_part_in_kappa() -> None:
    tied = {**SEEN, ("d1", "d1:1"): "tie"}
    found = confusion("gold", GOLD, "crowd", tied, MELD, DIALOGUES)
    assert found.column_labels == (*MELD.names, "tie")
    assert found.row_labels == MELD.names
    assert found.counts[MELD.index("joy")][-1] == 1
    assert (found.kappa.value, found.kappa.n) == (1, 2)


def test_sources_without_a_common_utterance_have_no_kappa() -> None:
    found = confusion("gold", {}, "ana", SEEN, MELD, DIALOGUES)
    assert found.kappa.reason == "no utterance has a label from both"
    assert found.total == 0


def test_a_majority_is_the_leader_or_a_tie() -> None:
    votes = [
        Vote("c", "d1", f"d1:{turn}", who, AnnotatorKind.LLM, label)
        for turn, labels in enumerate((("joy", "joy"), ("joy", "fear")))
        for who, label in zip("ab", labels, strict=True)
    ]
    assert majorities(soft_labels(votes, MELD)) == {("d1", "d1:0"): "joy", ("d1", "d1:1"): "tie"}


def test_any_two_votes_of_anonymous_counts() -> None:
    votes = [Vote("c", "d1", "d1:0", "crowd", AnnotatorKind.ANONYMOUS, k, n) for k, n in (("joy", 3), ("anger", 2))]
    found = any_two(votes, MELD, DIALOGUES)
    joy, anger = MELD.index("joy"), MELD.index("anger")
    # 20 ordered pairs: 3·2 joy-joy, 3·2 joy-anger, 2·3 anger-joy, 2·1 anger-anger
    assert [found.counts[a][b] for a, b in ((joy, joy), (joy, anger), (anger, joy), (anger, anger))] == [
        pytest.approx(0.3), pytest.approx(0.3), pytest.approx(0.3), pytest.approx(0.1),
    ]  # fmt: skip
    assert found.places["joy", "anger"] == (("d1", "d1:0"),)
