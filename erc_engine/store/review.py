"""Review events: added once each, read back, never changed. What follows from them is derived, in `domain.review`.

    stored = store.review.record(ReviewEvent("op-1", "made", "d1", "ana", ReviewAction.LABEL, "d1:0", "joy"))
    store.review.record(the same)                # the row that is there already: an op_id counts once
    store.review.text("made", "d1")              # the dialogue as a blind annotator gets it: labels are not read
    store.review.events("made", "d1")

In the transaction of an event: the annotator's place is taken or renewed (without one the event is surplus), an undo
is tied to the event it takes back, and a dialogue is turned down or kept by what its reviewers decided last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, insert, select, type_coerce

from erc_engine.domain.curation import DialogueState, Vote
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.review import (
    NONE_OF_THESE,
    ON_UTTERANCES,
    DialogueText,
    ReviewAction,
    ReviewEvent,
    ReviewMode,
    StoredEvent,
    decisions,
    done,
    votes,
)
from erc_engine.errors import ConflictError, InputError, NotFoundError
from erc_engine.store.columns import Document
from erc_engine.store.connections import Database
from erc_engine.store.corpora import move
from erc_engine.store.review_slots import LEASE_SECONDS, finish_slot, hold, take_slot
from erc_engine.store.tables import corpora, dialogues, review_events

_FIELDS = tuple(f.name for f in fields(ReviewEvent))
_LONGEST = 20_000  # characters of a note or an edited text
_ABOUT_VOTES = (ReviewAction.LABEL, ReviewAction.EDIT, ReviewAction.UNDO)


class Review:
    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, event: ReviewEvent, *, lease_seconds: float = LEASE_SECONDS) -> StoredEvent:
        """The stored row, new or there already; ConflictError when the op_id stands for something else."""

        def work(connection: Connection) -> StoredEvent:
            hold(self._db, connection, event.corpus)
            there = _by_op_id(connection, [event.op_id])
            if there:
                return _same(there[0], event)
            at = self._db.now(connection)
            if event.action == ReviewAction.UNDO:
                return self._undo(connection, event, at)
            _check(connection, event)
            given = _anchored(connection, event)
            held = take_slot(
                connection, at, event.corpus, event.dialogue, event.annotator, given.mode, lease_seconds
            )  # fmt: skip
            stored = _insert(connection, given, at, surplus=not held)
            self._settle(connection, stored, at)
            return stored

        return self._db.write(work)

    def shown(self, corpus: str, dialogue: str, annotator: str) -> None:
        """Write down that an annotator sees the intended labels of a dialogue from now on."""
        event = ReviewEvent(
            *(f"shown {corpus}\x00{dialogue}\x00{annotator}", corpus, dialogue, annotator, ReviewAction.SHOWN),
            mode=ReviewMode.VERIFY,
        )

        def work(connection: Connection) -> None:
            hold(self._db, connection, corpus)
            if not _by_op_id(connection, [event.op_id]):
                _insert(connection, event, self._db.now(connection))

        self._db.write(work)

    def stored(self, op_ids: Sequence[str]) -> dict[str, StoredEvent]:
        """What stands in the store under these ids."""
        return {e.event.op_id: e for e in self._db.read(lambda c: _by_op_id(c, op_ids))} if op_ids else {}

    def events(
        self, corpus: str, dialogue: str | None = None, *, actions: Sequence[ReviewAction] = ()
    ) -> tuple[StoredEvent, ...]:
        """In the order they came."""
        query = _events(corpus, dialogue)
        if actions:
            query = query.where(review_events.c.action.in_([str(a) for a in actions]))
        return tuple(_stored(row) for row in self._db.read(lambda c: c.execute(query).all()))

    def votes(self, corpus: str, dialogue: str | None = None) -> tuple[Vote, ...]:
        """The labels that count, as votes of people."""
        return votes(self.events(corpus, dialogue, actions=_ABOUT_VOTES))

    def text(self, corpus: str, dialogue: str) -> DialogueText:
        """Speakers and text alone: the labels are not taken out of the row."""
        return self._db.read(lambda c: _text(c, corpus, dialogue))

    def labels(self, corpus: str, dialogue: str) -> dict[str, str]:
        """The gold or intended label of each utterance that has one: for verify mode alone."""
        body = select(dialogues.c.body).where(dialogues.c.corpus == corpus, dialogues.c.dialogue == dialogue)
        found = self._db.read(lambda c: c.scalar(body))
        return {} if found is None else {u.id: u.label for u in found.utterances if u.label}

    def scheme(self, corpus: str) -> LabelScheme:
        return self._db.read(lambda c: _scheme(c, corpus))

    def _undo(self, connection: Connection, event: ReviewEvent, at: float) -> StoredEvent:
        """An undo stands at the place of what it takes back; with nothing to take back it changes nothing."""
        target = _last_live(connection, event)
        if target is None:
            return _insert(connection, event, at)
        back = target.event
        placed = replace(event, dialogue=back.dialogue, utterance=back.utterance, mode=back.mode)
        stored = _insert(connection, placed, at, undoes=target.seq)
        self._settle(connection, stored, at)
        return stored

    def _settle(self, connection: Connection, stored: StoredEvent, at: float) -> None:
        """What an event changes beside itself: who is through with the dialogue, and the dialogue's state."""
        event = stored.event
        events = [_stored(row) for row in connection.execute(_events(event.corpus, event.dialogue))]
        turns = [turn.id for turn in _text(connection, event.corpus, event.dialogue).utterances]
        back = next((e.event.action for e in events if e.seq == stored.undoes), event.action)
        everybody = {(e.event.annotator, e.event.mode) for e in events}  # an edit concerns them all
        for who, mode in everybody if back == ReviewAction.EDIT else {(event.annotator, event.mode)}:
            through = done(events, event.dialogue, turns, who, mode)
            finish_slot(connection, at, event.corpus, event.dialogue, who, mode, finished=through)
        if any(e.event.action == ReviewAction.TURN_DOWN for e in events):
            self._decide(connection, event, events, at)

    def _decide(self, connection: Connection, event: ReviewEvent, events: Sequence[StoredEvent], at: float) -> None:
        self._db.hold(connection, f"corpus {event.corpus}")
        down = ReviewAction.TURN_DOWN in decisions(events).values()
        wanted = DialogueState.TURNED_DOWN if down else DialogueState.KEPT
        this = (dialogues.c.corpus == event.corpus, dialogues.c.dialogue == event.dialogue)
        before = connection.scalar(select(dialogues.c.state).where(*this))
        if before in (DialogueState.KEPT, DialogueState.TURNED_DOWN):  # dropped and surplus ones stay so
            reason = "turned down in review" if down else "no reviewer turns it down any more"
            move(connection, event.corpus, [event.dialogue], wanted, reason=reason, who=event.annotator, at=at)


