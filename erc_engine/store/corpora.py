"""Corpora with their dialogues, where each dialogue stands, and the history of that.

    store.corpora.add(corpus, faults=(), source="train.csv", hash="9f…")    # False when it is there already
    store.corpora.get("meld")                                               # the kept dialogues, in order
    store.corpora.set_state("meld", ["12"], DialogueState.DROPPED, reason="duplicate of 3", who="ana")

Dialogues never change and are never deleted; a change of state appends an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from erc_engine.domain.conversation import Corpus, Dialogue, Licence, Origin, Split
from erc_engine.domain.curation import DialogueState, Vote
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.reports import Fault
from erc_engine.errors import ConflictError, InputError, NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import corpora, dialogues, state_events
from erc_engine.store.vote_rows import insert_votes

_ADD = insert(dialogues)


@dataclass(frozen=True)
class StoredCorpus:
    """A corpus without its dialogues. `hash` is of the content at import, "" for one that a run fills."""

    name: str
    kind: str
    scheme: LabelScheme
    licence: Licence
    origin: Origin
    version: str | None
    hash: str
    source: str
    faults: tuple[Fault, ...]
    created_at: datetime


@dataclass(frozen=True)
class StateEvent:
    """A dialogue went from one state to another: when, why, and who said so."""

    dialogue: str
    before: DialogueState
    state: DialogueState
    reason: str
    who: str
    at: datetime


class Corpora:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, corpus: Corpus, *, faults: Iterable[Fault], source: str, hash: str, votes: Sequence[Vote] = ()
    ) -> bool:
        """With its votes, whole or not at all. False if the same content is there; ConflictError if other content is.

        Votes that a corpus of the same content lacks are added to it.
        """

        def work(connection: Connection) -> bool:
            there = self._row(connection, corpus.name, lock=True)
            if there is not None and there.hash != hash:
                raise ConflictError(
                    f"corpus '{corpus.name}' is already there with other content",
                    hint="import under another name (--name), or in another workspace",
                )
            if there is None:
                self._insert(connection, corpus, tuple(faults), source, hash)
                insert_dialogues(connection, corpus.name, corpus.dialogues)
            at, is_sqlite = self._db.now(connection), self._db.is_sqlite
            insert_votes(connection, votes, source=f"import of {hash}", at=at, is_sqlite=is_sqlite)
            return there is None

        return self._db.write(work)

    def create_empty(self, corpus: Corpus) -> bool:
        """A corpus for a run to fill; False if it is there already, ConflictError if that one is of another kind."""
        if corpus.dialogues:
            raise InputError(f"corpus '{corpus.name}' has dialogues; an empty one is wanted here")

        def work(connection: Connection) -> bool:
            there = self._row(connection, corpus.name, lock=True)
            if there is None:
                self._insert(connection, corpus, (), "", "")
                return True
            wanted = (corpus.kind, corpus.origin, corpus.scheme)
            if there.hash or (there.kind, there.origin, there.scheme) != wanted:
                raise ConflictError(
                    f"corpus '{corpus.name}' is already there and was not made by this run",
                    hint="give the run another name",
                )
            return False

        return self._db.write(work)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._db.read(lambda c: c.scalars(select(corpora.c.name)).all())))

    def exists(self, name: str) -> bool:
        return self._db.read(lambda c: self._row(c, name)) is not None

    def stored(self, name: str) -> StoredCorpus:
        row = self._db.read(lambda c: self._required(c, name))
        return StoredCorpus(**{**row._mapping, "origin": Origin(row.origin)})

    def get(
        self,
        name: str,
        *,
        states: Iterable[DialogueState] = (DialogueState.KEPT,),
        splits: Iterable[Split] | None = None,
    ) -> Corpus:
        """The corpus with the dialogues that stand in one of the states (and splits), in the order they came."""

        def work(connection: Connection) -> tuple[Row[Any], Sequence[Dialogue]]:
            query = select(dialogues.c.body).where(dialogues.c.corpus == name)
            query = query.where(dialogues.c.state.in_([str(s) for s in states]))
            if splits is not None:
                query = query.where(dialogues.c.split.in_([str(s) for s in splits]))
            row = self._required(connection, name)
            return row, connection.scalars(query.order_by(dialogues.c.seq)).all()

        states, splits = tuple(states), None if splits is None else tuple(splits)
        row, found = self._db.read(work)
        return Corpus(name, row.kind, row.scheme, tuple(found), row.licence, Origin(row.origin), row.version)

    def states(self, name: str) -> dict[str, int]:
        """How many dialogues stand in each state, the states without any included."""
        counted = select(dialogues.c.state, func.count()).where(dialogues.c.corpus == name).group_by(dialogues.c.state)

        def work(connection: Connection) -> dict[str, int]:
            self._required(connection, name)
            return {row[0]: row[1] for row in connection.execute(counted)}

        return {**dict.fromkeys(map(str, DialogueState), 0), **self._db.read(work)}

    def state_of(self, name: str) -> dict[str, str]:
        """The state of each dialogue by id, in the order they came."""

        def work(connection: Connection) -> dict[str, str]:
            self._required(connection, name)
            return states_of(connection, name)

        return self._db.read(work)

    def set_state(self, name: str, dialogue_ids: Iterable[str], state: DialogueState, *, reason: str, who: str) -> int:
        """How many changed, not those that stood there before. For a strange id: NotFoundError, and nothing changes."""
        wanted = tuple(dict.fromkeys(dialogue_ids))

        def work(connection: Connection) -> int:
            self._required(connection, name, lock=True)
            return move(connection, name, wanted, state, reason=reason, who=who, at=self._db.now(connection))

        return self._db.write(work)

    def history(self, name: str, dialogue_id: str | None = None) -> list[StateEvent]:
        query = select(state_events).where(state_events.c.corpus == name).order_by(state_events.c.seq)
        if dialogue_id is not None:
            query = query.where(state_events.c.dialogue == dialogue_id)

        def work(connection: Connection) -> Sequence[Row[Any]]:
            self._required(connection, name)
            return connection.execute(query).all()

        return [
            StateEvent(r.dialogue, DialogueState(r.before), DialogueState(r.state), r.reason, r.who, r.at)
            for r in self._db.read(work)
        ]

    def _insert(
        self, connection: Connection, corpus: Corpus, faults: tuple[Fault, ...], source: str, hash: str
    ) -> None:
        row = {
            "name": corpus.name,
            "kind": corpus.kind,
            "origin": str(corpus.origin),
            "version": corpus.version,
            "hash": hash,
            "source": source,
            "scheme": corpus.scheme,
            "licence": corpus.licence,
            "faults": faults,
            "created_at": self._db.now(connection),
        }
        connection.execute(insert(corpora).values(row))

    def _row(self, connection: Connection, name: str, *, lock: bool = False) -> Row[Any] | None:
        if lock:
            self._db.hold(connection, f"corpus {name}")
        return connection.execute(select(corpora).where(corpora.c.name == name)).one_or_none()

    def _required(self, connection: Connection, name: str, *, lock: bool = False) -> Row[Any]:
        row = self._row(connection, name, lock=lock)
        if row is None:
            there = ", ".join(sorted(connection.scalars(select(corpora.c.name)))) or "none yet"
            raise NotFoundError(f"there is no corpus '{name}'", hint=f"corpora in this workspace: {there}")
        return row


def insert_dialogues(connection: Connection, corpus: str, new: Sequence[Dialogue]) -> None:
    """Adds kept dialogues at the end; ConflictError when an id stands twice."""
    ids = [d.id for d in new]
    if len(set(ids)) < len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise ConflictError(f"corpus '{corpus}' has two dialogues with the id '{twice}'", hint="give each its own id")
    if new:
        rows = [
            {"corpus": corpus, "dialogue": d.id, "split": str(d.split), "state": str(DialogueState.KEPT), "body": d}
            for d in new
        ]
        connection.execute(_ADD, rows)


def states_of(connection: Connection, corpus: str) -> dict[str, str]:
    query = select(dialogues.c.dialogue, dialogues.c.state).where(dialogues.c.corpus == corpus)
    return {row[0]: row[1] for row in connection.execute(query.order_by(dialogues.c.seq))}


def move(
    connection: Connection,
    corpus: str,
    dialogue_ids: Sequence[str],
    state: DialogueState,
    *,
    reason: str,
    who: str,
    at: float,
) -> int:
    """Sets the state of dialogues with an event for each that changes; the caller holds the corpus."""
    before: Mapping[str, str] = states_of(connection, corpus)
    strange = [i for i in dialogue_ids if i not in before]
    if strange:
        raise NotFoundError(
            f"corpus '{corpus}' has no dialogue '{strange[0]}'"
            + (f" (and {len(strange) - 1} more of those asked for)" if len(strange) > 1 else ""),
            hint="nothing was changed; ids are those of the source",
        )
    changing = [i for i in dialogue_ids if before[i] != state]
    if changing:
        events = [
            {
                "corpus": corpus,
                "dialogue": i,
                "before": before[i],
                "state": str(state),
                "reason": reason,
                "who": who,
                "at": at,
            }
            for i in changing
        ]
        change = update(dialogues).where(dialogues.c.corpus == corpus, dialogues.c.dialogue == bindparam("changing"))
        connection.execute(change.values(state=str(state)), [{"changing": i} for i in changing])
        connection.execute(insert(state_events), events)
    return len(changing)
