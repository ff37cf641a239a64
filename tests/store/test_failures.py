"""Full disk, read-only file, locked database: an UnavailableError with a hint, and nothing half written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from erc_engine.domain.conversation import Corpus
from erc_engine.errors import UnavailableError
from erc_engine.store.database import Store, open_store
from tests.builders import corpus, dialogue


def big(name: str = "big") -> Corpus:
    return corpus(*(dialogue(f"Ana: {'word ' * 200} [joy]", id=f"d{n}") for n in range(200)), name=name)


def on_every_connection(store: Store, pragma: str) -> None:
    """Sets a PRAGMA on the connections that the store will open from now on."""
    engine = store._database._engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, record: connection.execute(pragma).close())


def test_a_full_disk_leaves_nothing_behind(sqlite_store: Store) -> None:
    sqlite_store.corpora.create_empty(corpus(name="before"))
    with closing(sqlite3.connect(str(sqlite_store._database.url.database))) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    on_every_connection(sqlite_store, f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(UnavailableError, match="the disk is full") as refused:
        sqlite_store.corpora.add(big(), faults=(), source="x", hash="1")
    assert "free some space" in refused.value.hint
    assert sqlite_store.corpora.names() == ("before",)


def test_a_failure_in_the_middle_of_an_import_leaves_nothing_behind(store: Store) -> None:
    twice = (*big().dialogues, big().dialogues[0])
    with pytest.raises(Exception, match="two dialogues with the id 'd0'"):
        store.corpora.add(corpus(*twice, name="twice"), faults=(), source="x", hash="1")
    assert store.corpora.names() == ()
    assert store.corpora.add(big("twice"), faults=(), source="x", hash="1") is True


def test_a_read_only_database_can_be_read_and_says_why_it_is_not_written(sqlite_store: Store) -> None:
    sqlite_store.corpora.create_empty(corpus(name="before"))
    on_every_connection(sqlite_store, "PRAGMA query_only = ON")
    assert sqlite_store.corpora.names() == ("before",)
    with pytest.raises(UnavailableError, match="read-only") as refused:
        sqlite_store.corpora.create_empty(corpus(name="after"))
    assert "check who owns the file" in refused.value.hint


def test_a_locked_database_is_waited_for_and_then_reported(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'erc.db'}"
    with open_store(url, patience_seconds=0.2) as store, closing(sqlite3.connect(tmp_path / "erc.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match="locked") as refused:
            store.corpora.create_empty(corpus(name="mine"))
        assert refused.value.retryable
        assert store.corpora.names() == ()  # reading is not in the way of writing
        other.rollback()
        store.corpora.create_empty(corpus(name="mine"))


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="erc-read-only-"))
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@contextmanager
def without_roots_rights() -> Iterator[None]:
    """Root may write anywhere, so a test as root is somebody else for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_that_may_not_be_written_is_reported(read_only_folder: Path, exists: bool) -> None:
    url = f"sqlite:///{read_only_folder / 'erc.db'}"
    if exists:
        open_store(url).close()
    for path in (*read_only_folder.iterdir(), read_only_folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    with without_roots_rights(), pytest.raises(UnavailableError) as refused, open_store(url) as store:
        store.corpora.create_empty(corpus(name="x"))
    assert "check who owns the f" in refused.value.hint


def test_a_file_that_was_deleted_is_not_written_into(tmp_path: Path) -> None:
    """Connections that are open still reach it, and what they write would be nowhere."""
    with open_store(f"sqlite:///{tmp_path / 'erc.db'}") as store:
        store.corpora.create_empty(corpus(name="before"))
        (tmp_path / "erc.db").rename(tmp_path / "aside.db")
        with pytest.raises(UnavailableError, match="is gone") as refused:
            store.corpora.create_empty(corpus(name="lost"))
        assert "put it back" in refused.value.hint
        assert not (tmp_path / "erc.db").exists()
        (tmp_path / "aside.db").rename(tmp_path / "erc.db")
        store.corpora.create_empty(corpus(name="after"))
        assert store.corpora.names() == ("after", "before")


def test_a_file_put_in_place_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'erc.db'}") as store:
        (tmp_path / "erc.db").rename(tmp_path / "aside.db")
        (tmp_path / "erc.db").write_bytes(b"")
        with pytest.raises(UnavailableError, match="was replaced by another one"):
            store.corpora.names()
        assert (tmp_path / "erc.db").read_bytes() == b""
