"""Frozen dataset versions: their description, their dialogues and soft labels by split, never changed.

store.versions.add(version, {Split.TRAIN: [...]}, soft={})     # False when the same content is there already
store.versions.dialogues("v1", Split.TRAIN)
store.versions.soft("v1", Split.TRAIN)[("12", "12:3")]["joy"]  # 0.6
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, Text, insert, select, type_coerce

from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.experiment import DatasetVersion
from erc_engine.errors import ConflictError, NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import version_dialogues, version_soft, versions

SoftLabels = Mapping[tuple[str, str], Mapping[str, float]]


class Versions:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self,
        version: DatasetVersion,
        members: Mapping[Split, Sequence[Dialogue]],
        soft: Mapping[Split, SoftLabels],
    ) -> bool:
        """Whole or not at all. False if the same content is there; ConflictError if the name has other content."""

        def work(connection: Connection) -> bool:
            self._db.hold(connection, f"version {version.name}")
            there = connection.scalar(select(versions.c.hash).where(versions.c.name == version.name))
            if there == version.hash:
                return False
            if there is not None:
                raise ConflictError(
                    f"dataset version '{version.name}' is already frozen with other content",
                    hint="a version never changes: freeze under another name",
                )
            at = self._db.now(connection)
            row = {"name": version.name, "hash": version.hash, "body": version, "created_at": at}
            connection.execute(insert(versions).values(row))
            for table, rows in ((version_dialogues, _members(version, members)), (version_soft, _soft(version, soft))):
                if rows:
                    connection.execute(insert(table), rows)
            return True

        return self._db.write(work)

    def get(self, name: str) -> DatasetVersion:
        return self._db.read(lambda c: _required(c, name))

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._db.read(lambda c: c.scalars(select(versions.c.name)).all())))

    def dialogues(self, name: str, split: Split) -> tuple[Dialogue, ...]:
        """In the order they were frozen; empty for a split that the version lacks."""
        return tuple(row.body for row in self._rows(version_dialogues, name, split))

    def scan(self, name: str, split: Split) -> Iterator[Mapping[str, Any]]:
        """The same as stored, parsed JSON: for counting, which needs no dialogues made of it."""
        for row in self._rows(version_dialogues, name, split, type_coerce(version_dialogues.c.body, Text)):
            yield json.loads(row[0])

    def soft(self, name: str, split: Split) -> dict[tuple[str, str], dict[str, float]]:
        """Distributions by (dialogue id, utterance id); empty for a version with hard labels alone."""
        return {(row.dialogue, row.utterance): row.shares for row in self._rows(version_soft, name, split)}

    def _rows(self, table: Table, name: str, split: Split, *columns: Any) -> Sequence[Any]:
        query = (
            select(*(columns or table.c))
            .where(table.c.version == name, table.c.split == str(split))
            .order_by(table.c.position)
        )

        def work(connection: Connection) -> Sequence[Any]:
            _required(connection, name)
            return connection.execute(query).all()

        return self._db.read(work)


def _required(connection: Connection, name: str) -> DatasetVersion:
    version = connection.scalar(select(versions.c.body).where(versions.c.name == name))
    if version is None:
        there = ", ".join(sorted(connection.scalars(select(versions.c.name)))) or "none yet"
        raise NotFoundError(f"there is no dataset version '{name}'", hint=f"versions in this workspace: {there}")
    return version


def _members(version: DatasetVersion, members: Mapping[Split, Sequence[Dialogue]]) -> list[dict[str, Any]]:
    return [
        {"version": version.name, "split": str(split), "position": position, "body": dialogue}
        for split, dialogues in members.items()
        for position, dialogue in enumerate(dialogues)
    ]


def _soft(version: DatasetVersion, soft: Mapping[Split, SoftLabels]) -> list[dict[str, Any]]:
    return [
        {
            "version": version.name,
            "split": str(split),
            "position": position,
            "dialogue": dialogue,
            "utterance": utterance,
            "shares": {label: float(share) for label, share in shares.items()},
        }
        for split, labels in soft.items()
        for position, ((dialogue, utterance), shares) in enumerate(labels.items())
    ]
