"""A run's ledger read row by row, for runs too long to be held in memory; writing it is `runs`.

    for plan in store.ledger.plans("r1"): …                # by ordinal
    for outcome in store.ledger.outcomes("r1"): …          # as submitted; labels instead of dialogues and texts
    for attempt in store.ledger.as_they_ended("r1"): …     # whole attempts, in the order in which they ended

Rows are read some hundred at a time, each time in a transaction of its own: what is added meanwhile may be among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, select, type_coerce

from erc_engine.domain.generation import LabelPlan
from erc_engine.domain.generation_runs import Attempt, AttemptState
from erc_engine.errors import NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.runs import attempt_of
from erc_engine.store.tables import attempts, plans

_AT_ONCE = 500


@dataclass(frozen=True)
class StoredOutcome:
    """An attempt without its texts. `labels` are those of an accepted dialogue, None for a masked turn, else None."""

    plan: str
    state: AttemptState
    reason: str
    injected: str | None
    surplus: bool
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float
    labels: tuple[str | None, ...] | None


class Ledger:
    def __init__(self, database: Database) -> None:
        self._db = database

    def plan(self, run_id: str, plan_id: str) -> LabelPlan:
        query = select(plans.c.body).where(plans.c.run == run_id, plans.c.plan == plan_id)
        found: LabelPlan | None = self._db.read(lambda c: c.scalar(query))
        if found is None:
            raise NotFoundError(f"run '{run_id}' has no plan '{plan_id}'")
        return found

    def plans(self, run_id: str) -> Iterator[LabelPlan]:
        """By ordinal."""
        query = select(plans.c.ordinal, plans.c.body).where(plans.c.run == run_id)
        for row in self._parts(query, plans.c.ordinal):
            yield row.body

    def expected(self, run_id: str) -> Iterator[tuple[int, Mapping[str, float]]]:
        """Ordinal of each plan and what it is counted on for."""
        query = select(plans.c.ordinal, type_coerce(plans.c.body, Text).label("body")).where(plans.c.run == run_id)
        for row in self._parts(query, plans.c.ordinal):
            yield row.ordinal, json.loads(row.body)["expected"]

    def outcomes(self, run_id: str) -> Iterator[StoredOutcome]:
        """In the order of submission."""
        light = ("plan", "reason", "injected", "surplus", "prompt_tokens", "completion_tokens", "seconds")
        columns = [attempts.c.seq, attempts.c.state, type_coerce(attempts.c.dialogue, Text).label("dialogue")]
        query = select(*columns, *(attempts.c[name] for name in light)).where(attempts.c.run == run_id)
        for row in self._parts(query, attempts.c.seq):
            accepted = row.dialogue and row.state == AttemptState.ACCEPTED
            labels = tuple(u["label"] for u in json.loads(row.dialogue)["utterances"]) if accepted else None
            told = {name: row._mapping[name] for name in light}
            yield StoredOutcome(state=AttemptState(row.state), labels=labels, **told)

    def as_they_ended(self, run_id: str) -> Iterator[Attempt]:
        """Attempts that ended, the first to end first."""
        ended = select(attempts.c.seq).where(attempts.c.run == run_id, attempts.c.finished_at.is_not(None))
        ordered = self._db.read(lambda c: c.scalars(ended.order_by(attempts.c.finished_at, attempts.c.seq)).all())
        for start in range(0, len(ordered), _AT_ONCE):
            part = list(ordered[start : start + _AT_ONCE])
            query = select(attempts).where(attempts.c.seq.in_(part))
            rows = {row.seq: row for row in self._db.read(lambda c, query=query: c.execute(query).all())}  # type: ignore[misc]
            yield from (attempt_of(rows[seq]) for seq in part)

    def _parts(self, query: Select[Any], key: Any) -> Iterator[Any]:
        ordered, last = query.order_by(key).limit(_AT_ONCE), -1
        while True:
            part = ordered.where(key > last)
            rows = self._db.read(lambda c, part=part: c.execute(part).all())  # type: ignore[misc]
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1]._mapping[key.name]
