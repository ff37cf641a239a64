"""What Alembic runs: the revisions, in the transaction of the connection that `schema` hands over."""

from alembic import context

from erc_engine.store.schema import VERSION_TABLE
from erc_engine.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
