"""Prompt lab: promotions of recipe versions, labs, and every reply of theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moment(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", _BIG, primary_key=True, autoincrement=True)


def upgrade() -> None:
    op.create_table(
        "promotions",
        _seq(),
        *_texts("name", "hash", "who", "why"),
        _moment("at"),
        sa.PrimaryKeyConstraint("seq", name="pk_promotions"),
    )
    op.create_index("ix_promotions_name", "promotions", ["name"])
    op.create_table(
        "labs",
        _seq(),
        *_texts("id", "settings", "plans"),
        sa.Column("report", sa.Text),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("seq", name="pk_labs"),
        sa.UniqueConstraint("id", name="uq_labs_id"),
    )
    op.create_table(
        "lab_attempts",
        _seq(),
        *_texts("lab", "arm", "plan"),
        sa.Column("reply", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *_texts("seed", "text", "finish"),
        sa.Column("prompt_tokens", sa.Integer),
        sa.Column("completion_tokens", sa.Integer),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("injected", sa.Text),
        *_texts("error"),
        _moment("at"),
        sa.PrimaryKeyConstraint("seq", name="pk_lab_attempts"),
        sa.UniqueConstraint("lab", "arm", "plan", "reply", "number", name="uq_lab_attempts_lab"),
        sa.ForeignKeyConstraint(["lab"], ["labs.id"], name="fk_lab_attempts_lab"),
    )
