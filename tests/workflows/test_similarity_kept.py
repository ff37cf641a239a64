"""Similar pairs of a small corpus are found at once, those of a large one by a job that keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Origin
from erc_engine.domain.curation import DialogueState
from erc_engine.workflows import curation, similarity
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.similarity import compare_and_keep, corpus_map, similarities
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

SAID = "Ana: The ferry left without us and the lamp stayed behind. [joy]"
DIALOGUES = [
    dialogue(SAID, id="d1"),
    dialogue("Bo: Somebody ate every dumpling before noon today. [anger]", id="d2"),
    dialogue(SAID.upper().replace("ANA", "Cy").replace("[JOY]", "[joy]"), id="d3"),
    dialogue(SAID.replace("behind", "there"), id="d4"),
]


@pytest.fixture
def made(workspace: Workspace) -> Workspace:
    save_corpus(workspace, Loaded(corpus(*DIALOGUES, name="made", origin=Origin.GENERATED), (), "x"))
    return workspace


@pytest.fixture
def large(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(similarity, "AT_ONCE", 3)
    return made


def test_a_small_corpus_is_compared_when_somebody_looks(made: Workspace) -> None:
    found = similarities(made, "made")
    assert found.compared
    assert [(c.keep, c.members) for c in found.clusters(0.7)] == [("d1", ("d1", "d3", "d4"))]
    assert [c.members for c in found.clusters(0.95)] == [("d1", "d3")]


def test_a_large_one_waits_until_a_job_has_compared_it(large: Workspace) -> None:
    before = similarities(large, "made")
    assert not before.compared
    assert before.clusters(0.7) == ()
    assert before.openings(["d2"])["d2"] == "Somebody ate every dumpling before noon today."
    assert compare_and_keep(large, "made").to_json() == {"corpus": "made", "dialogues": 4, "pairs": 2}
    assert similarities(large, "made").compared


def test_what_a_job_kept_answers_as_a_comparison_now(large: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    compare_and_keep(large, "made")
    kept = similarities(large, "made")
    next(Path(large.home / "similar").iterdir()).unlink()
    monkeypatch.setattr(similarity, "AT_ONCE", 1000)
    now = similarities(large, "made")
    for threshold in (0.6, 0.7, 0.9):
        assert kept.clusters(threshold) == now.clusters(threshold)
        assert kept.around(threshold) == now.around(threshold)
    assert kept.counts() == now.counts()


def test_a_drop_shows_at_once_and_asks_for_no_new_comparison(large: Workspace) -> None:
    compare_and_keep(large, "made")
    curation.drop(large, "made", ["d3"], reason="duplicate", who="ana")
    after = similarities(large, "made")
    assert after.compared
    assert after.dropped == ("d3",)
    assert [c.members for c in after.clusters(0.7)] == [("d1", "d4")]


def test_a_damaged_file_counts_as_none(large: Workspace) -> None:
    compare_and_keep(large, "made")
    file = next(Path(large.home / "similar").iterdir())
    file.write_text('{"groups": 3')
    assert not similarities(large, "made").compared
    assert compare_and_keep(large, "made").pairs == 2
    assert similarities(large, "made").compared


def test_the_map_has_a_point_for_each_dialogue_with_its_state(made: Workspace) -> None:
    made.store.corpora.set_state("made", ["d2"], DialogueState.DROPPED, reason="r", who="ana")
    points = corpus_map(made, "made").points
    assert [(p.dialogue, p.label, p.state) for p in points] == [
        ("d1", "joy", "kept"),
        ("d2", "anger", "dropped"),
        ("d3", "joy", "kept"),
        ("d4", "joy", "kept"),
    ]
    assert (points[0].x, points[0].y) == pytest.approx((points[2].x, points[2].y), abs=1e-4)
