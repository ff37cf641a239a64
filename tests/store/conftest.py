"""Stores for tests: `store` runs a test on SQLite and on PostgreSQL, `url` gives it an address with nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from erc_engine.store.database import Store, open_store
from erc_engine.store.tables import metadata
from tests.conftest import absent
from tests.store.postgres_server import Server, binaries, running_server

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if binaries() is None:
        absent("PostgreSQL is not installed: its tests need initdb (Debian package postgresql)")
    with running_server() as running:
        yield running


@pytest.fixture(scope="session")
def emptied(server: Server) -> Callable[[], str]:
    """Gives the address of a migrated database, emptied: far quicker than a new one for each test."""
    address = server.new_database("shared")
    open_store(address).close()
    statements = "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables))

    def empty() -> str:
        server.execute(statements, database="shared")
        return address

    return empty


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'erc.db'}"
    return request.getfixturevalue("server").new_database()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "erc.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Store:
    opened: Store = request.getfixturevalue(f"{request.param}_store")
    return opened


@pytest.fixture
def sqlite_store(migrated_file: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copyfile(migrated_file, tmp_path / "erc.db")
    with open_store(f"sqlite:///{tmp_path / 'erc.db'}") as opened:
        yield opened


@pytest.fixture
def postgresql_store(emptied: Callable[[], str]) -> Iterator[Store]:
    with open_store(emptied()) as opened:
        yield opened
