"""Looking around in large corpora: pages, searches and counts that never decode more dialogues than they show.

    store.browsing.mark("meld")                                     # changes whenever a dialogue or a state does
    store.browsing.ids("meld", states=["kept"])                     # ids in the order they came
    for row in store.browsing.scan("meld", containing=['"label":"joy"']): row.body     # the stored JSON, parsed
    store.browsing.standing().votes["human"]                        # counts for the first page

`scan` compares with the stored ASCII JSON without case, so what it gives is a superset that the caller looks through.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Select, Text, func, select, type_coerce

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import DialogueState
from erc_engine.domain.review import ReviewAction
from erc_engine.errors import NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import (
    corpora,
    dialogues,
    recipes,
    review_events,
    state_events,
    test_looks,
    training_runs,
    votes,
)

_AT_ONCE = 400
_TRAINING = select(training_runs.c.state, func.count()).group_by(training_runs.c.state).order_by(training_runs.c.state)


@dataclass(frozen=True)
class StoredRow:
    """A dialogue as it is stored: `body` is its parsed JSON, a plain dict."""

    dialogue: str
    split: str
    state: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """What a workspace holds beside its corpora. `votes` and `voted` (utterances) are by kind of annotator.

    `reviewed` counts utterances that somebody labelled on the review page and did not take back.
    """

    votes: Mapping[str, int] = field(default_factory=dict)
    voted: Mapping[str, int] = field(default_factory=dict)
    annotators: Mapping[str, int] = field(default_factory=dict)
    reviewed: int = 0
    dropped: int = 0
    recipes: int = 0
    training: Mapping[str, int] = field(default_factory=dict)
    test_looks: int = 0


class Browsing:
    def __init__(self, database: Database) -> None:
        self._db = database

    def mark(self, corpus: str) -> tuple[int, int, int]:
        """Equal marks of one corpus mean equal dialogues in equal states, for corpora only grow."""
        rows = select(func.count(), func.max(dialogues.c.seq)).where(dialogues.c.corpus == corpus)
        events = select(func.max(state_events.c.seq)).where(state_events.c.corpus == corpus)

        def work(connection: Connection) -> tuple[int, int, int]:
            self._required(connection, corpus)
            count, last = connection.execute(rows).one()
            return count, last or 0, connection.scalar(events) or 0

        return self._db.read(work)

    def ids(self, corpus: str, *, states: Iterable[str] = (), splits: Iterable[str] = ()) -> tuple[str, ...]:
        """Ids in the order they came; no states or splits means all of them."""
        query = _narrowed(select(dialogues.c.dialogue), corpus, states, splits).order_by(dialogues.c.seq)

        def work(connection: Connection) -> Sequence[str]:
            self._required(connection, corpus)
            return connection.scalars(query).all()

        return tuple(self._db.read(work))

    def dialogues(self, corpus: str, ids: Sequence[str]) -> dict[str, tuple[Dialogue, DialogueState]]:
        """The named dialogues with their states, those that are not there left out."""
        query = select(dialogues.c.dialogue, dialogues.c.body, dialogues.c.state).where(dialogues.c.corpus == corpus)

        def work(connection: Connection) -> list[Any]:
            parts = (list(ids[at : at + _AT_ONCE]) for at in range(0, len(ids), _AT_ONCE))
            return [r for part in parts for r in connection.execute(query.where(dialogues.c.dialogue.in_(part)))]

        found = {r.dialogue: (r.body, DialogueState(r.state)) for r in self._db.read(work)}
        return {id_: found[id_] for id_ in ids if id_ in found}

    def scan(
        self, corpus: str, *, containing: Iterable[str] = (), states: Iterable[str] = (), splits: Iterable[str] = ()
    ) -> Iterator[StoredRow]:
        """Dialogues whose stored JSON holds every one of these pieces of ASCII text, case ignored."""
        body = type_coerce(dialogues.c.body, Text)
        query = _narrowed(
            select(dialogues.c.dialogue, dialogues.c.split, dialogues.c.state, body), corpus, states, splits
        )
        holds = func.instr if self._db.is_sqlite else func.strpos
        for piece in containing:
            query = query.where(holds(func.lower(body), piece.lower()) > 0)

        def work(connection: Connection) -> Sequence[Any]:
            self._required(connection, corpus)
            return connection.execute(query.order_by(dialogues.c.seq)).all()

        for row in self._db.read(work):
            yield StoredRow(row[0], row[1], row[2], json.loads(row[3]))

    def standing_mark(self) -> tuple[Any, ...]:
        """Equal marks mean that `standing` would answer the same."""
        tables = (votes, review_events, state_events, recipes, test_looks)

        def work(connection: Connection) -> tuple[Any, ...]:
            latest = tuple(connection.scalar(select(func.max(table.c.seq))) for table in tables)
            return *latest, *map(tuple, connection.execute(_TRAINING))

        return self._db.read(work)

    def standing(self) -> Standing:
        """One reading of everything that the first page counts."""
        turns = votes.c.corpus + "/" + votes.c.dialogue + "/" + votes.c.utterance
        by_kind = select(
            votes.c.kind,
            func.sum(votes.c["count"]),
            func.count(turns.distinct()),
            func.count(votes.c.annotator.distinct()),
        ).group_by(votes.c.kind)
        events = review_events.alias()
        seen = review_events.c.corpus + "/" + review_events.c.dialogue + "/" + review_events.c.utterance
        labelled = select(func.count(seen.distinct())).where(
            review_events.c.action == str(ReviewAction.LABEL),
            review_events.c.seq.not_in(select(events.c.undoes).where(events.c.undoes.is_not(None))),
        )
        dropped = select(func.count()).where(dialogues.c.state == str(DialogueState.DROPPED))

        def work(connection: Connection) -> Standing:
            kinds = connection.execute(by_kind).all()
            return Standing(
                {row[0]: row[1] for row in kinds},
                {row[0]: row[2] for row in kinds},
                {row[0]: row[3] for row in kinds},
                connection.scalar(labelled) or 0,
                connection.scalar(dropped) or 0,
                connection.scalar(select(func.count(recipes.c.name.distinct()))) or 0,
                {row[0]: row[1] for row in connection.execute(_TRAINING)},
                connection.scalar(select(func.count()).select_from(test_looks)) or 0,
            )

        return self._db.read(work)

    def _required(self, connection: Connection, corpus: str) -> None:
        if connection.scalar(select(corpora.c.name).where(corpora.c.name == corpus)) is None:
            there = ", ".join(sorted(connection.scalars(select(corpora.c.name)))) or "none yet"
            raise NotFoundError(f"there is no corpus '{corpus}'", hint=f"corpora in this workspace: {there}")


def _narrowed(query: Select[Any], corpus: str, states: Iterable[str], splits: Iterable[str]) -> Select[Any]:
    query = query.where(dialogues.c.corpus == corpus)
    for column, wanted in ((dialogues.c.state, list(states)), (dialogues.c.split, list(splits))):
        if wanted:
            query = query.where(column.in_([str(w) for w in wanted]))
    return query
