"""Votes are added once, keep their order and belong to a dialogue that is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.review import ReviewAction, ReviewEvent
from erc_engine.errors import NotFoundError
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue

JOY = Vote("c", "d1", "d1:0", "ana", AnnotatorKind.HUMAN, "joy", mode="blind", seen="past")
COUNT = Vote("c", "d1", "d1:0", "", AnnotatorKind.ANONYMOUS, "neutral", count=3)
FEAR = replace(JOY, annotator="m1", kind=AnnotatorKind.LLM, label="fear")


@pytest.fixture
def filled(store: Store) -> Store:
    store.corpora.add(corpus(dialogue("Ana: You came! [joy]")), faults=(), source="x", hash="1")
    return store


def test_votes_come_back_in_order_and_by_kind(filled: Store) -> None:
    assert filled.votes.add([JOY, COUNT, FEAR], source="first") == 3
    assert filled.votes.of("c") == (JOY, COUNT, FEAR)
    assert filled.votes.of("c", AnnotatorKind.ANONYMOUS) == (COUNT,)
    assert filled.votes.kinds("c") == (AnnotatorKind.HUMAN, AnnotatorKind.LLM, AnnotatorKind.ANONYMOUS)
    assert filled.votes.of("other") == ()


def test_the_same_vote_is_added_once_from_one_source(filled: Store) -> None:
    assert filled.votes.add([JOY, JOY], source="first") == 1
    assert filled.votes.add([JOY, COUNT], source="first") == 1
    assert filled.votes.add([JOY], source="second") == 1
    assert filled.votes.of("c") == (JOY, COUNT, JOY)


def test_a_vote_for_a_dialogue_that_is_not_there_adds_none(filled: Store) -> None:
    with pytest.raises(NotFoundError, match="not in this workspace"):
        filled.votes.add([JOY, replace(JOY, dialogue="d2")], source="first")
    assert filled.votes.of("c") == ()


def test_a_corpus_and_its_votes_are_stored_together_or_not_at_all(store: Store) -> None:
    one = corpus(dialogue("Ana: You came! [joy]"))
    with pytest.raises(NotFoundError):
        store.corpora.add(one, faults=(), source="x", hash="1", votes=[COUNT, replace(COUNT, dialogue="d2")])
    assert store.corpora.names() == ()
    assert store.corpora.add(one, faults=(), source="x", hash="1") is True
    assert store.corpora.add(one, faults=(), source="x", hash="1", votes=[COUNT]) is False
    assert store.corpora.add(one, faults=(), source="x", hash="1", votes=[COUNT]) is False
    assert store.votes.of("c") == (COUNT,)


def test_many_votes_are_added_in_order(filled: Store) -> None:
    many = [replace(JOY, annotator=f"a{n}") for n in range(2500)]
    assert filled.votes.add(many, source="first") == 2500
    assert filled.votes.of("c") == tuple(many)


def test_the_mark_changes_with_votes_and_review_of_this_corpus_alone(filled: Store) -> None:
    filled.corpora.add(corpus(dialogue("Bo: Barely. [fear]"), name="other"), faults=(), source="x", hash="2")
    before, elsewhere = filled.votes.mark("c"), filled.votes.mark("other")
    filled.votes.add([JOY], source="first")
    added = filled.votes.mark("c")
    assert added != before
    assert filled.votes.add([JOY], source="first") == 0
    assert filled.votes.mark("c") == added
    filled.review.record(ReviewEvent("op", "c", "d1", "ana", ReviewAction.LABEL, "d1:0", "joy"))
    assert filled.votes.mark("c") != added
    assert filled.votes.mark("other") == elsewhere


def test_labels_of_a_review_count_as_votes_of_people_until_they_are_taken_back(filled: Store) -> None:
    assert filled.votes.kinds("c") == ()
    filled.review.record(ReviewEvent("op", "c", "d1", "ana", ReviewAction.LABEL, "d1:0", "joy"))
    assert filled.votes.kinds("c") == (AnnotatorKind.HUMAN,)
    filled.review.record(ReviewEvent("back", "c", "d1", "ana", ReviewAction.UNDO))
    assert filled.votes.kinds("c") == ()
