"""Labels by people and models, one row each, added once and never changed.

    store.votes.add([Vote("meld", "12", "12:3", "ana", AnnotatorKind.HUMAN, "joy")], source="review 7")   # 1
    store.votes.add([...the same...], source="review 7")                                                  # 0

A vote's id is the hash of its source and content: sending it again changes nothing. Who may label the same
utterance again says so with another source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, select

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.errors import NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.encoding import to_text
from erc_engine.store.tables import votes

_FIELDS = tuple(f.name for f in fields(Vote))


class Votes:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, new: Sequence[Vote], *, source: str) -> int:
        """How many were not there yet; all or none, NotFoundError when one names a dialogue that is not there."""

        def work(connection: Connection) -> int:
            at = self._db.now(connection)
            rows = [
                {**vars(v), "kind": str(v.kind), "op_id": operation_id(v, source), "source": source, "at": at}
                for v in new
            ]
            return len(connection.scalars(_new_only(self._db.is_sqlite), rows).all())

        try:
            return self._db.write(work) if new else 0
        except NotFoundError:
            raise NotFoundError(
                "a vote names a corpus or dialogue that is not in this workspace",
                hint="import the corpus first; nothing was added",
            ) from None

    def of(self, corpus: str, kind: AnnotatorKind | None = None) -> tuple[Vote, ...]:
        """In the order they came."""
        query = select(*(votes.c[name] for name in _FIELDS)).where(votes.c.corpus == corpus).order_by(votes.c.seq)
        if kind is not None:
            query = query.where(votes.c.kind == str(kind))
        rows = self._db.read(lambda c: c.execute(query).all())
        return tuple(Vote(**{**row._mapping, "kind": AnnotatorKind(row.kind)}) for row in rows)

    def kinds(self, corpus: str) -> tuple[AnnotatorKind, ...]:
        query = select(votes.c.kind).where(votes.c.corpus == corpus).distinct()
        there = self._db.read(lambda c: set(c.scalars(query)))
        return tuple(kind for kind in AnnotatorKind if kind in there)


def _new_only(is_sqlite: bool) -> Any:
    """An INSERT that passes over ids which are there; the dialect is loaded late, as it costs 30 ms."""
    if is_sqlite:
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    return insert(votes).on_conflict_do_nothing(index_elements=["op_id"]).returning(votes.c.seq)


def operation_id(vote: Vote, source: str) -> str:
    return hashlib.sha256(to_text([source, *(getattr(vote, name) for name in _FIELDS)]).encode("ascii")).hexdigest()
