"""Labels by people and models: rows that are added once and never changed, and those that reviews come to.

    store.votes.add([Vote("meld", "12", "12:3", "ana", AnnotatorKind.HUMAN, "joy")], source="review 7")   # 1
    store.votes.add([...the same...], source="review 7")                                                  # 0

A vote's id is the hash of its source and content: sending it again changes nothing. Who may label the same
utterance again says so with another source. Labels given in review are no rows here: they are derived from the review
events on reading, so that an undo takes a vote back, and come after the added ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.errors import NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.review import Review
from erc_engine.store.tables import review_events, votes
from erc_engine.store.vote_rows import FIELDS, insert_votes


class Votes:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, new: Sequence[Vote], *, source: str, given: Sequence[int] = ()) -> int:
        """How many were not there yet; all or none, NotFoundError when one names a dialogue that is not there.

        `given` says for each how many votes its annotator gave there before it; then a label that comes back after
        another one is a vote of its own.
        """

        def work(connection: Connection) -> int:
            at = self._db.now(connection)
            return insert_votes(connection, new, source=source, at=at, is_sqlite=self._db.is_sqlite, given=given)

        try:
            return self._db.write(work) if new else 0
        except NotFoundError:
            raise NotFoundError(
                "a vote names a corpus or dialogue that is not in this workspace",
                hint="import the corpus first; nothing was added",
            ) from None

    def of(self, corpus: str, kind: AnnotatorKind | None = None) -> tuple[Vote, ...]:
        """In the order they came, those of reviews last."""
        query = select(*(votes.c[name] for name in FIELDS)).where(votes.c.corpus == corpus).order_by(votes.c.seq)
        if kind is not None:
            query = query.where(votes.c.kind == str(kind))
        added = _votes(self._db.read(lambda c: c.execute(query).all()))
        return added + (Review(self._db).votes(corpus) if kind in (None, AnnotatorKind.HUMAN) else ())

    def mark(self, corpus: str) -> tuple[int, int]:
        """Equal marks of one corpus mean equal votes, for rows are only added."""
        added = select(func.max(votes.c.seq)).where(votes.c.corpus == corpus)
        reviewed = select(func.max(review_events.c.seq)).where(review_events.c.corpus == corpus)
        return self._db.read(lambda c: (c.scalar(added) or 0, c.scalar(reviewed) or 0))

    def of_dialogue(self, corpus: str, dialogue: str, kind: AnnotatorKind) -> tuple[Vote, ...]:
        """Those of one dialogue, in the same order."""
        query = (
            select(*(votes.c[name] for name in FIELDS))
            .where(votes.c.corpus == corpus, votes.c.dialogue == dialogue, votes.c.kind == str(kind))
            .order_by(votes.c.seq)
        )
        added = _votes(self._db.read(lambda c: c.execute(query).all()))
        reviewed = Review(self._db).votes(corpus, dialogue) if kind == AnnotatorKind.HUMAN else ()
        return added + reviewed

    def kinds(self, corpus: str) -> tuple[AnnotatorKind, ...]:
        query = select(votes.c.kind).where(votes.c.corpus == corpus).distinct()
        there = self._db.read(lambda c: set(c.scalars(query)))
        if AnnotatorKind.HUMAN not in there and Review(self._db).votes(corpus):
            there.add(str(AnnotatorKind.HUMAN))
        return tuple(kind for kind in AnnotatorKind if kind in there)


def _votes(rows: Sequence[Row[Any]]) -> tuple[Vote, ...]:
    """Rows of FIELDS; by place, for there may be a hundred thousand."""
    kind = FIELDS.index("kind")
    kinds = {str(k): k for k in AnnotatorKind}
    values = (list(row) for row in rows)
    return tuple(Vote(*[*v[:kind], kinds[v[kind]], *v[kind + 1 :]]) for v in values)
