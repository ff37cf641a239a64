"""Who reviews which dialogue: places that a dialogue has for annotators, with leases that expire.

    store.review_slots.set_overlap("made", 3, who="ana")                      # three annotators a dialogue
    store.review_slots.take("made", "d1", "ana", "blind", lease_seconds=1800)      # True: hers until the lease ends
    store.review_slots.take_first("made", ["d1", "d2"], "bo", "blind", lease_seconds=1800)   # the first with room

A place counts while its lease runs and for good once its annotator is through with the dialogue, so that there are
never more than `overlap` at once. A place whose lease ran out is given to the next who asks. Both modes have places
of their own. Events stand in `review`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, insert, select, update

from erc_engine.domain.review import ReviewMode
from erc_engine.errors import InputError, NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import corpora, dialogues, review_events, review_positions, review_settings, review_slots

OVERLAP = 3
LEASE_SECONDS = 1800.0
MOST_ANNOTATORS = 100


@dataclass(frozen=True)
class Slot:
    """A place on a dialogue; `finished_at` is None while its annotator is at work."""

    dialogue: str
    mode: str
    slot: int
    annotator: str
    taken_at: datetime
    expires_at: datetime
    finished_at: datetime | None


class ReviewSlots:
    def __init__(self, database: Database) -> None:
        self._db = database

    def overlap(self, corpus: str) -> int:
        return self._db.read(lambda c: overlap_of(c, corpus))

    def set_overlap(self, corpus: str, overlap: int, *, who: str) -> None:
        """How many annotators a dialogue has from now on; places already taken stay."""
        if not 1 <= overlap <= MOST_ANNOTATORS:
            raise InputError(f"a dialogue cannot have {overlap} annotators", hint=f"1 to {MOST_ANNOTATORS}")

        def work(connection: Connection) -> None:
            hold(self._db, connection, corpus)
            if connection.scalar(select(corpora.c.name).where(corpora.c.name == corpus)) is None:
                raise NotFoundError(f"there is no corpus '{corpus}'")
            values = {"overlap": overlap, "who": who, "at": self._db.now(connection)}
            _put(connection, review_settings, {"corpus": corpus}, values)

        self._db.write(work)

    def take(self, corpus: str, dialogue: str, annotator: str, mode: str, *, lease_seconds: float) -> bool:
        """Whether the annotator holds a place on the dialogue now; unused ones on other dialogues are given up."""

        def work(connection: Connection) -> bool:
            hold(self._db, connection, corpus)
            at = self._db.now(connection)
            known = dialogues.c.corpus == corpus, dialogues.c.dialogue == dialogue
            if connection.scalar(select(dialogues.c.seq).where(*known)) is None:
                raise NotFoundError(f"'{corpus}' has no dialogue '{dialogue}'", hint="ids are those of the source")
            _give_up_unused(connection, corpus, mode, annotator, dialogue)
            return take_slot(connection, at, corpus, dialogue, annotator, mode, lease_seconds)

        return self._db.write(work)

    def take_first(
        self, corpus: str, candidates: Sequence[str], annotator: str, mode: str, *, lease_seconds: float
    ) -> str | None:
        """The first of the dialogues that the annotator holds or that has room, now taken; None when all are full."""

        def work(connection: Connection) -> str | None:
            hold(self._db, connection, corpus)
            at = self._db.now(connection)
            taken: dict[str, list[Row[Any]]] = {}
            for row in connection.execute(_slots(corpus, mode)):
                taken.setdefault(row.dialogue, []).append(row)
            overlap = overlap_of(connection, corpus)
            barred = _seen_labels(connection, corpus, annotator) if mode == ReviewMode.BLIND else set()
            for dialogue in candidates:
                if dialogue not in barred and _has_room(taken.get(dialogue, ()), annotator, overlap, at):
                    _give_up_unused(connection, corpus, mode, annotator, dialogue)
                    if take_slot(connection, at, corpus, dialogue, annotator, mode, lease_seconds):
                        return dialogue
            return None

        return self._db.write(work)

    def of(self, corpus: str, mode: str) -> tuple[Slot, ...]:
        rows = self._db.read(lambda c: c.execute(_slots(corpus, mode)).all())
        names = Slot.__dataclass_fields__
        return tuple(Slot(**{name: getattr(row, name) for name in names}) for row in rows)

    def finished(self, corpus: str, annotator: str, mode: str) -> frozenset[str]:
        """The dialogues that the annotator is through with."""
        query = select(review_slots.c.dialogue).where(*_of_annotator(corpus, mode, annotator))
        query = query.where(review_slots.c.finished_at.is_not(None))
        return self._db.read(lambda c: frozenset(c.scalars(query)))

    def position(self, corpus: str, annotator: str, mode: str) -> tuple[str, str] | None:
        """Dialogue and utterance where the annotator was last."""
        table = review_positions.c
        query = select(table.dialogue, table.utterance).where(
            table.corpus == corpus, table.annotator == annotator, table.mode == str(mode)
        )
        row = self._db.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else (row.dialogue, row.utterance)

    def set_position(self, corpus: str, annotator: str, mode: str, dialogue: str, utterance: str) -> None:
        def work(connection: Connection) -> None:
            self._db.hold(connection, f"position {corpus} {annotator}")
            key = {"corpus": corpus, "annotator": annotator, "mode": str(mode)}
            values = {"dialogue": dialogue, "utterance": utterance, "at": self._db.now(connection)}
            _put(connection, review_positions, key, values)

        self._db.write(work)


def hold(database: Database, connection: Connection, corpus: str) -> None:
    database.hold(connection, f"review {corpus}")


def overlap_of(connection: Connection, corpus: str) -> int:
    found = connection.scalar(select(review_settings.c.overlap).where(review_settings.c.corpus == corpus))
    return OVERLAP if found is None else found


def take_slot(
    connection: Connection, at: float, corpus: str, dialogue: str, annotator: str, mode: str, lease_seconds: float
) -> bool:
    """Take or renew a place; False when others have them all. The caller holds the review of the corpus."""
    rows = connection.execute(_slots(corpus, mode).where(review_slots.c.dialogue == dialogue)).all()
    mine = next((row for row in rows if row.annotator == annotator), None)
    if not _has_room(rows, annotator, overlap_of(connection, corpus), at):
        return False
    lease = {"taken_at": at, "expires_at": at + lease_seconds}
    if mine is not None:
        if mine.finished_at is None:
            connection.execute(_row(mine.seq).values(expires_at=lease["expires_at"]))
        return True
    idle = next((row for row in rows if not _counts(row, at)), None)
    if idle is not None:
        connection.execute(_row(idle.seq).values(annotator=annotator, **lease))
        return True
    free = min(set(range(len(rows) + 1)) - {row.slot for row in rows})
    place = {"corpus": corpus, "mode": str(mode), "dialogue": dialogue, "slot": free, "annotator": annotator}
    connection.execute(insert(review_slots).values(**place, **lease, finished_at=None))
    return True


def finish_slot(
    connection: Connection, at: float, corpus: str, dialogue: str, annotator: str, mode: str, *, finished: bool
) -> None:
    """Keep a place that is held for good, or only for the time of a lease again."""
    row = review_slots.c
    mine = update(review_slots).where(*_of_annotator(corpus, mode, annotator), row.dialogue == dialogue)
    if finished:
        connection.execute(mine.where(row.finished_at.is_(None), row.expires_at > at).values(finished_at=at))
    else:
        again = {"finished_at": None, "expires_at": at + LEASE_SECONDS}
        connection.execute(mine.where(row.finished_at.is_not(None)).values(**again))


def _has_room(rows: Iterable[Row[Any]], annotator: str, overlap: int, at: float) -> bool:
    rows = tuple(rows)
    mine = any(row.annotator == annotator and _counts(row, at) for row in rows)
    return mine or sum(_counts(row, at) for row in rows if row.annotator != annotator) < overlap


def _counts(row: Row[Any], at: float) -> bool:
    return row.finished_at is not None or row.expires_at.timestamp() > at


def _slots(corpus: str, mode: str) -> Select[Any]:
    query = select(review_slots).where(review_slots.c.corpus == corpus, review_slots.c.mode == str(mode))
    return query.order_by(review_slots.c.seq)


def _of_annotator(corpus: str, mode: str, annotator: str) -> tuple[Any, ...]:
    table = review_slots.c
    return table.corpus == corpus, table.mode == str(mode), table.annotator == annotator


def _row(seq: int) -> Any:
    return update(review_slots).where(review_slots.c.seq == seq)


def _seen_labels(connection: Connection, corpus: str, annotator: str) -> set[str]:
    """Dialogues whose intended labels this annotator has seen."""
    table = review_events.c
    query = select(table.dialogue).where(table.corpus == corpus, table.annotator == annotator)
    return set(connection.scalars(query.where(table.mode == str(ReviewMode.VERIFY)).distinct()))


def _give_up_unused(connection: Connection, corpus: str, mode: str, annotator: str, beside: str) -> None:
    """End the leases of dialogues that the annotator only looked at."""
    table, event = review_slots.c, review_events.c
    used = exists().where(
        event.corpus == table.corpus, event.dialogue == table.dialogue, event.annotator == annotator, event.mode == mode
    )
    idle = update(review_slots).where(*_of_annotator(corpus, mode, annotator), table.dialogue != beside)
    connection.execute(idle.where(table.finished_at.is_(None), ~used).values(expires_at=0.0))


def _put(connection: Connection, table: Any, key: dict[str, Any], values: dict[str, Any]) -> None:
    same = [table.c[name] == value for name, value in key.items()]
    if connection.execute(update(table).where(*same).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(**key, **values))
