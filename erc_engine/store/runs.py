"""Generation runs and their ledger: plans, one row per model attempt, and books that must balance.

    store.runs.create("r1", settings)
    store.runs.add_plan("r1", plan)                   # before anything is submitted for it
    store.runs.start_attempt(attempt)                 # in flight
    store.runs.finish_attempt(attempt, dialogue_into="my-set")    # accepted: ledger and corpus, or neither
    store.runs.books("r1").balanced                   # True, always

A plan is accepted at most once: `accepted(run, plan)` is a primary key. What was in flight when a process
died is marked lost on resuming, and whoever finishes it later is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, func, insert, select, update

from erc_engine.domain.curation import DialogueState
from erc_engine.domain.generation import LabelPlan
from erc_engine.domain.generation_runs import Attempt, AttemptState, Books, RunSettings, RunState
from erc_engine.errors import ConflictError, InputError, NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.corpora import insert_dialogues, move
from erc_engine.store.tables import accepted, attempts, plans, runs
from erc_engine.store.turn_repairs import lose_repairs

_FINAL = (AttemptState.ACCEPTED, AttemptState.REJECTED, AttemptState.FAILED, AttemptState.LOST)
_AT_ONCE = 500  # attempts read in one query

OUTCOME = (
    "seed",
    "state",
    "reason",
    "detail",
    "raw",
    "dialogue_id",
    "dialogue",
    "repairs",
    "prompt_hash",
    "finish",
    "prompt_tokens",
    "completion_tokens",
    "seconds",
    "injected",
    "surplus",
)

# Built once: a statement with bound parameters costs a third of one with `.values(…)`, and these run for every attempt.
_ADD_PLAN = insert(plans)
_START = insert(attempts)
_ACCEPT = insert(accepted)
_END = (
    update(attempts)
    .where(
        attempts.c.run == bindparam("of_run"),
        attempts.c.plan == bindparam("of_plan"),
        attempts.c.number == bindparam("of_number"),
        attempts.c.state == str(AttemptState.IN_FLIGHT),
    )
    .values({c.name: bindparam(c.name) for c in attempts.c if c.name in (*OUTCOME, "finished_at")})
)


@dataclass(frozen=True)
class StoredRun:
    id: str
    name: str
    settings: RunSettings
    state: RunState
    message: str
    created_at: datetime


class Runs:
    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, run_id: str, settings: RunSettings) -> None:
        def work(connection: Connection) -> None:
            row = {
                "id": run_id,
                "name": settings.name,
                "settings": settings,
                "state": str(RunState.RUNNING),
                "message": "",
            }
            connection.execute(insert(runs).values(**row, created_at=self._db.now(connection)))

        try:
            self._db.write(work)
        except ConflictError:
            raise ConflictError(
                f"there is already a run with the name '{settings.name}' or the id '{run_id}'",
                hint="resume that one, or choose another name",
            ) from None

    def by_name(self, name: str) -> StoredRun | None:
        row = self._db.read(lambda c: c.execute(select(runs).where(runs.c.name == name)).one_or_none())
        return None if row is None else _stored(row)

    def get(self, run_id: str) -> StoredRun:
        return _stored(self._db.read(lambda c: _required(c, run_id)))

    def list(self) -> tuple[StoredRun, ...]:
        rows = self._db.read(lambda c: c.execute(select(runs).order_by(runs.c.seq)).all())
        return tuple(_stored(row) for row in rows)

    def set_state(self, run_id: str, state: RunState, message: str = "") -> None:
        def work(connection: Connection) -> None:
            _required(connection, run_id)
            changed = update(runs).where(runs.c.id == run_id).values(state=str(state), message=message)
            connection.execute(changed)

        self._db.write(work)

    def add_plan(self, run_id: str, plan: LabelPlan) -> None:
        row = {"run": run_id, "plan": plan.id, "ordinal": plan.ordinal, "body": plan}
        self._db.write(lambda c: c.execute(insert(plans).values(row)))

    def plans(self, run_id: str) -> tuple[LabelPlan, ...]:
        query = select(plans.c.body).where(plans.c.run == run_id).order_by(plans.c.ordinal)
        return tuple(self._db.read(lambda c: c.scalars(query).all()))

    def start_attempt(self, attempt: Attempt, *, new_plan: LabelPlan | None = None) -> None:
        """Books it as submitted and in flight, together with its plan when that is new.

        ConflictError if the plan already has an attempt of this number.
        """
        if attempt.state != AttemptState.IN_FLIGHT:
            raise InputError(f"attempt {attempt.id} starts as {attempt.state}, not in flight")

        def work(connection: Connection) -> None:
            if new_plan is not None:
                connection.execute(_ADD_PLAN, _plan_row(attempt.run, new_plan))
            row = {"run": attempt.run, "plan": attempt.plan, "number": attempt.number, **_outcome(attempt)}
            connection.execute(_START, {**row, "submitted_at": self._db.now(connection)})

        self._db.write(work)

    def finish_attempt(self, attempt: Attempt, *, dialogue_into: str | None) -> None:
        """Ends an attempt that is in flight. An accepted one puts its dialogue into the corpus in the same transaction.

        ConflictError, and nothing changed, when it has ended before (marked lost, too), when its plan was
        accepted already, or when the corpus has a dialogue of that id.
        """
        if attempt.state not in _FINAL:
            raise InputError(f"attempt {attempt.id} cannot end as {attempt.state}")
        if attempt.state == AttemptState.ACCEPTED and attempt.dialogue is None:
            raise InputError(f"attempt {attempt.id} is accepted without a dialogue")

        def work(connection: Connection) -> None:
            at = self._db.now(connection)
            of = {"of_run": attempt.run, "of_plan": attempt.plan, "of_number": attempt.number}
            if connection.execute(_END, {**of, **_outcome(attempt), "finished_at": at}).rowcount == 0:
                raise _not_in_flight(connection, attempt)
            if attempt.state == AttemptState.ACCEPTED and attempt.dialogue is not None:
                row = {"run": attempt.run, "plan": attempt.plan, "number": attempt.number, "at": at}
                connection.execute(_ACCEPT, row)
                if dialogue_into is not None:
                    insert_dialogues(connection, dialogue_into, [attempt.dialogue])

        try:
            self._db.write(work)
        except ConflictError as error:
            raise ConflictError(f"attempt {attempt.id} cannot be accepted: {error.message}", hint=error.hint) from None

    def mark_lost(self, run_id: str) -> int:
        """Gives up what is in flight, repairs too, before resuming a run whose process is gone; how many attempts."""
        given_up = update(attempts).where(attempts.c.run == run_id, attempts.c.state == str(AttemptState.IN_FLIGHT))

        def work(connection: Connection) -> int:
            _required(connection, run_id)
            at = self._db.now(connection)
            lose_repairs(connection, run_id, at)
            return connection.execute(given_up.values(state=str(AttemptState.LOST), finished_at=at)).rowcount

        return self._db.write(work)

    def attempts(self, run_id: str, *, with_text: bool = True) -> Iterator[Attempt]:
        """In the order they were submitted; without text, `raw` is empty and `dialogue` None (much faster)."""
        columns = [c for c in attempts.c if with_text or c.name not in ("raw", "dialogue")]
        query = select(*columns).where(attempts.c.run == run_id).order_by(attempts.c.seq).limit(_AT_ONCE)
        last = 0
        while True:
            part = query.where(attempts.c.seq > last)
            rows = self._db.read(lambda c, part=part: c.execute(part).all())  # type: ignore[misc]
            yield from (attempt_of(row) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1].seq

    def books(self, run_id: str) -> Books:
        """One query: accepted is counted from the accepted plans, the rest by the attempts' states."""
        of_run = attempts.c.run == run_id
        counted = [
            func.count(case((attempts.c.state == str(state), 1))).label(str(state))
            for state in (AttemptState.REJECTED, AttemptState.FAILED, AttemptState.LOST, AttemptState.IN_FLIGHT)
        ]
        in_corpus = select(func.count()).select_from(accepted).where(accepted.c.run == run_id).scalar_subquery()
        query = select(func.count().label("submitted"), in_corpus.label("accepted"), *counted).where(of_run)
        return Books(**self._db.read(lambda c: c.execute(query.select_from(attempts)).one())._mapping)

    def mark_surplus(self, run_id: str, plan_ids: Collection[str], corpus: str) -> int:
        """Marks accepted dialogues that the final trim leaves out, in ledger and corpus at once; how many were new."""
        wanted = set(plan_ids)

        def work(connection: Connection) -> int:
            self._db.hold(connection, f"corpus {corpus}")
            query = select(attempts.c.plan, attempts.c.dialogue_id, attempts.c.surplus, attempts.c.seq)
            of_run = query.where(attempts.c.run == run_id, attempts.c.state == str(AttemptState.ACCEPTED))
            rows = [row for row in connection.execute(of_run.order_by(attempts.c.seq)) if row.plan in wanted]
            missing = wanted - {row.plan for row in rows}
            if missing:
                raise NotFoundError(f"run '{run_id}' has accepted nothing for plan '{min(missing)}'")
            new = [row for row in rows if not row.surplus]
            for row in new:
                connection.execute(update(attempts).where(attempts.c.seq == row.seq).values(surplus=True))
            ids = [row.dialogue_id for row in new]
            reason, at = "more than the run was asked for", self._db.now(connection)
            move(connection, corpus, ids, DialogueState.SURPLUS, reason=reason, who=f"run {run_id}", at=at)
            return len(new)

        return self._db.write(work)


