"""Everything that must survive, in SQLite or PostgreSQL: `open_store(url)` in `database`, one file per aggregate.

with open_store("sqlite:///workspace/erc.db") as store:
    store.corpora.names()
"""
