"""What people made of one dialogue: votes, majorities, edits with the original kept."""

from __future__ import annotations

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Origin
from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.review import ReviewAction, ReviewEvent, ReviewMode
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.dialogue_review import Reviewer, TurnReview, reviewed
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

FERRY = dialogue("Ana: The ferry was early. [surprise]", "Bo: Nobody was there. [sadness]", id="d1")


@pytest.fixture
def made(workspace: Workspace) -> Workspace:
    other = dialogue("Cy: Cinnamon in the soup. [disgust]", id="d2")
    save_corpus(workspace, Loaded(corpus(FERRY, other, name="made", origin=Origin.GENERATED), (), "made up"))
    return workspace


def act(space: Workspace, who: str, action: ReviewAction, turn: str, value: str, **more) -> None:
    op = f"{who}/{action}/{turn}/{value}"
    space.store.review.record(ReviewEvent(op, "made", "d1", who, action, turn, value, **more))


def test_nobody_has_reviewed_it_yet(made):
    seen = reviewed(made, "made", FERRY)
    assert (seen.reviewers, seen.agreed) == ((), 0)
    assert seen.turns == {"d1:0": TurnReview(), "d1:1": TurnReview()}


def test_votes_of_people_are_counted_and_a_majority_needs_more_than_half(made):
    for who, label in (("ana", "joy"), ("bo", "joy"), ("cy", "neutral")):
        act(made, who, ReviewAction.LABEL, "d1:0", label)
    act(made, "ana", ReviewAction.LABEL, "d1:1", "sadness")
    act(made, "bo", ReviewAction.LABEL, "d1:1", "anger")
    seen = reviewed(made, "made", FERRY)
    assert seen.turns["d1:0"].votes == {"joy": 2, "neutral": 1}
    assert seen.turns["d1:0"].majority == "joy"
    assert seen.turns["d1:1"].majority is None
    assert seen.agreed == 1
    assert seen.reviewers == (Reviewer("ana", True, ""), Reviewer("bo", True, ""), Reviewer("cy", False, ""))


def test_added_votes_of_people_count_and_those_of_models_do_not(made):
    made.store.votes.add([Vote("made", "d1", "d1:0", "dee", AnnotatorKind.HUMAN, "fear")], source="file")
    made.store.votes.add([Vote("made", "d1", "d1:0", "judge", AnnotatorKind.LLM, "joy")], source="file")
    assert reviewed(made, "made", FERRY).turns["d1:0"].votes == {"fear": 1}
    assert reviewed(made, "made", FERRY).turns["d1:0"].majority is None  # one voter is no majority


def test_labels_given_with_the_intended_one_in_sight_stand_apart(made):
    act(made, "ana", ReviewAction.LABEL, "d1:0", "surprise", mode=ReviewMode.VERIFY)
    turn = reviewed(made, "made", FERRY).turns["d1:0"]
    assert (turn.votes, turn.anchored) == ({}, {"surprise": 1})


def test_an_edit_shows_beside_the_original_and_makes_older_votes_stale(made):
    act(made, "ana", ReviewAction.LABEL, "d1:0", "joy")
    act(made, "bo", ReviewAction.EDIT, "d1:0", "The ferry was late.")
    turn = reviewed(made, "made", FERRY).turns["d1:0"]
    assert (turn.edited, turn.votes) == ("The ferry was late.", {})
    assert FERRY.utterances[0].text == "The ferry was early."


def test_a_decision_is_told(made):
    act(made, "ana", ReviewAction.ACCEPT, "", "")
    assert reviewed(made, "made", FERRY).reviewers == (Reviewer("ana", True, "accept"),)