def _check(connection: Connection, event: ReviewEvent) -> None:
    """InputError or NotFoundError for what cannot be meant."""
    turns = {turn.id for turn in _text(connection, event.corpus, event.dialogue).utterances}
    if not event.annotator or not event.op_id:
        raise InputError("a review event needs an annotator and an id", hint="say who you are first")
    if event.action in ON_UTTERANCES and event.utterance not in turns:
        raise NotFoundError(f"dialogue '{event.dialogue}' of '{event.corpus}' has no utterance '{event.utterance}'")
    if len(event.value) > _LONGEST:
        raise InputError(f"a text of {len(event.value):,} characters is too long", hint=f"at most {_LONGEST:,}")
    if event.action == ReviewAction.EDIT and not event.value.strip():
        raise InputError("an utterance cannot be edited to nothing", hint="turn the dialogue down instead")
    if event.action in (ReviewAction.LABEL, ReviewAction.SECOND):
        names = _scheme(connection, event.corpus).names
        empty = ("",) if event.action == ReviewAction.SECOND else (NONE_OF_THESE,)
        if event.value not in (*names, *empty):
            raise InputError(
                f"'{event.value}' is not a label of the scheme of '{event.corpus}'", hint=f"labels: {', '.join(names)}"
            )


def _anchored(connection: Connection, event: ReviewEvent) -> ReviewEvent:
    """Who has seen the intended labels of a dialogue cannot label it blind any more."""
    verified = _events(event.corpus, event.dialogue).where(
        review_events.c.annotator == event.annotator, review_events.c.mode == str(ReviewMode.VERIFY)
    )
    if event.mode == ReviewMode.VERIFY or connection.execute(verified.limit(1)).first() is None:
        return event
    return replace(event, mode=ReviewMode.VERIFY)


