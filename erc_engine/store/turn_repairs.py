"""Repairs of single turns, each written down before it is asked for, with books that must balance.

    store.turn_repairs.start(repair)         # in flight
    store.turn_repairs.finish(repair)        # mended, refused or failed; ConflictError when it has ended before
    store.turn_repairs.books("r1").balanced  # True, always

What was in flight when a process died is marked lost together with its attempt (`runs.mark_lost`).
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, func, insert, select, update

from erc_engine.domain.generation_runs import Attempt
from erc_engine.domain.turn_repairs import RepairBooks, RepairState, TurnRepair
from erc_engine.errors import ConflictError
from erc_engine.store.connections import Database
from erc_engine.store.tables import turn_repairs as table


class TurnRepairs:
    def __init__(self, database: Database) -> None:
        self._db = database

    def start(self, repair: TurnRepair) -> None:
        row = {"run": repair.run, "plan": repair.plan, "attempt": repair.attempt, "number": repair.number}
        row |= {"state": str(RepairState.IN_FLIGHT), "body": repair}
        self._db.write(lambda c: c.execute(insert(table).values(**row, asked_at=self._db.now(c))))

    def finish(self, repair: TurnRepair) -> None:
        ending = update(table).where(
            table.c.run == repair.run,
            table.c.plan == repair.plan,
            table.c.attempt == repair.attempt,
            table.c.number == repair.number,
            table.c.state == str(RepairState.IN_FLIGHT),
        )

        def work(connection: Connection) -> int:
            values = {"state": str(repair.state), "body": repair, "ended_at": self._db.now(connection)}
            return connection.execute(ending.values(values)).rowcount

        if not self._db.write(work):
            raise ConflictError(f"repair {repair.id} is not in flight", hint="the run was resumed elsewhere")

    def of(self, run_id: str, attempt: Attempt | None = None) -> tuple[TurnRepair, ...]:
        """In the order they were asked for; of one attempt, by its plan and number, when one is given."""
        query = select(table.c.body, table.c.state).where(table.c.run == run_id).order_by(table.c.seq)
        if attempt is not None:
            query = query.where(table.c.plan == attempt.plan, table.c.attempt == attempt.number)
        rows = self._db.read(lambda c: c.execute(query).all())
        return tuple(replace(row.body, state=RepairState(row.state)) for row in rows)

    def books(self, run_id: str) -> RepairBooks:
        query = select(table.c.state, func.count()).where(table.c.run == run_id).group_by(table.c.state)
        counts = {row[0]: row[1] for row in self._db.read(lambda c: c.execute(query).all())}
        return RepairBooks(sum(counts.values()), **{str(state): counts.get(str(state), 0) for state in RepairState})


def lose_repairs(connection: Connection, run_id: str, at: float) -> None:
    given_up = update(table).where(table.c.run == run_id, table.c.state == str(RepairState.IN_FLIGHT))
    connection.execute(given_up.values(state=str(RepairState.LOST), ended_at=at))
