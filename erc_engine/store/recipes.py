"""Prompt recipes as immutable, numbered texts: the same content is the same version, for good.

store.recipes.add("9f3c…", "meld-balanced", text)    # 1, and 1 again for the same hash, 2 for the next one
store.recipes.get("9f3c…")                           # the text
store.recipes.promote("meld-balanced", "9f3c…", who="Ana", why="lab-1c2d3e4f")
store.recipes.promoted("meld-balanced").hash         # "9f3c…", until another one is promoted
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from erc_engine.errors import NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import promotions, recipes


@dataclass(frozen=True)
class StoredRecipe:
    name: str
    version: int
    hash: str
    text: str
    created_at: datetime


@dataclass(frozen=True)
class Promotion:
    """From then on this version is what the name stands for; `why` is what the person said, or a lab's id."""

    name: str
    hash: str
    who: str
    why: str
    at: datetime


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

    def promote(self, name: str, recipe_hash: str, *, who: str, why: str) -> Promotion:
        """NotFoundError when this name has no version of that hash."""

        def work(connection: Connection) -> None:
            of_name = select(recipes.c.seq).where(recipes.c.name == name, recipes.c.hash == recipe_hash)
            if connection.scalar(of_name) is None:
                raise NotFoundError(f"'{name}' has no version with the hash {recipe_hash[:12]}", hint="see erc recipes")
            row = {"name": name, "hash": recipe_hash, "who": who, "why": why, "at": self._db.now(connection)}
            connection.execute(insert(promotions).values(row))

        self._db.write(work)
        return self.promotions(name)[-1]

    def promoted(self, name: str) -> Promotion | None:
        """The last promotion of this name."""
        return next(reversed(self.promotions(name)), None)

    def promotions(self, name: str | None = None) -> tuple[Promotion, ...]:
        """Oldest first."""
        query = select(promotions).order_by(promotions.c.seq)
        if name is not None:
            query = query.where(promotions.c.name == name)
        rows = self._db.read(lambda c: c.execute(query).all())
        return tuple(Promotion(r.name, r.hash, r.who, r.why, r.at) for r in rows)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._db.read(lambda c: c.scalars(select(recipes.c.name).distinct()).all())))

    def _names_there(self) -> str:
        return f"recipes in this workspace: {', '.join(self.names()) or 'none yet'}"
