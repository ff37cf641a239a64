"""The tables' history, run by `schema` on opening a store; Alembic reads `env` and the files in `versions`."""
