"""Blind votes against intended labels; people and language models apart."""

from __future__ import annotations

import pytest

from erc_engine.curation.quality.fidelity import fidelity
from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import custom_scheme
from tests.builders import dialogue

TWO = custom_scheme("two", ["joy", "anger"])
DIALOGUES = [dialogue("Ana: Good. [joy]", "Bo: Bad. [anger]", "Ana: Hm.", id="d1")]


def vote(
    turn: int, label: str, who: str = "ana", kind: AnnotatorKind = AnnotatorKind.HUMAN, mode: str = "blind"
) -> Vote:
    return Vote("made", "d1", f"d1:{turn}", who, kind, label, mode=mode)


def test_each_blind_vote_is_right_or_not_by_the_turns_own_label() -> None:
    votes = [vote(0, "joy"), vote(0, "anger", "bo"), vote(1, "anger"), vote(2, "joy")]
    found = fidelity(DIALOGUES, votes, TWO, "intended")
    assert (found.row("human").mine.value, found.row("human").mine.n) == (pytest.approx(2 / 3), 3)
    assert found.row("human_joy").mine.value == 0.5
    assert found.row("human_anger").mine.value == 1
    assert found.row("human").mine.reason == "no interval: one dialogue only"


def test_anchored_and_imported_votes_of_people_do_not_count() -> None:
    votes = [vote(0, "joy", mode="verify"), vote(0, "joy", mode="imported")]
    found = fidelity(DIALOGUES, votes, TWO, "intended")
    assert found.row("human").mine.reason == "not measured because nobody has reviewed it blind"
    assert [row.key for row in found.rows] == ["human", "llm"]


def test_only_the_last_vote_of_an_annotator_counts() -> None:
    found = fidelity(DIALOGUES, [vote(0, "anger"), vote(0, "joy")], TWO, "intended")
    assert (found.row("human").mine.value, found.row("human").mine.n) == (1, 1)


def test_language_models_stand_apart_from_people() -> None:
    llm = AnnotatorKind.LLM
    votes = [vote(0, "joy"), vote(0, "anger", "m", llm, "imported"), vote(1, "anger", "m", llm, "verify")]
    found = fidelity(DIALOGUES, votes, TWO, "intended")
    assert found.row("human").mine.value == 1
    assert (found.row("llm").mine.value, found.row("llm").mine.n) == (0, 1)
    assert found.row("llm_anger").mine.reason == "no vote on a turn labelled anger"
