"""Labs of the Prompt studio: what was asked, every reply of both versions, and the report once it is complete.

store.labs.create("lab-1c2d3e4f", settings, plans)     # once; the same again is nothing new
store.labs.add_reply(reply)                            # as it came, failed ones too
store.labs.replies("lab-1c2d3e4f")                     # in the order they came
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from erc_engine.domain.generation import LabelPlan
from erc_engine.domain.prompt_lab import Arm, LabReply, LabReport, LabSettings
from erc_engine.errors import NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import lab_attempts, labs


@dataclass(frozen=True)
class StoredLab:
    """`report` is there once the lab is complete."""

    id: str
    settings: LabSettings
    plans: tuple[LabelPlan, ...]
    report: LabReport | None
    created_at: datetime


class Labs:
    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, lab_id: str, settings: LabSettings, plans: Sequence[LabelPlan]) -> None:
        """Nothing if it is there: a lab's id follows from its settings."""

        def work(connection: Connection) -> None:
            self._db.hold(connection, f"lab {lab_id}")
            if connection.scalar(select(labs.c.seq).where(labs.c.id == lab_id)) is None:
                row = {"id": lab_id, "settings": settings, "plans": tuple(plans)}
                connection.execute(insert(labs).values(**row, created_at=self._db.now(connection)))

        self._db.write(work)

    def add_reply(self, reply: LabReply) -> None:
        """ConflictError if this call is there already."""

        def work(connection: Connection) -> None:
            connection.execute(insert(lab_attempts).values(vars(reply) | {"at": self._db.now(connection)}))

        self._db.write(work)

    def finish(self, lab_id: str, report: LabReport) -> None:
        """Keeps the report of a complete lab; the first one stays."""
        done = update(labs).where(labs.c.id == lab_id, labs.c.report.is_(None)).values(report=report)
        self._db.write(lambda c: c.execute(done))

    def find(self, lab_id: str) -> StoredLab | None:
        row = self._db.read(lambda c: c.execute(select(labs).where(labs.c.id == lab_id)).one_or_none())
        return None if row is None else _stored(row)

    def get(self, lab_id: str) -> StoredLab:
        found = self.find(lab_id)
        if found is None:
            names = self._db.read(lambda c: c.scalars(select(labs.c.id).order_by(labs.c.seq)).all())
            raise NotFoundError(
                f"there is no lab '{lab_id}' in this workspace", hint=f"labs: {', '.join(names) or 'none yet'}"
            )
        return found

    def list(self) -> tuple[StoredLab, ...]:
        """The newest first."""
        rows = self._db.read(lambda c: c.execute(select(labs).order_by(labs.c.seq.desc())).all())
        return tuple(_stored(row) for row in rows)

    def calls(self, lab_id: str) -> int:
        query = select(func.count()).select_from(lab_attempts).where(lab_attempts.c.lab == lab_id)
        return self._db.read(lambda c: c.scalar(query)) or 0

    def replies(self, lab_id: str) -> tuple[LabReply, ...]:
        query = select(lab_attempts).where(lab_attempts.c.lab == lab_id).order_by(lab_attempts.c.seq)
        return tuple(_reply(row) for row in self._db.read(lambda c: c.execute(query).all()))


def _stored(row: Row[Any]) -> StoredLab:
    return StoredLab(row.id, row.settings, row.plans, row.report, row.created_at)


def _reply(row: Row[Any]) -> LabReply:
    data = {key: value for key, value in row._mapping.items() if key not in ("seq", "at")}
    return LabReply(**(data | {"arm": Arm(row.arm)}))
