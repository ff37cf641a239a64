"""Browsing in both databases: the same ids, the same narrowing, and marks that follow every change."""

from __future__ import annotations

import pytest

from erc_engine.domain.conversation import Split
from erc_engine.domain.curation import DialogueState
from erc_engine.errors import NotFoundError
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue

SMALL = corpus(
    dialogue("Ana: The Ferry. [joy]", id="d1"),
    dialogue("Bo: Nul\x00 and lone \ud800. [fear]", id="d2"),
    dialogue("Zoë: Hello. [joy]", id="d3", split=Split.DEV),
    name="small",
)


@pytest.fixture
def small(store: Store) -> Store:
    store.corpora.add(SMALL, faults=(), source="a file", hash="h")
    return store


def test_a_scan_narrows_without_case_and_keeps_odd_characters(small: Store) -> None:
    def scanned(*pieces: str) -> list[str]:
        return [row.dialogue for row in small.browsing.scan("small", containing=pieces)]

    assert scanned() == ["d1", "d2", "d3"]
    assert scanned("fERRY") == ["d1"]
    assert scanned('"label":"joy"', "hello") == ["d3"]
    assert scanned("%") == []
    (odd,) = small.browsing.scan("small", containing=["lone"])
    assert odd.body["utterances"][0]["text"] == "Nul\x00 and lone \ud800."


def test_ids_and_dialogues_come_in_order_with_their_states(small: Store) -> None:
    small.corpora.set_state("small", ["d2"], DialogueState.DROPPED, reason="r", who="w")
    assert small.browsing.ids("small") == ("d1", "d2", "d3")
    assert small.browsing.ids("small", states=["kept"], splits=["train"]) == ("d1",)
    got = small.browsing.dialogues("small", ["d3", "none", "d2"])
    assert list(got) == ["d3", "d2"]
    assert got["d2"] == (SMALL.dialogues[1], DialogueState.DROPPED)


def test_the_mark_changes_with_dialogues_and_states(small: Store) -> None:
    before = small.browsing.mark("small")
    assert small.browsing.mark("small") == before
    small.corpora.set_state("small", ["d2"], DialogueState.DROPPED, reason="r", who="w")
    dropped = small.browsing.mark("small")
    small.corpora.set_state("small", ["d2"], DialogueState.KEPT, reason="r", who="w")
    assert len({before, dropped, small.browsing.mark("small")}) == 3


def test_an_unknown_corpus_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError, match="no corpus 'nope'"):
        store.browsing.ids("nope")


def test_standing_counts_nothing_in_a_new_store(store: Store) -> None:
    seen = store.browsing.standing()
    assert (dict(seen.votes), seen.reviewed, seen.dropped, seen.recipes, seen.test_looks) == ({}, 0, 0, 0, 0)
