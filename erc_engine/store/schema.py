"""Brings the tables of a database to what this code needs, once, whoever else opens it at the same time.

    bring_up_to_date(database)

A database at our revision costs one SELECT, and Alembic is not even imported. An older or empty one is
migrated in one transaction under a lock that all processes share: a lock file beside a SQLite file, an advisory
lock on PostgreSQL. A newer one is refused. A new revision: a file in `migrations/versions`, its name in REVISIONS.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from erc_engine.errors import InputError, UnavailableError
from erc_engine.store.connections import Database
from erc_engine.store.tables import metadata

REVISIONS = ("0001", "0002", "0003", "0004")  # oldest first; the last one is what this code reads and writes
HEAD = REVISIONS[-1]
VERSION_TABLE = "erc_schema_version"
_EMPTY = ""


def bring_up_to_date(database: Database) -> None:
    if _file_is_empty(database) or database.read(_revision) != HEAD:
        with _lock_file(database):
            if database.is_sqlite:
                database.switch_to_wal()
            database.write(lambda connection: _migrate(database, connection))


def _file_is_empty(database: Database) -> bool:
    """A SQLite file that another process is just creating must not be touched outside the lock."""
    if not database.is_sqlite:
        return False
    path = Path(str(database.url.database))
    return not path.exists() or path.stat().st_size == 0


def _revision(connection: Connection) -> str:
    """The revision of the database; InputError when it is newer or another program's."""
    there = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in there:
        foreign = sorted(there & set(metadata.tables))
        if foreign:
            raise InputError(
                f"the database has other tables of the same names: {', '.join(foreign)}",
                hint="give ERC Studio a file or database of its own, with ERC_DATABASE_URL; nothing was changed",
            )
        return _EMPTY
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) or _EMPTY  # noqa: S608
    if found and found not in REVISIONS:
        raise InputError(
            f"this workspace was written by a newer ERC Studio (its tables are at revision {found}, ours at {HEAD})",
            hint="update ERC Studio, or choose another workspace with ERC_HOME",
            code="newer_store",
        )
    return found


def _migrate(database: Database, connection: Connection) -> None:
    database.hold(connection, VERSION_TABLE)
    if _revision(connection) == HEAD:  # somebody else was faster
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _lock_file(database: Database) -> Iterator[None]:
    if not database.is_sqlite:
        yield
        return
    path = Path(f"{database.url.database}.lock")
    try:
        file = path.open("a")
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be written: {error.strerror}",
            hint="check who owns the folder of the workspace and whether its disk is full or read-only",
        ) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed, also by a crash
        yield
