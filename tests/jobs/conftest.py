"""The jobs' tests run on the same two stores."""

from tests.store.conftest import emptied, migrated_file, postgresql_store, server, sqlite_store, store

__all__ = ["emptied", "migrated_file", "postgresql_store", "server", "sqlite_store", "store"]
