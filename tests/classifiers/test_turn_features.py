"""Features of turns: their blocks, the causal context, and term weights from some turns only."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.classifiers.turn_features import Context, count, features, inverse_document_frequency, learn_vocabulary
from tests.builders import dialogue

TALK = (
    dialogue("Ana: red", "Bo: blue", "Bo: green", "Ana: red red", id="d1"),
    dialogue("Bo: green", "Ana: blue", id="d2"),
)
EVERY = np.arange(6)


def test_earlier_turns_are_found_within_a_dialogue_only() -> None:
    table = count(TALK, learn_vocabulary(TALK))
    assert table.previous.tolist() == [-1, 0, 1, 2, -1, 4]
    assert table.own_last.tolist() == [-1, -1, 1, 0, -1, -1]


def test_text_blocks_have_rows_of_length_one_and_context_rows_of_its_weight() -> None:
    vocabulary = learn_vocabulary(TALK)
    table = count(TALK, vocabulary)
    rows = features(table, inverse_document_frequency(table, EVERY), Context(previous=0.25)).toarray()
    words = len(vocabulary.words)
    assert rows.shape == (6, vocabulary.width)
    assert np.linalg.norm(rows[:, :words], axis=1) == pytest.approx(np.ones(6))
    previous = rows[:, -2 * words : -words]
    assert np.linalg.norm(previous, axis=1) == pytest.approx([0, 0.25, 0.25, 0.25, 0, 0.25])
    assert previous[1] == pytest.approx(rows[0, :words] * 0.25)


def test_a_term_that_is_rare_among_the_given_turns_weighs_nothing() -> None:
    vocabulary = learn_vocabulary(TALK)
    table = count(TALK, vocabulary)
    blue = vocabulary.words.index("blue")
    # all six turns: blue stands in two → ln(7 / 3) + 1; without the second dialogue it stands in one
    assert inverse_document_frequency(table, EVERY).words[blue] == pytest.approx(np.log(7 / 3) + 1)
    assert inverse_document_frequency(table, np.arange(4)).words[blue] == 0


def test_marks_of_feeling_are_words_and_quotes_of_all_kinds_are_one() -> None:
    talk = (dialogue("Ana: don’t!!", "Bo: don't!!", id="d"),)
    assert set(learn_vocabulary(talk).words) == {"don't", "!!", "don't !!"}


def test_only_speakers_who_speak_often_are_features() -> None:
    talk = (dialogue(*["Ana: hm"] * 20, "Bo: hm", id="d"),)
    assert learn_vocabulary(talk).speakers == ("Ana",)
    assert learn_vocabulary(talk, with_speakers=False).speakers == ()


def test_text_without_any_common_term_has_an_empty_vocabulary() -> None:
    talk = (dialogue("Ana: abc", "Bo: xyz", id="d"),)
    vocabulary = learn_vocabulary(talk)
    assert vocabulary.words == ()
    table = count(talk, vocabulary)
    assert features(table, inverse_document_frequency(table, np.arange(2)), Context()).shape == (2, vocabulary.width)


def test_an_endless_turn_is_read_only_at_its_beginning() -> None:
    talk = (dialogue("Ana: " + "na " * 2_000 + "end end", "Bo: end end", id="d"),)
    assert "end" not in learn_vocabulary(talk).words
