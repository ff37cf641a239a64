"""The first tables: corpora, votes, recipes, runs with their ledger, versions, training, jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _seq() -> sa.Column[int]:
    return sa.Column("seq", _BIG, primary_key=True, autoincrement=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _maybe(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text) for name in names]


def _moments(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double, nullable=False) for name in names]


def _whole(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean, nullable=False) for name in names]


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _unique(table: str, *columns: str, name: str | None = None) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=name or f"uq_{table}_{columns[0]}")


def _refers(table: str, columns: str, target: str, name: str | None = None) -> sa.ForeignKeyConstraint:
    other, _, keys = target.partition(".")
    own = columns.split()
    return sa.ForeignKeyConstraint(own, [f"{other}.{k}" for k in keys.split()], name=name or f"fk_{table}_{own[0]}")


def _table(name: str, *parts: sa.Column | sa.Constraint | list) -> None:
    flat = [item for part in parts for item in (part if isinstance(part, list) else [part])]
    if not any(isinstance(item, sa.PrimaryKeyConstraint) for item in flat):
        flat.append(_key(name, "seq"))
    op.create_table(name, *flat)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade() -> None:
    _corpora()
    _recipes_and_runs()
    _versions_and_training()
    _jobs()


def _corpora() -> None:
    _table(
        "corpora",
        _texts("name", "kind", "origin"),
        _maybe("version"),
        _texts("hash", "source", "scheme", "licence", "faults"),
        _moments("created_at"),
        _key("corpora", "name"),
    )
    _table(
        "dialogues",
        _seq(),
        _texts("corpus", "dialogue", "split", "state", "body"),
        _unique("dialogues", "corpus", "dialogue"),
        _refers("dialogues", "corpus", "corpora.name"),
    )
    _table(
        "state_events",
        _seq(),
        _texts("corpus", "dialogue", "before", "state", "reason", "who"),
        _moments("at"),
        _refers("state_events", "corpus dialogue", "dialogues.corpus dialogue"),
    )
    _index("state_events", "corpus", "dialogue")
    _table(
        "votes",
        _seq(),
        _texts("op_id", "corpus", "dialogue", "utterance", "annotator", "kind", "label"),
        _whole("count"),
        _texts("mode", "seen", "source"),
        _moments("at"),
        _unique("votes", "op_id"),
        _refers("votes", "corpus dialogue", "dialogues.corpus dialogue"),
    )
    _index("votes", "corpus", "kind")


def _recipes_and_runs() -> None:
    _table(
        "recipes",
        _seq(),
        _texts("name", "hash"),
        _whole("version"),
        _texts("text"),
        _moments("created_at"),
        _unique("recipes", "name", "version"),
        _unique("recipes", "name", "hash", name="uq_recipes_name_hash"),
    )
    _index("recipes", "hash")
    _table(
        "runs",
        _seq(),
        _texts("id", "name", "settings", "state", "message"),
        _moments("created_at"),
        _unique("runs", "id"),
        _unique("runs", "name"),
    )
    _table(
        "plans",
        _texts("run", "plan"),
        _whole("ordinal"),
        _texts("body"),
        _key("plans", "run", "plan"),
        _unique("plans", "run", "ordinal"),
        _refers("plans", "run", "runs.id"),
    )
    _table(
        "attempts",
        _seq(),
        _texts("run", "plan"),
        _whole("number"),
        _texts("seed", "state", "reason", "detail", "raw"),
        _maybe("dialogue_id", "dialogue"),
        _texts("repairs", "prompt_hash", "finish"),
        sa.Column("prompt_tokens", sa.Integer),
        sa.Column("completion_tokens", sa.Integer),
        sa.Column("seconds", sa.Double, nullable=False),
        _maybe("injected"),
        _flags("surplus"),
        _moments("submitted_at"),
        sa.Column("finished_at", sa.Double),
        _unique("attempts", "run", "plan", "number"),
        _refers("attempts", "run plan", "plans.run plan"),
    )
    _index("attempts", "run", "state")
    _table(
        "accepted",
        _texts("run", "plan"),
        _whole("number"),
        _moments("at"),
        _key("accepted", "run", "plan"),
        _refers("accepted", "run plan number", "attempts.run plan number", name="fk_accepted_attempt"),
    )


def _versions_and_training() -> None:
    _table("versions", _texts("name", "hash", "body"), _moments("created_at"), _key("versions", "name"))
    _table(
        "version_dialogues",
        _texts("version", "split"),
        _whole("position"),
        _texts("body"),
        _key("version_dialogues", "version", "split", "position"),
        _refers("version_dialogues", "version", "versions.name"),
    )
    _table(
        "version_soft",
        _texts("version", "split"),
        _whole("position"),
        _texts("dialogue", "utterance", "shares"),
        _key("version_soft", "version", "split", "position"),
        _refers("version_soft", "version", "versions.name"),
    )
    _table(
        "training_runs",
        _seq(),
        _texts("id", "version", "state", "body"),
        _moments("created_at"),
        _unique("training_runs", "id"),
    )
    _table(
        "prediction_sets",
        _texts("run", "split"),
        _moments("saved_at"),
        _key("prediction_sets", "run", "split"),
        _refers("prediction_sets", "run", "training_runs.id"),
    )
    _table(
        "predictions",
        _texts("run", "split"),
        _whole("position"),
        _texts("dialogue", "utterance", "label"),
        _maybe("probabilities"),
        _key("predictions", "run", "split", "position"),
        _refers("predictions", "run split", "prediction_sets.run split"),
    )
    _table("test_looks", _seq(), _texts("test_hash", "run", "who", "what"), _moments("at"))
    _index("test_looks", "test_hash")


def _jobs() -> None:
    _table(
        "jobs",
        _seq(),
        _texts("id", "kind", "arguments", "state"),
        _whole("claim"),
        _texts("worker"),
        _flags("here"),
        sa.Column("progress", sa.Double),
        _texts("message"),
        _maybe("result", "error"),
        _flags("cancel_requested"),
        _moments("created_at"),
        sa.Column("started_at", sa.Double),
        sa.Column("heartbeat_at", sa.Double),
        sa.Column("finished_at", sa.Double),
        _unique("jobs", "id"),
    )
    _index("jobs", "state")
    _table("job_lines", _seq(), _texts("job"), _moments("at"), _texts("text"), _refers("job_lines", "job", "jobs.id"))
    _index("job_lines", "job")
    _table("leases", _texts("name", "holder"), _moments("expires_at"), _key("leases", "name"))
