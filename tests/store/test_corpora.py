"""Corpora come back as they went in, once; states change with an event each."""

from __future__ import annotations

import pytest

from erc_engine.domain.conversation import Corpus, Licence, Origin, Split
from erc_engine.domain.curation import DialogueState
from erc_engine.domain.reports import Fault
from erc_engine.errors import ConflictError, InputError, NotFoundError
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue

THREE = corpus(
    dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]", id="9", split=Split.TRAIN, episode="s01e02"),
    dialogue("Bo: Leave me alone. [anger]", id="10", split=Split.DEV),
    dialogue("Cy: Is anybody there?", id="1", split=Split.TEST),
    name="three",
    licence=Licence("GPL-3.0", may_leave_machine=False, note="as stated"),
)
FAULTS = (Fault("one-turn-dialogue", 2, ("10", "1")),)


def add(store: Store, added: Corpus = THREE, hash: str = "h1") -> bool:
    return store.corpora.add(added, faults=FAULTS, source="three.csv", hash=hash)


def test_a_corpus_comes_back_as_it_went_in_and_in_order(store: Store) -> None:
    assert add(store) is True
    assert store.corpora.get("three") == THREE


def test_what_is_known_about_a_corpus_comes_without_its_dialogues(store: Store) -> None:
    add(store)
    stored = store.corpora.stored("three")
    assert (stored.hash, stored.source, stored.faults, stored.licence) == ("h1", "three.csv", FAULTS, THREE.licence)
    assert (stored.scheme, stored.origin, stored.version) == (THREE.scheme, Origin.IMPORTED, None)
    assert stored.created_at.tzinfo is not None


def test_the_same_content_again_changes_nothing_and_other_content_is_a_conflict(store: Store) -> None:
    add(store)
    assert add(store) is False
    with pytest.raises(ConflictError, match="'three' is already there with other content"):
        add(store, hash="h2")
    assert store.corpora.get("three") == THREE


def test_only_the_splits_asked_for_come(store: Store) -> None:
    add(store)
    assert [d.id for d in store.corpora.get("three", splits=(Split.TEST, Split.TRAIN)).dialogues] == ["9", "1"]


def test_a_name_that_is_not_there_is_answered_with_those_that_are(store: Store) -> None:
    add(store)
    assert (store.corpora.exists("three"), store.corpora.exists("thre")) == (True, False)
    for ask in (store.corpora.get, store.corpora.stored, store.corpora.states, store.corpora.history):
        with pytest.raises(NotFoundError, match="no corpus 'thre'") as missing:
            ask("thre")
        assert "three" in missing.value.hint


def test_a_change_of_state_is_counted_once_and_written_down(store: Store) -> None:
    add(store)
    dropped, kept = DialogueState.DROPPED, DialogueState.KEPT
    assert store.corpora.set_state("three", ["10", "1", "10"], dropped, reason="duplicate", who="ana") == 2
    assert store.corpora.set_state("three", ["10"], dropped, reason="again", who="ana") == 0
    assert store.corpora.set_state("three", ["10"], kept, reason="not so", who="bo") == 1
    assert [d.id for d in store.corpora.get("three").dialogues] == ["9", "10"]
    assert [d.id for d in store.corpora.get("three", states=(dropped,)).dialogues] == ["1"]
    assert store.corpora.state_of("three") == {"9": "kept", "10": "kept", "1": "dropped"}
    assert store.corpora.states("three") == {"kept": 2, "dropped": 1, "surplus": 0, "turned_down": 0}
    history = store.corpora.history("three", "10")
    assert [(e.before, e.state, e.reason, e.who) for e in history] == [
        (kept, dropped, "duplicate", "ana"),
        (dropped, kept, "not so", "bo"),
    ]
    assert len(store.corpora.history("three")) == 3


def test_a_strange_id_changes_no_state_at_all(store: Store) -> None:
    add(store)
    with pytest.raises(NotFoundError, match="no dialogue '11'"):
        store.corpora.set_state("three", ["9", "11"], DialogueState.DROPPED, reason="x", who="ana")
    assert store.corpora.states("three")["kept"] == 3
    assert store.corpora.history("three") == []


def test_an_empty_corpus_is_made_once_for_a_run(store: Store) -> None:
    empty = corpus(name="made", origin=Origin.GENERATED)
    assert store.corpora.create_empty(empty) is True
    assert store.corpora.create_empty(empty) is False
    assert store.corpora.get("made") == empty
    add(store)
    with pytest.raises(ConflictError, match="not made by this run"):
        store.corpora.create_empty(corpus(name="three"))
    with pytest.raises(InputError, match="has dialogues"):
        store.corpora.create_empty(THREE)
