"""A review from the first key to agreement and a frozen version."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Origin, Split
from erc_engine.domain.curation import AnnotatorKind, DialogueState
from erc_engine.domain.review import ReviewAction, ReviewEvent, ReviewMode
from erc_engine.errors import NotFoundError, RefusedError, UnavailableError
from erc_engine.workflows import labels, review, versions
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.review import Desk
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

numbers = itertools.count()
ANA, BO = Desk("made", "ana", ReviewMode.BLIND), Desk("made", "bo", ReviewMode.BLIND)
TURNS = ("Ana: You came! [joy]", "Bo: Barely. [fear]")


@pytest.fixture
def made(workspace: Workspace) -> Workspace:
    """Three generated dialogues, and a real corpus to freeze them with."""
    generated = corpus(*(dialogue(*TURNS, id=f"d{n}") for n in (1, 2, 3)), name="made", origin=Origin.GENERATED)
    save_corpus(workspace, Loaded(generated, (), "x"))
    lines = {Split.DEV: "Cy: Where is the lamp? [neutral]", Split.TEST: "Di: No idea. [neutral]"}
    real = [dialogue(line, id=split, split=split) for split, line in lines.items()]
    save_corpus(workspace, Loaded(corpus(*real, name="real"), (), "x"))
    return workspace


def act(desk: Desk, action: str, place: str, value: str = "", **more: str) -> ReviewEvent:
    dialogue_, _, number = place.partition(":")
    told = (f"op-{next(numbers)}", desk.corpus, dialogue_, desk.annotator, ReviewAction(action))
    return ReviewEvent(*told, place if number else "", value, mode=desk.mode, **more)


def label_all(space: Workspace, desk: Desk, name: str, *given: str) -> None:
    acts = [act(desk, "label", f"{name}:{n}", label) for n, label in enumerate(given)]
    assert [a.status for a in review.record(space, acts)] == ["saved"] * len(acts)


def freeze(space: Workspace, name: str, **more: object) -> list[tuple[str, ...]]:
    versions.freeze(space, name, train=["made"], dev="real:dev", test="real:test", **more)  # type: ignore[arg-type]
    return [(d.id, *map(str, d.labels)) for d in space.store.versions.dialogues(name, Split.TRAIN)]


def test_a_blind_item_has_no_intended_label_in_it(made: Workspace) -> None:
    item = review.item(made, ANA, "d1")
    assert [t.text for t in item.turns] == ["You came!", "Barely."]
    assert item.intended == {}
    assert "joy" not in repr(item)
    assert "fear" not in repr(item)


def test_a_verify_item_shows_the_intended_labels_and_ends_blindness(made: Workspace) -> None:
    desk = replace(ANA, mode=ReviewMode.VERIFY)
    assert review.item(made, desk, "d1").intended == {"d1:0": "joy", "d1:1": "fear"}
    again = review.item(made, ANA, "d1")
    assert (again.anchored, again.intended) == (True, {})
    assert again.notices
    assert review.next_to_do(made, ANA, ("d1", "d2")) == "d2"


def test_a_label_is_acknowledged_with_the_moment_of_its_row(made: Workspace) -> None:
    (answer,) = review.record(made, [act(ANA, "label", "d1:0", "joy")])
    assert (answer.status, answer.dialogue, answer.utterance) == ("saved", "d1", "d1:0")
    assert answer.at == made.store.review.events("made")[0].at


def test_what_the_store_cannot_take_now_waits_and_what_it_never_takes_is_refused(
    made: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, saved = review.record(made, [act(ANA, "label", "d1:0", "x"), act(ANA, "label", "d1:0", "joy")])[::-1]
    assert (refused.status, saved.status) == ("refused", "saved")

    def full(event: ReviewEvent) -> None:
        raise UnavailableError("the disk is full", hint="free some space")

    monkeypatch.setattr(made.store.review, "record", full)
    answers = review.record(made, [act(ANA, "label", "d1:0", "joy"), act(ANA, "label", "d1:1", "joy")])
    assert [(a.status, a.message) for a in answers] == [("waiting", "the disk is full. free some space")]


def test_the_annotator_goes_on_where_he_was(made: Workspace) -> None:
    ids = review.queue(made, "made")
    assert review.first(made, ANA, ids) == "d1"
    review.remember_position(made, ANA, "d2", "d2:1")
    assert review.first(made, ANA, ids) == "d2"
    assert review.item(made, ANA, "d2").focus == "d2:1"
    assert review.first(made, BO, ids) == "d1"


def test_the_focus_is_what_the_link_says_else_the_first_turn_without_a_label(made: Workspace) -> None:
    label_all(made, ANA, "d1", "joy")
    assert review.item(made, ANA, "d1").focus == "d1:1"
    assert review.item(made, ANA, "d1", "d1:0").focus == "d1:0"
    assert review.item(made, ANA, "d1", "d9:9").focus == "d1:1"


def test_next_and_previous_pass_over_dialogues_that_have_their_annotators(made: Workspace) -> None:
    review.set_overlap(made, "made", 1, who="ana")
    label_all(made, BO, "d2", "joy", "joy")
    ids = review.queue(made, "made")
    assert review.step(made, ANA, ids, "d1", 1) == "d3"
    assert review.step(made, ANA, ids, "d3", -1) == "d1"
    assert review.step(made, ANA, ids, "d3", 1) is None
    assert review.step(made, BO, ids, "d1", 1) == "d2"


def test_the_next_to_do_is_not_one_that_is_done_and_starts_again_at_the_top(made: Workspace) -> None:
    ids = review.queue(made, "made")
    label_all(made, ANA, "d2", "joy", "joy")
    assert review.next_to_do(made, ANA, ids, after="d1") == "d3"
    assert review.next_to_do(made, ANA, ids, after="d3") == "d1"
    place = review.place_in_queue(made, ANA, ids, "d2")
    assert (place.number, place.of, place.finished, place.overlap) == (2, 3, 1, 3)
    for name in ("d1", "d3"):
        label_all(made, ANA, name, "joy", "joy")
    assert review.next_to_do(made, ANA, ids, after="d2") is None


def test_turned_down_dialogues_stay_in_the_queue_and_out_of_a_version(made: Workspace) -> None:
    review.record(made, [act(ANA, "turn_down", "d2")])
    assert review.queue(made, "made") == ("d1", "d2", "d3")
    assert [row[0] for row in freeze(made, "v1")] == ["d1", "d3"]


def test_two_annotators_agree_as_far_as_they_do(made: Workspace) -> None:
    label_all(made, ANA, "d1", "joy", "fear")
    label_all(made, BO, "d1", "joy", "anger")
    (report,) = labels.agreement(made, "made")
    assert (report.kind, report.annotators, report.utterances, report.percent.value) == ("human", 2, 2, 0.5)


def test_labels_given_in_verify_mode_stay_out_of_agreement(made: Workspace) -> None:
    label_all(made, ANA, "d1", "joy", "fear")
    label_all(made, replace(BO, mode=ReviewMode.VERIFY), "d1", "joy", "fear")
    (report,) = labels.agreement(made, "made")
    assert report.percent.value is None
    assert report.percent.reason == "only one annotator (ana) has voted"
    assert len(made.store.votes.of("made", AnnotatorKind.HUMAN)) == 4


def test_the_majority_of_reviewers_becomes_the_label_and_ties_become_context(made: Workspace) -> None:
    label_all(made, ANA, "d1", "joy", "fear")
    label_all(made, BO, "d1", "joy", "anger")
    assert freeze(made, "v1", labels="majority")[0] == ("d1", "joy", "None")


def test_reviewed_only_keeps_the_dialogues_that_a_person_labelled_in_full(made: Workspace) -> None:
    label_all(made, ANA, "d1", "joy", "fear")
    label_all(made, ANA, "d2", "joy")
    assert freeze(made, "v1", reviewed_only=True) == [("d1", "joy", "fear")]
    review.record(made, [act(ANA, "undo", "d2"), act(ANA, "undo", "d1")])
    with pytest.raises(RefusedError, match="reviewed in full"):
        freeze(made, "v2", reviewed_only=True)


def test_a_version_has_the_edited_text_and_only_labels_of_it(made: Workspace) -> None:
    label_all(made, ANA, "d1", "joy", "fear")
    edit = act(BO, "edit", "d1:1", "By a hair.")
    review.record(made, [edit])
    assert freeze(made, "v1", labels="intended")[0] == ("d1", "joy", "None")
    (text, *_) = made.store.versions.dialogues("v1", Split.TRAIN)
    assert [u.text for u in text.utterances] == ["You came!", "By a hair."]
    assert any("edited in review" in note for note in made.store.versions.get("v1").notes)
    item = review.item(made, ANA, "d1")
    assert (item.turns[1].original, item.turns[1].mark.stale) == ("Barely.", True)
    review.record(made, [act(ANA, "label", "d1:1", "anger", revision=edit.op_id)])
    assert freeze(made, "v2", labels="majority")[0] == ("d1", "joy", "anger")
    assert made.store.corpora.get("made").dialogues[0].utterances[1].text == "Barely."


def test_ids_that_are_not_there_are_said_so(made: Workspace) -> None:
    with pytest.raises(NotFoundError, match="d9"):
        review.item(made, ANA, "d9")
    assert review.known(made, "made", ["d3", "d9", "d1", "d3"]) == ("d3", "d1")


def test_the_history_has_every_act_newest_first(made: Workspace) -> None:
    label_all(made, ANA, "d1", "joy")
    review.record(made, [act(ANA, "undo", "d1")])
    assert [(h.action, h.undone) for h in review.history(made, ANA, "d1")] == [("undo", False), ("label", True)]


def test_a_blind_annotator_sees_no_labels_of_others_in_the_history(made: Workspace) -> None:
    label_all(made, BO, "d1", "joy")
    review.record(made, [act(BO, "edit", "d1:1", "By a hair.")])
    assert [h.action for h in review.history(made, ANA, "d1")] == ["edit"]
    assert [h.action for h in review.history(made, replace(ANA, mode=ReviewMode.VERIFY), "d1")] == ["edit", "label"]


def test_a_queue_follows_what_is_dropped(made: Workspace) -> None:
    assert review.queue(made, "made") == ("d1", "d2", "d3")
    assert sorted(review.queue(made, "made", "by label")) == ["d1", "d2", "d3"]
    made.store.corpora.set_state("made", ["d2"], DialogueState.DROPPED, reason="r", who="ana")
    assert review.queue(made, "made") == ("d1", "d3")
    assert review.status(made, "made").dialogues == 2
    assert review.status(made, "made").utterances == 4


def test_by_label_the_stored_labels_decide(workspace: Workspace) -> None:
    said = [dialogue(f"Ana: Line {n}. [{'fear' if n == 17 else 'neutral'}]", id=f"d{n}") for n in range(20)]
    save_corpus(workspace, Loaded(corpus(*said, name="rare"), (), "x"))
    assert "d17" in review.queue(workspace, "rare", "by label")[:2]
