"""Which votes count: not anchored ones, and of each named annotator the last."""

from __future__ import annotations

import pytest

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError
from erc_engine.labelling.counted_votes import counted, table

MELD = scheme("meld")


def vote(annotator: str, label: str, utterance: str = "d:0", **more: object) -> Vote:
    return Vote("c", "d", utterance, annotator, more.pop("kind", AnnotatorKind.HUMAN), label, **more)  # type: ignore[arg-type]


def test_labels_given_with_the_intended_label_in_sight_do_not_count() -> None:
    votes = [vote("ana", "joy", mode="verify"), vote("bo", "anger", mode="blind"), vote("cy", "fear")]
    assert table(votes, MELD) == {("d", "d:0"): {"anger": 1, "fear": 1}}


def test_an_annotator_who_changes_their_mind_has_one_vote() -> None:
    votes = [vote("ana", "joy"), vote("bo", "joy"), vote("ana", "anger")]
    assert table(votes, MELD) == {("d", "d:0"): {"joy": 1, "anger": 1}}


def test_a_verify_vote_does_not_replace_a_blind_one() -> None:
    assert counted([vote("ana", "joy", mode="blind"), vote("ana", "anger", mode="verify")])[0].label == "joy"


def test_anonymous_counts_add_up() -> None:
    votes = [
        vote("anonymous", "joy", kind=AnnotatorKind.ANONYMOUS, count=3),
        vote("anonymous", "neutral", kind=AnnotatorKind.ANONYMOUS, count=2),
    ]
    assert table(votes, MELD) == {("d", "d:0"): {"neutral": 2, "joy": 3}}


def test_a_person_and_a_model_of_the_same_name_are_two_annotators() -> None:
    votes = [vote("ana", "joy"), vote("ana", "joy", kind=AnnotatorKind.LLM)]
    assert table(votes, MELD) == {("d", "d:0"): {"joy": 2}}


def test_labels_stand_in_the_order_of_the_scheme() -> None:
    votes = [vote("ana", "fear"), vote("bo", "neutral"), vote("cy", "anger")]
    assert list(table(votes, MELD)["d", "d:0"]) == ["neutral", "anger", "fear"]


def test_a_label_outside_the_scheme_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="'bored', which is not a label of scheme meld"):
        table([vote("ana", "bored")], MELD)
