"""Rows of votes, inserted on the connection of whoever writes: `Votes.add` alone, `Corpora.add` with a corpus.

insert_votes(connection, [Vote(…)], source="import of 9f…", at=now, is_sqlite=True)    # how many were not there yet
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection

from erc_engine.domain.curation import Vote
from erc_engine.store.encoding import to_text
from erc_engine.store.tables import votes

FIELDS = tuple(f.name for f in fields(Vote))


def insert_votes(
    connection: Connection, new: Sequence[Vote], *, source: str, at: float, is_sqlite: bool, given: Sequence[int] = ()
) -> int:
    """How many were not there yet; `given` as in `Votes.add`."""
    if not new:
        return 0
    rows = [
        {**vars(v), "kind": str(v.kind), "op_id": operation_id(v, source, n), "source": source, "at": at}
        for v, n in zip(new, given or [0] * len(new), strict=True)
    ]
    return len(connection.scalars(_new_only(is_sqlite), rows).all())


def operation_id(vote: Vote, source: str, given: int = 0) -> str:
    told = [source, *(getattr(vote, name) for name in FIELDS), *([given] if given else [])]
    return hashlib.sha256(to_text(told).encode("ascii")).hexdigest()


def _new_only(is_sqlite: bool) -> Any:
    """An INSERT that passes over ids which are there; the dialect is loaded late, as it costs 30 ms."""
    if is_sqlite:
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    return insert(votes).on_conflict_do_nothing(index_elements=["op_id"]).returning(votes.c.seq)
