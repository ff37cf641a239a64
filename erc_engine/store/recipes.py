"""Prompt recipes as immutable, numbered texts: the same content is the same version, for good.

store.recipes.add("9f3c…", "meld-balanced", text)    # 1, and 1 again for the same hash, 2 for the next one
store.recipes.get("9f3c…")                           # the text
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from erc_engine.errors import NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import recipes


@dataclass(frozen=True)
class StoredRecipe:
    name: str
    version: int
    hash: str
    text: str
    created_at: datetime


class Recipes:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, recipe_hash: str, name: str, text: str) -> int:
        """The version number under this name, counted from 1."""

        def work(connection: Connection) -> int:
            self._db.hold(connection, f"recipe {name}")
            of_name = select(recipes.c.version).where(recipes.c.name == name)
            there = connection.scalar(of_name.where(recipes.c.hash == recipe_hash))
            if there is not None:
                return there
            last = connection.scalar(select(func.max(recipes.c.version)).where(recipes.c.name == name)) or 0
            row = {
                "name": name,
                "hash": recipe_hash,
                "version": last + 1,
                "text": text,
                "created_at": self._db.now(connection),
            }
            connection.execute(insert(recipes).values(row))
            return last + 1

        return self._db.write(work)

    def get(self, recipe_hash: str) -> str:
        query = select(recipes.c.text).where(recipes.c.hash == recipe_hash).order_by(recipes.c.seq).limit(1)
        text = self._db.read(lambda c: c.scalar(query))
        if text is None:
            raise NotFoundError(f"there is no recipe with the hash {recipe_hash}", hint=self._names_there())
        return text

    def versions(self, name: str) -> tuple[StoredRecipe, ...]:
        """Oldest first; NotFoundError for a name without any."""
        query = select(recipes).where(recipes.c.name == name).order_by(recipes.c.version)
        rows = self._db.read(lambda c: c.execute(query).all())
        if not rows:
            raise NotFoundError(f"there is no recipe '{name}'", hint=self._names_there())
        return tuple(StoredRecipe(r.name, r.version, r.hash, r.text, r.created_at) for r in rows)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._db.read(lambda c: c.scalars(select(recipes.c.name).distinct()).all())))

    def _names_there(self) -> str:
        return f"recipes in this workspace: {', '.join(self.names()) or 'none yet'}"