def _last_live(connection: Connection, event: ReviewEvent) -> StoredEvent | None:
    """What an undo takes back: the event it names, or the annotator's last one that still stands."""
    table, later = review_events.c, review_events.alias()
    fixed = (str(ReviewAction.UNDO), str(ReviewAction.SHOWN))
    query = select(review_events).where(
        table.corpus == event.corpus,
        table.annotator == event.annotator,
        table.action.not_in(fixed),
        ~exists().where(later.c.undoes == table.seq),
    )
    if event.value:
        query = query.where(table.op_id == event.value)
    row = connection.execute(query.order_by(table.seq.desc()).limit(1)).first()
    return None if row is None else _stored(row)


def _insert(
    connection: Connection, event: ReviewEvent, at: float, *, surplus: bool = False, undoes: int | None = None
) -> StoredEvent:
    row = {name: getattr(event, name) for name in _FIELDS} | {"action": str(event.action), "mode": str(event.mode)}
    connection.execute(insert(review_events).values(**row, at=at, surplus=surplus, undoes=undoes))
    return _by_op_id(connection, [event.op_id])[0]


def _same(stored: StoredEvent, event: ReviewEvent) -> StoredEvent:
    def told(e: ReviewEvent) -> tuple[str, ...]:
        place = () if e.action == ReviewAction.UNDO else (e.dialogue, e.utterance, e.revision)
        return (e.corpus, e.annotator, e.action, e.value, *place)

    if told(stored.event) != told(event):
        raise ConflictError(f"review event '{event.op_id}' is already there with other content")
    return stored


def _by_op_id(connection: Connection, op_ids: Sequence[str]) -> list[StoredEvent]:
    query = select(review_events).where(review_events.c.op_id.in_(op_ids)).order_by(review_events.c.seq)
    return [_stored(row) for row in connection.execute(query)]


def _events(corpus: str, dialogue: str | None = None) -> Select[Any]:
    query = select(review_events).where(review_events.c.corpus == corpus).order_by(review_events.c.seq)
    return query if dialogue is None else query.where(review_events.c.dialogue == dialogue)


def _stored(row: Row[Any]) -> StoredEvent:
    data = {name: getattr(row, name) for name in _FIELDS}
    event = ReviewEvent(**{**data, "action": ReviewAction(row.action), "mode": ReviewMode(row.mode)})
    return StoredEvent(row.seq, event, row.at, row.surplus, row.undoes)


def _text(connection: Connection, corpus: str, dialogue: str) -> DialogueText:
    body = type_coerce(dialogues.c.body, Document(DialogueText))
    query = select(body).where(dialogues.c.corpus == corpus, dialogues.c.dialogue == dialogue)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(
            f"'{corpus}' has no dialogue '{dialogue}'",
            hint="choose one that the corpus has; its ids are those of the source",
        )
    text: DialogueText = found[0]
    return text


def _scheme(connection: Connection, corpus: str) -> LabelScheme:
    found = connection.scalar(select(corpora.c.scheme).where(corpora.c.name == corpus))
    if found is None:
        there = ", ".join(sorted(connection.scalars(select(corpora.c.name)))) or "none yet"
        raise NotFoundError(f"there is no corpus '{corpus}'", hint=f"corpora in this workspace: {there}")
    scheme: LabelScheme = found
    return scheme
