"""Borrowed text of a small corpus is found at once, that of a large one by a job that keeps what it found."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Dialogue, Origin, Split
from erc_engine.workflows import borrowed_text, curation
from erc_engine.workflows.borrowed_text import amount, evidence, look_and_keep, needs_job
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

KETTLE = "Ana: The kettle sang all night and nobody could sleep. [anger]"
LADDER = "Bo: Who left the ladder against the bakery window again? [surprise]"
SOURCES = ["bench:test"]


def keep(workspace: Workspace, name: str, origin: Origin, *dialogues: Dialogue) -> None:
    save_corpus(workspace, Loaded(corpus(*dialogues, name=name, origin=origin), (), "made up"))


@pytest.fixture
def made(workspace: Workspace) -> Workspace:
    keep(
        workspace, "bench", Origin.IMPORTED,
        dialogue(KETTLE, id="t1", split=Split.TEST), dialogue(LADDER, id="t2", split=Split.TEST),
        dialogue("Cy: Nothing of this is test text, surely. [neutral]", id="t3", split=Split.TRAIN),
    )  # fmt: skip
    keep(
        workspace, "made", Origin.GENERATED,
        dialogue(KETTLE, id="a"), dialogue("Di: My boots are full of warm sand today. [joy]", id="b"),
        dialogue(LADDER.replace("again?", "today?"), id="c"),
    )  # fmt: skip
    return workspace


def said(workspace: Workspace) -> list[tuple[str, str]]:
    return [(e.dialogue, e.kind) for e in evidence(workspace, "made", SOURCES)]


def test_the_amount_is_the_corpus_and_the_named_splits(made: Workspace) -> None:
    assert amount(made, "made", SOURCES) == 5
    assert amount(made, "made", ["bench"]) == 6


def test_little_text_is_looked_through_at_once(made: Workspace) -> None:
    assert not needs_job(made, "made", SOURCES)
    assert said(made) == [("a", "verbatim"), ("c", "window")]


def test_much_text_needs_a_job_whose_answer_is_kept(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borrowed_text, "AT_ONCE", 4)
    assert needs_job(made, "made", SOURCES)
    done = look_and_keep(made, "made", SOURCES)
    assert done.to_json() == {"corpus": "made", "against": ("bench:test",), "dialogues": 3, "contaminated": 2}
    assert not needs_job(made, "made", SOURCES)
    monkeypatch.setattr(borrowed_text, "ContaminationIndex", None)  # nothing is looked through again
    assert said(made) == [("a", "verbatim"), ("c", "window")]


def test_a_drop_in_the_corpus_shows_and_asks_for_no_new_look(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borrowed_text, "AT_ONCE", 4)
    look_and_keep(made, "made", SOURCES)
    curation.drop(made, "made", ["a"], reason="contaminated", who="ana")
    assert not needs_job(made, "made", SOURCES)
    assert said(made) == [("c", "window")]
    curation.restore(made, "made", ["a"])
    assert said(made) == [("a", "verbatim"), ("c", "window")]


def test_a_drop_in_a_source_asks_for_a_new_look(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(made, "other", Origin.GENERATED, dialogue(KETTLE, id="x", split=Split.TEST), dialogue(LADDER, id="y"))
    look_and_keep(made, "made", ["other"])
    curation.drop(made, "other", ["x"], reason="duplicate", who="ana")
    monkeypatch.setattr(borrowed_text, "AT_ONCE", 3)
    assert needs_job(made, "made", ["other"])
    assert [e.dialogue for e in evidence(made, "made", ["other"])] == ["c"]


def test_a_damaged_file_counts_as_none(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borrowed_text, "AT_ONCE", 4)
    look_and_keep(made, "made", SOURCES)
    file = next(Path(made.home / "similar").iterdir())
    file.write_text('{"evidence": [3')
    assert needs_job(made, "made", SOURCES)
    assert look_and_keep(made, "made", SOURCES).contaminated == 2
    assert not needs_job(made, "made", SOURCES)
