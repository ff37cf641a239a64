"""The migrations make what `tables` says, on both databases."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import erc_engine.store.migrations as migrations
from erc_engine.store.database import open_store
from erc_engine.store.schema import REVISIONS, VERSION_TABLE
from erc_engine.store.tables import metadata


def test_the_revisions_named_are_those_in_the_folder_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(walked)) == REVISIONS


def test_the_migrated_tables_are_the_declared_ones(url: str) -> None:
    with open_store(url) as store:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        differences = store._database.read(
            lambda c: compare_metadata(MigrationContext.configure(c, opts=options), metadata)
        )
    assert differences == []
