"""Browsing: a search finds utterances, a page decodes no more than it shows, and counts follow every change."""

from __future__ import annotations

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.corpora.summary import split_summaries
from erc_engine.domain.conversation import Split
from erc_engine.domain.curation import DialogueState
from erc_engine.errors import NotFoundError
from erc_engine.workflows.browsing import NO_LABEL, Search, browse, shape, shown, version_splits
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

SMALL = corpus(
    dialogue("Ana: You’re late, “joy” of my life! [joy]", "Bo: The ferry broke down. [neutral]", id="d1"),
    dialogue('Bo: She said "label":"fear" aloud. [neutral]', "Ana: The FERRY again? [surprise]", id="d2"),
    dialogue("Zoë: Ça va, mon ami? [neutral]", "Ana: 50 % of it, a_b.", id="d3", split=Split.DEV),
    name="small",
)


@pytest.fixture
def small(workspace: Workspace) -> Workspace:
    save_corpus(workspace, Loaded(SMALL, (), "a file"))
    return workspace


def found(workspace: Workspace, **search: object) -> dict[str, tuple[str, ...]]:
    return {line.id: line.matches for line in browse(workspace, "small", Search(**search)).lines}  # type: ignore[arg-type]


def test_text_is_found_in_utterances_alone_and_whatever_its_case(small: Workspace) -> None:
    assert found(small, text="ferry") == {"d1": ("d1:1",), "d2": ("d2:1",)}
    assert found(small, text="joy") == {"d1": ("d1:0",)}
    assert found(small, text="speaker") == {}


def test_quotes_accents_and_wildcards_are_plain_characters(small: Workspace) -> None:
    assert found(small, text="you're LATE") == {"d1": ("d1:0",)}
    assert found(small, text="ÇA va") == {"d3": ("d3:0",)}
    assert found(small, text="%") == {"d3": ("d3:1",)}
    assert found(small, text="_") == {"d3": ("d3:1",)}
    assert found(small, text='"label":"fear"') == {"d2": ("d2:0",)}


def test_label_speaker_and_text_hold_for_one_utterance(small: Workspace) -> None:
    assert found(small, label="fear") == {}
    assert found(small, label="surprise", speaker="ana", text="ferry") == {"d2": ("d2:1",)}
    assert found(small, label="neutral", speaker="Ana") == {}
    assert found(small, speaker="zoë") == {"d3": ("d3:0",)}
    assert found(small, label=NO_LABEL) == {"d3": ("d3:1",)}


def test_splits_and_states_narrow_what_is_found(small: Workspace) -> None:
    assert list(found(small, splits=("dev",))) == ["d3"]
    small.store.corpora.set_state("small", ["d1"], DialogueState.DROPPED, reason="a repeat", who="ana")
    assert list(found(small)) == ["d2", "d3"]
    assert list(found(small, states=("dropped",))) == ["d1"]
    assert list(found(small, states=())) == ["d1", "d2", "d3"]


def test_pages_follow_each_other_and_a_page_too_far_is_the_last(small: Workspace) -> None:
    first, last = browse(small, "small", page=1, size=2), browse(small, "small", page=9, size=2)
    assert [line.id for line in first.lines] == ["d1", "d2"]
    assert (first.found, first.pages, first.page) == (3, 2, 1)
    assert ([line.id for line in last.lines], last.page) == (["d3"], 2)


def test_a_search_counts_its_utterances_and_opens_with_a_match(small: Workspace) -> None:
    page = browse(small, "small", Search(text="ferry"))
    assert (page.found, page.utterances) == (2, 2)
    assert page.lines[1].opening == "Ana: The FERRY again?"


def test_the_shape_is_that_of_the_kept_dialogues_and_follows_changes(small: Workspace) -> None:
    assert shape(small, "small").splits == split_summaries(SMALL)
    small.store.corpora.set_state("small", ["d3"], DialogueState.TURNED_DOWN, reason="no", who="ana")
    after = shape(small, "small")
    assert (list(after.splits), after.dialogues, after.utterances) == (["train"], 2, 4)
    assert after.states["turned_down"] == 1
    assert after.labels["neutral"] == 2


def test_a_dialogue_is_shown_whole_with_its_history(small: Workspace) -> None:
    small.store.corpora.set_state("small", ["d2"], DialogueState.DROPPED, reason="a repeat", who="ana")
    seen = shown(small, "small", "d2")
    assert seen.dialogue == SMALL.dialogues[1]
    assert (seen.state, [e.reason for e in seen.history]) == (DialogueState.DROPPED, ["a repeat"])
    with pytest.raises(NotFoundError, match="no dialogue 'd9'"):
        shown(small, "small", "d9")


def test_a_corpus_that_is_not_there_is_said(small: Workspace) -> None:
    with pytest.raises(NotFoundError, match="no corpus 'nope'"):
        browse(small, "nope")


def test_a_frozen_version_is_counted_by_split(sitcom: Workspace) -> None:
    freeze(sitcom, "v1", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    splits = version_splits(sitcom, "v1")
    assert {name: s.dialogues for name, s in splits.items()} == {"train": 60, "dev": 20, "test": 40}
    assert splits["train"] == shape(sitcom, "sitcom").splits["train"]
