"""Training runs, their predictions, and every look that was taken at a test split.

    store.training.add(run)
    store.training.save_predictions(run.id, Split.TEST, predictions)
    store.training.add_look(test_hash, run.id, who="ana", what="evaluate")   # 3: the third look at these dialogues

Looks are counted by the content of the test split, whatever the version is called.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from erc_engine.domain.conversation import Split
from erc_engine.domain.experiment import Prediction, TrainingRun
from erc_engine.errors import ConflictError, NotFoundError
from erc_engine.store.connections import Database
from erc_engine.store.tables import prediction_sets, predictions, test_looks, training_runs


class Training:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, run: TrainingRun) -> None:
        def work(connection: Connection) -> None:
            row = {"id": run.id, "version": run.version, "state": run.state, "body": run}
            connection.execute(insert(training_runs).values(**row, created_at=self._db.now(connection)))

        try:
            self._db.write(work)
        except ConflictError:
            raise ConflictError(
                f"there is already a training run '{run.id}'", hint="choose another name for it"
            ) from None

    def update(self, run: TrainingRun) -> None:
        """Sets state, scores on dev, what was chosen, notes. Of which version it is never changes."""

        def work(connection: Connection) -> None:
            before = _required(connection, run.id, lock=True)
            if before.version != run.version:
                raise ConflictError(f"training run '{run.id}' is of version '{before.version}', not '{run.version}'")
            changed = update(training_runs).where(training_runs.c.id == run.id)
            connection.execute(changed.values(state=run.state, body=run))

        self._db.write(work)

    def get(self, run_id: str) -> TrainingRun:
        return self._db.read(lambda c: _required(c, run_id))

    def list(self) -> tuple[TrainingRun, ...]:
        """Oldest first."""
        query = select(training_runs.c.body).order_by(training_runs.c.seq)
        return tuple(self._db.read(lambda c: c.scalars(query).all()))

    def save_predictions(self, run_id: str, split: Split, new: Sequence[Prediction]) -> None:
        """All of them at once, in place of those that this run had for the split."""
        key = {"run": run_id, "split": str(split)}
        rows = [
            {
                **key,
                "position": position,
                "dialogue": p.dialogue,
                "utterance": p.utterance,
                "label": p.label,
                "probabilities": None if p.probabilities is None else tuple(map(float, p.probabilities)),
            }
            for position, p in enumerate(new)
        ]

        def work(connection: Connection) -> None:
            _required(connection, run_id, lock=True)
            for table in (predictions, prediction_sets):
                connection.execute(delete(table).where(table.c.run == run_id, table.c.split == str(split)))
            connection.execute(insert(prediction_sets).values(**key, saved_at=self._db.now(connection)))
            if rows:
                connection.execute(insert(predictions), rows)

        self._db.write(work)

    def predictions(self, run_id: str, split: Split) -> tuple[Prediction, ...] | None:
        """In the order they were saved; None when nothing was saved for the split."""
        columns = [predictions.c[name] for name in ("dialogue", "utterance", "label", "probabilities")]
        query = select(*columns).where(predictions.c.run == run_id, predictions.c.split == str(split))
        saved = select(prediction_sets.c.run).where(
            prediction_sets.c.run == run_id, prediction_sets.c.split == str(split)
        )

        def work(connection: Connection) -> tuple[Prediction, ...] | None:
            if connection.scalar(saved) is None:
                return None
            return tuple(Prediction(*row) for row in connection.execute(query.order_by(predictions.c.position)))

        return self._db.read(work)

    def add_look(self, test_hash: str, run_id: str, who: str, what: str) -> int:
        """Books one look at a test split; how many there have been at this content, this one included."""

        def work(connection: Connection) -> int:
            self._db.hold(connection, f"looks {test_hash}")
            row = {"test_hash": test_hash, "run": run_id, "who": who, "what": what, "at": self._db.now(connection)}
            connection.execute(insert(test_looks).values(row))
            return _looks(connection, test_hash)

        return self._db.write(work)

    def looks(self, test_hash: str) -> int:
        return self._db.read(lambda c: _looks(c, test_hash))


def _looks(connection: Connection, test_hash: str) -> int:
    counted = select(func.count()).select_from(test_looks).where(test_looks.c.test_hash == test_hash)
    return connection.scalar(counted) or 0


def _required(connection: Connection, run_id: str, *, lock: bool = False) -> TrainingRun:
    query = select(training_runs.c.body).where(training_runs.c.id == run_id)
    run = connection.scalar(query.with_for_update() if lock else query)
    if run is None:
        there = ", ".join(connection.scalars(select(training_runs.c.id).order_by(training_runs.c.seq))) or "none yet"
        raise NotFoundError(f"there is no training run '{run_id}'", hint=f"runs in this workspace: {there}")
    return run
