"""Transactions on SQLite and PostgreSQL: `read` sees one moment, `write` happens whole or not at all.

    db.write(lambda connection: connection.execute(insert(corpora).values(...)))
    names = db.read(lambda connection: connection.scalars(select(corpora.c.name)).all())

Work comes in as a function because it is run again when another process was in the way: SQLite says
"locked" (a write starts with BEGIN IMMEDIATE, so it never fails half way), PostgreSQL names a deadlock.
A `Database` may be used from several threads; each transaction has a connection of its own from a pool.
A SQLite file that was deleted or put aside is noticed: what is written into it then would be lost without a word.
"""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from erc_engine.errors import UnavailableError
from erc_engine.store.failures import is_passing, ours

T = TypeVar("T")
Work = Callable[[Connection], T]
_WRITES = "erc_writes"


class Database:
    """One engine over one URL. `patience_seconds` is how long it waits for others before it gives up."""

    def __init__(self, url: URL, *, patience_seconds: float = 30.0) -> None:
        self.url = url
        self.is_sqlite = url.drivername.startswith("sqlite")
        self._patience = patience_seconds
        self._closed = False
        self._file: tuple[int, int] | None = None  # which file it is, from its first transaction on
        self._engine = _sqlite(url, patience_seconds) if self.is_sqlite else _postgresql(url, patience_seconds)
        self._reader = self._engine.execution_options(
            **({} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"})
        )
        self._writer = self._engine.execution_options(**{_WRITES: True})

    def read(self, work: Work[T]) -> T:
        return self._run(self._reader, work)

    def write(self, work: Work[T]) -> T:
        return self._run(self._writer, work)

    def _run(self, engine: Engine, work: Work[T]) -> T:
        deadline = time.monotonic() + self._patience
        while True:
            if self._closed:
                raise UnavailableError("this store was closed", hint="open it again with open_store")
            self._same_file()
            try:
                with engine.begin() as connection:
                    return work(connection)
            except SQLAlchemyError as error:
                if not is_passing(error) or time.monotonic() > deadline:
                    raise ours(error, self.url) from error
            time.sleep(random.uniform(0.005, 0.05))

    def _same_file(self) -> None:
        """UnavailableError when the SQLite file is not the one that was opened: connections still write to that."""
        if not self.is_sqlite:
            return
        path = str(self.url.database)
        try:
            seen = os.stat(path)
        except OSError as error:
            if self._file is None:  # it is about to be made
                return
            raise UnavailableError(
                f"the database file {path} is gone: {error.strerror}",
                hint="put it back where it was; to begin with a new one, start again",
            ) from None
        self._file = self._file or (seen.st_dev, seen.st_ino)
        if self._file != (seen.st_dev, seen.st_ino):
            raise UnavailableError(
                f"the database file {path} was replaced by another one while it was in use",
                hint="start the app and all other programs on this workspace again",
            )

    def now(self, connection: Connection) -> float:
        """Seconds since 1970 by the one clock that all users of this database share."""
        if self.is_sqlite:
            return time.time()
        return float(connection.scalar(text("select extract(epoch from clock_timestamp())")) or 0.0)

    def hold(self, connection: Connection, what: str) -> None:
        """Until this write ends, no other write holds the same thing (on SQLite no other write runs anyway)."""
        if not self.is_sqlite:
            digest = hashlib.sha256(f"erc {what}".encode("utf-8", "surrogatepass")).digest()
            key = int.from_bytes(digest[:8], "big", signed=True)
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": key})

    def switch_to_wal(self) -> None:
        """Readers and one writer side by side, for good: the mode stays with the file."""
        statement, deadline = "PRAGMA journal_mode = WAL", time.monotonic() + self._patience
        while True:  # SQLite does not wait by itself here
            try:
                with closing(self._engine.raw_connection()) as connection:
                    connection.cursor().execute(statement)
                return
            except sqlite3.Error as error:
                known = DBAPIError(statement, {}, error)
                if not is_passing(known) or time.monotonic() > deadline:
                    raise ours(known, self.url) from error
            except SQLAlchemyError as error:
                raise ours(error, self.url) from error
            time.sleep(random.uniform(0.005, 0.05))

    def close(self) -> None:
        self._closed = True
        self._engine.dispose()


def _sqlite(url: URL, patience_seconds: float) -> Engine:
    wait_seconds = min(patience_seconds, 2.0)
    engine = create_engine(url, connect_args={"timeout": wait_seconds}, pool_size=5, max_overflow=40)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver opens no transactions by itself; `begin` does
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL, patience_seconds: float) -> Engine:
    engine = create_engine(url, connect_args={"connect_timeout": 10}, pool_size=5, max_overflow=40, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(min(patience_seconds, 10.0) * 1000)}")
        connection.commit()

    return engine