def _stored(row: Row[Any]) -> StoredRun:
    return StoredRun(row.id, row.name, row.settings, RunState(row.state), row.message, row.created_at)


def _required(connection: Connection, run_id: str) -> Row[Any]:
    row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        names = ", ".join(connection.scalars(select(runs.c.name).order_by(runs.c.seq))) or "none yet"
        raise NotFoundError(f"there is no run with the id '{run_id}'", hint=f"runs in this workspace: {names}")
    return row


def _is(attempt: Attempt) -> Any:
    return and_(attempts.c.run == attempt.run, attempts.c.plan == attempt.plan, attempts.c.number == attempt.number)


def _not_in_flight(connection: Connection, attempt: Attempt) -> ConflictError | NotFoundError:
    state = connection.scalar(select(attempts.c.state).where(_is(attempt)))
    if state is None:
        return NotFoundError(f"attempt {attempt.id} was never started")
    return ConflictError(f"it has already ended as {state}", hint="the run was resumed elsewhere; nothing was changed")


def _plan_row(run_id: str, plan: LabelPlan) -> dict[str, Any]:
    return {"run": run_id, "plan": plan.id, "ordinal": plan.ordinal, "body": plan}


def _outcome(attempt: Attempt) -> dict[str, Any]:
    told = {name: getattr(attempt, name) for name in OUTCOME if name != "dialogue_id"}
    return {**told, "state": str(attempt.state), "dialogue_id": attempt.dialogue.id if attempt.dialogue else None}


def attempt_of(row: Row[Any]) -> Attempt:
    data = dict(row._mapping)
    for column in ("seq", "dialogue_id", "submitted_at", "finished_at"):
        del data[column]
    return Attempt(**{**data, "state": AttemptState(data["state"])})
