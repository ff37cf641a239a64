"""The tables as SQLAlchemy sees them. What creates them stands in `migrations`; a test holds the two equal.

Rows are added and marked, never deleted. Text from outside is `SafeText`, domain objects are `Document`s;
a `seq` column keeps the order in which rows came.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from erc_engine.domain.conversation import Dialogue, Licence
from erc_engine.domain.experiment import DatasetVersion, TrainingRun
from erc_engine.domain.generation import LabelPlan, Repair
from erc_engine.domain.generation_runs import RunSettings
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.prompt_lab import LabReport, LabSettings
from erc_engine.domain.reports import Fault
from erc_engine.domain.turn_repairs import TurnRepair
from erc_engine.domain.verification import Opinion, SampledDialogue, Verifier
from erc_engine.store.columns import Document, Moment, SafeText, WholeNumber

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _seq() -> Column[int]:
    return Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _text(name: str, **more: Any) -> Column[str]:
    return Column(name, SafeText, nullable=False, **more)


def _to(name: str, target: str, **more: Any) -> Column[str]:
    return Column(name, SafeText, ForeignKey(target), nullable=False, **more)


def _at(name: str = "at") -> Column[Any]:
    return Column(name, Moment, nullable=False)


corpora = Table(
    "corpora",
    metadata,
    _text("name", primary_key=True),
    _text("kind"),
    _text("origin"),
    Column("version", SafeText),
    _text("hash"),
    _text("source"),
    Column("scheme", Document(LabelScheme), nullable=False),
    Column("licence", Document(Licence), nullable=False),
    Column("faults", Document(tuple[Fault, ...]), nullable=False),
    _at("created_at"),
)

dialogues = Table(
    "dialogues",
    metadata,
    _seq(),
    _to("corpus", "corpora.name"),
    _text("dialogue"),
    _text("split"),
    _text("state"),
    Column("body", Document(Dialogue), nullable=False),
    UniqueConstraint("corpus", "dialogue"),
)

state_events = Table(
    "state_events",
    metadata,
    _seq(),
    _text("corpus"),
    _text("dialogue"),
    _text("before"),
    _text("state"),
    _text("reason"),
    _text("who"),
    _at(),
    ForeignKeyConstraint(["corpus", "dialogue"], ["dialogues.corpus", "dialogues.dialogue"]),
    Index(None, "corpus", "dialogue"),
)

votes = Table(
    "votes",
    metadata,
    _seq(),
    _text("op_id", unique=True),
    _text("corpus"),
    _text("dialogue"),
    _text("utterance"),
    _text("annotator"),
    _text("kind"),
    _text("label"),
    Column("count", Integer, nullable=False),
    _text("mode"),
    _text("seen"),
    _text("source"),
    _at(),
    ForeignKeyConstraint(["corpus", "dialogue"], ["dialogues.corpus", "dialogues.dialogue"]),
    Index(None, "corpus", "kind"),
)

recipes = Table(
    "recipes",
    metadata,
    _seq(),
    _text("name"),
    _text("hash"),
    Column("version", Integer, nullable=False),
    _text("text"),
    _at("created_at"),
    UniqueConstraint("name", "version"),
    UniqueConstraint("name", "hash", name="uq_recipes_name_hash"),
    Index(None, "hash"),
)

runs = Table(
    "runs",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("name", unique=True),
    Column("settings", Document(RunSettings), nullable=False),
    _text("state"),
    _text("message"),
    _at("created_at"),
)

plans = Table(
    "plans",
    metadata,
    _to("run", "runs.id", primary_key=True),
    _text("plan", primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("body", Document(LabelPlan), nullable=False),
    UniqueConstraint("run", "ordinal"),
)

attempts = Table(
    "attempts",
    metadata,
    _seq(),
    _text("run"),
    _text("plan"),
    Column("number", Integer, nullable=False),
    Column("seed", WholeNumber, nullable=False),
    _text("state"),
    _text("reason"),
    _text("detail"),
    _text("raw"),
    Column("dialogue_id", SafeText),
    Column("dialogue", Document(Dialogue)),
    Column("repairs", Document(tuple[Repair, ...]), nullable=False),
    _text("prompt_hash"),
    _text("finish"),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("seconds", Double, nullable=False),
    Column("injected", SafeText),
    Column("surplus", Boolean, nullable=False),
    _at("submitted_at"),
    Column("finished_at", Moment),
    UniqueConstraint("run", "plan", "number"),
    ForeignKeyConstraint(["run", "plan"], ["plans.run", "plans.plan"]),
    Index(None, "run", "state"),
)

accepted = Table(
    "accepted",
    metadata,
    _text("run", primary_key=True),
    _text("plan", primary_key=True),
    Column("number", Integer, nullable=False),
    _at(),
    ForeignKeyConstraint(
        ["run", "plan", "number"], ["attempts.run", "attempts.plan", "attempts.number"], name="fk_accepted_attempt"
    ),
)

versions = Table(
    "versions",
    metadata,
    _text("name", primary_key=True),
    _text("hash"),
    Column("body", Document(DatasetVersion), nullable=False),
    _at("created_at"),
)

version_dialogues = Table(
    "version_dialogues",
    metadata,
    _to("version", "versions.name", primary_key=True),
    _text("split", primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("body", Document(Dialogue), nullable=False),
)

version_soft = Table(
    "version_soft",
    metadata,
    _to("version", "versions.name", primary_key=True),
    _text("split", primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("dialogue"),
    _text("utterance"),
    Column("shares", Document(), nullable=False),
)

training_runs = Table(
    "training_runs",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("version"),
    _text("state"),
    Column("body", Document(TrainingRun), nullable=False),
    _at("created_at"),
)

prediction_sets = Table(
    "prediction_sets",
    metadata,
    _to("run", "training_runs.id", primary_key=True),
    _text("split", primary_key=True),
    _at("saved_at"),
)

predictions = Table(
    "predictions",
    metadata,
    _text("run", primary_key=True),
    _text("split", primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("dialogue"),
    _text("utterance"),
    _text("label"),
    Column("probabilities", Document(tuple[float, ...])),
    ForeignKeyConstraint(["run", "split"], ["prediction_sets.run", "prediction_sets.split"]),
)

test_looks = Table(
    "test_looks",
    metadata,
    _seq(),
    _text("test_hash", index=True),
    _text("run"),
    _text("who"),
    _text("what"),
    _at(),
)

jobs = Table(
    "jobs",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("kind"),
    Column("arguments", Document(), nullable=False),
    _text("state", index=True),
    Column("claim", Integer, nullable=False),
    _text("worker"),
    Column("here", Boolean, nullable=False),
    Column("progress", Double),
    _text("message"),
    Column("result", Document()),
    Column("error", Document()),
    Column("cancel_requested", Boolean, nullable=False),
    _at("created_at"),
    Column("started_at", Moment),
    Column("heartbeat_at", Moment),
    Column("finished_at", Moment),
)

job_lines = Table("job_lines", metadata, _seq(), _to("job", "jobs.id", index=True), _at(), _text("text"))

leases = Table("leases", metadata, _text("name", primary_key=True), _text("holder"), _at("expires_at"))

review_settings = Table(
    "review_settings",
    metadata,
    _to("corpus", "corpora.name", primary_key=True),
    Column("overlap", Integer, nullable=False),
    _text("who"),
    _at(),
)

review_events = Table(
    "review_events",
    metadata,
    _seq(),
    _text("op_id", unique=True),
    _text("corpus"),
    _text("dialogue"),
    _text("utterance"),
    _text("annotator"),
    _text("action"),
    _text("value"),
    _text("revision"),
    _text("mode"),
    _text("seen"),
    Column("surplus", Boolean, nullable=False),
    Column("undoes", BigInteger().with_variant(Integer, "sqlite"), ForeignKey("review_events.seq"), unique=True),
    _at(),
    ForeignKeyConstraint(["corpus", "dialogue"], ["dialogues.corpus", "dialogues.dialogue"]),
    Index(None, "corpus", "dialogue"),
    Index(None, "corpus", "annotator"),
)

review_slots = Table(
    "review_slots",
    metadata,
    _seq(),
    _text("corpus"),
    _text("mode"),
    _text("dialogue"),
    Column("slot", Integer, nullable=False),
    _text("annotator"),
    _at("taken_at"),
    _at("expires_at"),
    Column("finished_at", Moment),
    UniqueConstraint("corpus", "mode", "dialogue", "slot", name="uq_review_slots_slot"),
    UniqueConstraint("corpus", "mode", "dialogue", "annotator", name="uq_review_slots_annotator"),
    ForeignKeyConstraint(["corpus", "dialogue"], ["dialogues.corpus", "dialogues.dialogue"]),
    Index(None, "corpus", "annotator"),
)

review_positions = Table(
    "review_positions",
    metadata,
    _to("corpus", "corpora.name", primary_key=True),
    _text("annotator", primary_key=True),
    _text("mode", primary_key=True),
    _text("dialogue"),
    _text("utterance"),
    _at(),
)

verifiers = Table(
    "verifiers", metadata, _text("id", primary_key=True), Column("body", Document(Verifier), nullable=False), _at()
)

verdicts = Table(
    "verdicts",
    metadata,
    _seq(),
    _text("corpus"),
    _text("dialogue"),  # of the corpus, or one that a gate rejected: those stand in their attempts alone
    _text("utterance"),
    _to("verifier", "verifiers.id"),
    _text("text_hash"),
    Column("intended", SafeText),
    Column("opinion", Document(Opinion), nullable=False),
    _text("warning"),
    _at(),
    UniqueConstraint("corpus", "dialogue", "utterance", "verifier", "text_hash"),
    Index(None, "verifier", "text_hash"),
)

gate_samples = Table(
    "gate_samples",
    metadata,
    _seq(),
    _to("sample", "corpora.name"),
    _text("dialogue"),
    _text("corpus", index=True),
    Column("body", Document(SampledDialogue), nullable=False),
    _at(),
    UniqueConstraint("sample", "dialogue"),
)

turn_repairs = Table(
    "turn_repairs",
    metadata,
    _seq(),
    _text("run"),
    _text("plan"),
    Column("attempt", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    _text("state"),
    Column("body", Document(TurnRepair), nullable=False),
    _at("asked_at"),
    Column("ended_at", Moment),
    UniqueConstraint("run", "plan", "attempt", "number"),
    ForeignKeyConstraint(
        ["run", "plan", "attempt"],
        ["attempts.run", "attempts.plan", "attempts.number"],
        name="fk_turn_repairs_attempt",
    ),
)

promotions = Table(
    "promotions",
    metadata,
    _seq(),
    _text("name", index=True),
    _text("hash"),
    _text("who"),
    _text("why"),
    _at(),
)

labs = Table(
    "labs",
    metadata,
    _seq(),
    _text("id", unique=True),
    Column("settings", Document(LabSettings), nullable=False),
    Column("plans", Document(tuple[LabelPlan, ...]), nullable=False),
    Column("report", Document(LabReport)),
    _at("created_at"),
)

lab_attempts = Table(
    "lab_attempts",
    metadata,
    _seq(),
    _to("lab", "labs.id"),
    _text("arm"),
    _text("plan"),
    Column("reply", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("seed", WholeNumber, nullable=False),
    _text("text"),
    _text("finish"),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("seconds", Double, nullable=False),
    Column("injected", SafeText),
    _text("error"),
    _at(),
    UniqueConstraint("lab", "arm", "plan", "reply", "number"),
)
