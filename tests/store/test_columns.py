"""Ids, names and raw replies come back exactly, whatever characters they have, from both databases."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from erc_engine.store.columns import SafeText
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue

column, dialect = SafeText(), sqlite.dialect()
strange = st.text(st.sampled_from("\x00\ud800\udfff\\u0abé😀") | st.characters(), max_size=20)


@given(strange, strange)
def test_escaped_text_comes_back_and_stays_apart(one: str, other: str) -> None:
    stored = column.process_bind_param(one, dialect)
    assert stored is not None
    assert "\x00" not in stored
    stored.encode("utf-8")
    assert column.process_result_value(stored, dialect) == one
    assert (stored == column.process_bind_param(other, dialect)) == (one == other)


@pytest.mark.parametrize(
    "text", ["a\x00b", "lone \ud83d", "back\\slash \\u0000 \\0", "Zoë 😀", "'; DROP TABLE corpora"]
)
def test_strange_text_survives_in_ids_and_texts(store: Store, text: str) -> None:
    one = dialogue(f"Ana: {text} [joy]", id=text)
    store.corpora.add(corpus(one, name=text), faults=(), source=text, hash=text)
    assert store.corpora.get(text).dialogues == (one,)
    assert store.corpora.stored(text).source == text
    assert store.corpora.state_of(text) == {text: "kept"}


def test_plain_text_stands_in_the_file_as_it_is(sqlite_store: Store) -> None:
    sqlite_store.corpora.create_empty(corpus(name="Müller’s set"))
    with sqlite3.connect(str(sqlite_store._database.url.database)) as connection:
        assert connection.execute("SELECT name FROM corpora").fetchone() == ("Müller’s set",)
    connection.close()
