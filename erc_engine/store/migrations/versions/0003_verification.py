"""Verification: who verified, verdicts on turns, dialogues drawn for a blind check, and repairs of single turns."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double, nullable=False) for name in names]


def _seq() -> sa.Column[int]:
    return sa.Column("seq", _BIG, primary_key=True, autoincrement=True)


def upgrade() -> None:
    op.create_table(
        "verifiers", *_texts("id", "body"), *_moments("at"), sa.PrimaryKeyConstraint("id", name="pk_verifiers")
    )
    op.create_table(
        "verdicts",
        _seq(),
        *_texts("corpus", "dialogue", "utterance", "verifier", "text_hash"),
        sa.Column("intended", sa.Text),
        *_texts("opinion", "warning"),
        *_moments("at"),
        sa.PrimaryKeyConstraint("seq", name="pk_verdicts"),
        sa.UniqueConstraint("corpus", "dialogue", "utterance", "verifier", "text_hash", name="uq_verdicts_corpus"),
        sa.ForeignKeyConstraint(["verifier"], ["verifiers.id"], name="fk_verdicts_verifier"),
    )
    op.create_index("ix_verdicts_verifier_text_hash", "verdicts", ["verifier", "text_hash"])
    op.create_table(
        "gate_samples",
        _seq(),
        *_texts("sample", "dialogue", "corpus", "body"),
        *_moments("at"),
        sa.PrimaryKeyConstraint("seq", name="pk_gate_samples"),
        sa.UniqueConstraint("sample", "dialogue", name="uq_gate_samples_sample"),
        sa.ForeignKeyConstraint(["sample"], ["corpora.name"], name="fk_gate_samples_sample"),
    )
    op.create_index("ix_gate_samples_corpus", "gate_samples", ["corpus"])
    op.create_table(
        "turn_repairs",
        _seq(),
        *_texts("run", "plan"),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *_texts("state", "body"),
        *_moments("asked_at"),
        sa.Column("ended_at", sa.Double),
        sa.PrimaryKeyConstraint("seq", name="pk_turn_repairs"),
        sa.UniqueConstraint("run", "plan", "attempt", "number", name="uq_turn_repairs_run"),
        sa.ForeignKeyConstraint(
            ["run", "plan", "attempt"],
            ["attempts.run", "attempts.plan", "attempts.number"],
            name="fk_turn_repairs_attempt",
        ),
    )
