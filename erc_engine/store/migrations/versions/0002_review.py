"""Review: events that are only added, places with leases, where each annotator was, and the overlap."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double, nullable=False) for name in names]


def _seq() -> sa.Column[int]:
    return sa.Column("seq", _BIG, primary_key=True, autoincrement=True)


def _of_a_dialogue(table: str) -> sa.ForeignKeyConstraint:
    columns = ["corpus", "dialogue"]
    return sa.ForeignKeyConstraint(columns, [f"dialogues.{c}" for c in columns], name=f"fk_{table}_corpus")


def _of_a_corpus(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["corpus"], ["corpora.name"], name=f"fk_{table}_corpus")


def upgrade() -> None:
    op.create_table(
        "review_settings",
        *_texts("corpus"),
        sa.Column("overlap", sa.Integer, nullable=False),
        *_texts("who"),
        *_moments("at"),
        sa.PrimaryKeyConstraint("corpus", name="pk_review_settings"),
        _of_a_corpus("review_settings"),
    )
    op.create_table(
        "review_events",
        _seq(),
        *_texts("op_id", "corpus", "dialogue", "utterance", "annotator", "action", "value", "revision", "mode", "seen"),
        sa.Column("surplus", sa.Boolean, nullable=False),
        sa.Column("undoes", _BIG),
        *_moments("at"),
        sa.PrimaryKeyConstraint("seq", name="pk_review_events"),
        sa.UniqueConstraint("op_id", name="uq_review_events_op_id"),
        sa.UniqueConstraint("undoes", name="uq_review_events_undoes"),
        sa.ForeignKeyConstraint(["undoes"], ["review_events.seq"], name="fk_review_events_undoes"),
        _of_a_dialogue("review_events"),
    )
    op.create_table(
        "review_slots",
        _seq(),
        *_texts("corpus", "mode", "dialogue"),
        sa.Column("slot", sa.Integer, nullable=False),
        *_texts("annotator"),
        *_moments("taken_at", "expires_at"),
        sa.Column("finished_at", sa.Double),
        sa.PrimaryKeyConstraint("seq", name="pk_review_slots"),
        sa.UniqueConstraint("corpus", "mode", "dialogue", "slot", name="uq_review_slots_slot"),
        sa.UniqueConstraint("corpus", "mode", "dialogue", "annotator", name="uq_review_slots_annotator"),
        _of_a_dialogue("review_slots"),
    )
    op.create_table(
        "review_positions",
        *_texts("corpus", "annotator", "mode", "dialogue", "utterance"),
        *_moments("at"),
        sa.PrimaryKeyConstraint("corpus", "annotator", "mode", name="pk_review_positions"),
        _of_a_corpus("review_positions"),
    )
    for table, column in (("review_events", "dialogue"), ("review_events", "annotator"), ("review_slots", "annotator")):
        op.create_index(f"ix_{table}_corpus_{column}", table, ["corpus", column])
