"""Near copies, borrowed text and the map of one corpus, and what it is held against when nobody chooses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Dialogue, Origin, Split
from erc_engine.domain.curation import DialogueState
from erc_engine.domain.labels import scheme
from erc_engine.workflows.borrowed_text import evidence, evidence_sources
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.similarity import corpus_map, leading_label, similarities
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

FERRY = ("Ana: The ferry to the island was an hour early today. [surprise]", "Bo: And nobody was there. [sadness]")
SOUP = ("Cy: Somebody has put cinnamon into the lentil soup. [disgust]", "Di: That was me, sorry. [neutral]")
KEYS = ("Eli: My keys are under the third flower pot. [neutral]", "Fay: They are not, I looked. [anger]")


def keep(workspace: Workspace, name: str, *dialogues: Dialogue, origin: Origin = Origin.RECORDED) -> None:
    save_corpus(workspace, Loaded(replace(corpus(*dialogues, name=name), origin=origin), (), "made up"))


@pytest.fixture
def copies(workspace: Workspace) -> Workspace:
    keep(
        workspace, "copies",
        dialogue(*FERRY, id="a"), dialogue(*FERRY, id="b"), dialogue(*SOUP, id="c"), dialogue(*KEYS, id="d"),
    )  # fmt: skip
    return workspace


def test_equal_dialogues_are_a_cluster_and_a_drop_shows_at_once(copies):
    found = similarities(copies, "copies")
    assert [c.members for c in found.clusters(0.9)] == [("a", "b")]
    assert (1.0, 1, 1) in found.counts()
    copies.store.corpora.set_state("copies", ["b"], DialogueState.DROPPED, reason="duplicate", who="ana")
    again = similarities(copies, "copies")
    assert again.clusters(0.9) == ()
    assert (again.dropped, again.kept) == (("b",), frozenset({"a", "c", "d"}))


def test_the_pair_nearest_to_the_threshold_is_shown(copies):
    (pair, *_) = similarities(copies, "copies").around(0.9)
    assert (pair.left, pair.right, pair.kind, pair.similarity) == ("a", "b", "exact", 1.0)


def test_an_imported_corpus_may_not_be_dropped_from(workspace):
    keep(workspace, "bench", dialogue(*FERRY, id="a"), origin=Origin.IMPORTED)
    assert not similarities(workspace, "bench").may_drop


def test_borrowed_text_is_found_with_its_source(copies):
    keep(copies, "bench", dialogue(*SOUP, id="t", split=Split.TEST), origin=Origin.IMPORTED)
    seen = evidence(copies, "copies", ["bench:test"])
    assert {(e.dialogue, e.source) for e in seen} == {("c", "bench:test")}
    copies.store.corpora.set_state("copies", ["c"], DialogueState.DROPPED, reason="contaminated", who="ana")
    assert evidence(copies, "copies", ["bench:test"]) == ()


def test_recorded_text_is_held_against_its_demo_corpus_also_when_a_benchmark_is_there(copies):
    keep(copies, "demo", dialogue(*SOUP, id="t", split=Split.TEST))
    assert evidence_sources(copies, "copies").usual == ("demo:test",)
    keep(copies, "bench", dialogue(*KEYS, id="k", split=Split.DEV), origin=Origin.IMPORTED)
    assert evidence_sources(copies, "copies").usual == ("bench:dev", "demo:test")


def test_a_benchmark_is_held_against_other_benchmarks_alone(copies):
    keep(copies, "demo", dialogue(*SOUP, id="t", split=Split.TEST))
    keep(copies, "bench", dialogue(*KEYS, id="k", split=Split.TEST), origin=Origin.IMPORTED)
    keep(copies, "other", dialogue(*FERRY, id="f", split=Split.TEST), origin=Origin.IMPORTED)
    sources = evidence_sources(copies, "bench")
    assert sources.usual == ("other:test",)
    assert sources.all == ("other:test", "demo:test")


def test_equal_dialogues_lie_on_one_spot_of_the_map(copies):
    found = corpus_map(copies, "copies")
    at = {p.dialogue: (p.x, p.y) for p in found.points}
    assert at["a"] == pytest.approx(at["b"])
    assert np.hypot(at["a"][0] - at["c"][0], at["a"][1] - at["c"][1]) > 0.1
    assert {p.dialogue: p.label for p in found.points} == {
        "a": "surprise", "b": "surprise", "c": "disgust", "d": "anger",
    }  # fmt: skip
    assert 0 < sum(found.explained) <= 1


def test_the_leading_label_is_the_most_frequent_other_than_neutral():
    meld = scheme("meld")
    mixed = dialogue("A: a [neutral]", "B: b [neutral]", "A: c [joy]", "B: d [fear]", "A: e [fear]", id="m")
    assert leading_label(mixed, meld) == "fear"
    assert leading_label(dialogue("A: a [neutral]", id="n"), meld) == "neutral"
