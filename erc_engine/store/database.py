"""The store: everything that must survive, opened by URL and brought up to date on opening.

    with open_store("sqlite:///workspace/erc.db") as store:
        store.corpora.add(corpus, faults=(), source="train.csv", hash="9f…")

SQLite (write-ahead log) by default, PostgreSQL for a group: the same calls, held together by one contract
test. Every method is one transaction; a store may be used from several threads.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from erc_engine.store.browsing import Browsing
from erc_engine.store.connections import Database
from erc_engine.store.corpora import Corpora
from erc_engine.store.jobs import Jobs
from erc_engine.store.labs import Labs
from erc_engine.store.ledger import Ledger
from erc_engine.store.locations import place
from erc_engine.store.recipes import Recipes
from erc_engine.store.review import Review
from erc_engine.store.review_slots import ReviewSlots
from erc_engine.store.runs import Runs
from erc_engine.store.schema import bring_up_to_date
from erc_engine.store.training import Training
from erc_engine.store.turn_repairs import TurnRepairs
from erc_engine.store.verdicts import Verdicts
from erc_engine.store.versions import Versions
from erc_engine.store.votes import Votes


class Store:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.corpora = Corpora(database)
        self.votes = Votes(database)
        self.review = Review(database)
        self.review_slots = ReviewSlots(database)
        self.recipes = Recipes(database)
        self.labs = Labs(database)
        self.runs = Runs(database)
        self.ledger = Ledger(database)
        self.turn_repairs = TurnRepairs(database)
        self.verdicts = Verdicts(database)
        self.versions = Versions(database)
        self.training = Training(database)
        self.jobs = Jobs(database)
        self.browsing = Browsing(database)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_store(url: str, *, patience_seconds: float = 30.0) -> Store:
    """The store at `sqlite:///path` or `postgresql://…`, made or migrated if need be.

    `patience_seconds` is how long a call waits for other processes. Raises InputError (no store can be there,
    or a newer one is), RefusedError (SQLite on a network file system) or UnavailableError (disk, server).
    """
    database = Database(place(url), patience_seconds=patience_seconds)
    try:
        bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return Store(database)
