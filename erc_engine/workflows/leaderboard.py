"""Training runs side by side, and one run looked at closely: scores, each class, every wrong turn in its context.

    standings(workspace)                                     # Standing(run="v1-tfidf-s1-…", dev=Measured(0.59, …), …)
    looks_at_test(workspace, "v1")                           # 3: how often this test split was looked at so far
    inspect_dev(workspace, run)                              # at hand once it was computed; dev needs no permission
    found = inspect(workspace, run, Split.TEST, who="ana")   # records a look, then scores
    found.wrong("neutral", "joy")                            # turns of gold neutral that were predicted as joy

Test scores stand in no list: looking at them is an act, and `inspect` books it before it computes anything.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.classifiers.base import CLASSIFIERS as CLASSIFIERS
from erc_engine.corpora.content import content_hash
from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.curation import Measured
from erc_engine.domain.experiment import DatasetVersion, Evaluation, TrainingRun
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError
from erc_engine.evaluation.per_class import per_class_f1
from erc_engine.workflows.experiments import (
    OUTSIDE,
    dev_scores,
    evaluate,
    import_predictions,
    model_named,
    seed_given,
)
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

MAX_UPLOAD_BYTES = 32 << 20
ENDINGS = ("csv", "tsv", "jsonl")
CONTEXT_TURNS = 3
_TEST_HASHES: Remembered[str] = Remembered(64)
_DEV: Remembered[Inspection] = Remembered(8)


@dataclass(frozen=True)
class Standing:
    """One run: `dev` is weighted F1 on dev (n counts utterances), None where there are no predictions on dev."""

    run: str
    version: str
    classifier: str
    seed: int | None
    state: str
    demo: bool
    outside: bool
    scheme: str
    dev: Measured | None = None
    macro_f1: float | None = None
    dialogues: int = 0
    notes: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self.state == "done"


@dataclass(frozen=True)
class JudgedTurn:
    """A labelled turn, what was predicted for it, and the turns just before it as (speaker, text)."""

    dialogue: str
    utterance: str
    number: int
    speaker: str
    text: str
    gold: str
    predicted: str
    confidence: float | None
    before: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Inspection:
    """An evaluation with F1 by class, and every labelled turn. `corpus` is where the split came from."""

    evaluation: Evaluation
    scheme: LabelScheme
    per_class: Mapping[str, Measured]
    turns: tuple[JudgedTurn, ...]
    corpus: str
    recorded: bool

    def wrong(self, gold: str | None = None, predicted: str | None = None) -> tuple[JudgedTurn, ...]:
        """Wrong turns of a cell or, with None, of a whole row or column; the surest mistakes first."""
        found = [
            t
            for t in self.turns
            if t.gold != t.predicted and gold in (None, t.gold) and predicted in (None, t.predicted)
        ]
        return tuple(sorted(found, key=lambda t: -(t.confidence or 0.0)))


def standings(workspace: Workspace) -> tuple[Standing, ...]:
    """All runs: real ones first and the best on dev at the top, demo runs after them, each group apart by `demo`."""
    versions = {name: workspace.store.versions.get(name) for name in workspace.store.versions.names()}
    runs = workspace.store.training.list()
    rows = [_standing(run, versions[run.version], dev_scores(workspace, run)) for run in runs]
    return tuple(sorted(rows, key=lambda r: (r.demo, r.dev is None, -((r.dev and r.dev.value) or 0.0))))


def _standing(run: TrainingRun, version: DatasetVersion, dev: Mapping[str, Any]) -> Standing:
    measured = None
    if dev:
        interval = dev["intervals"]["weighted_f1"]
        bounds = (interval[0], interval[1]) if isinstance(interval, list) else None
        measured = Measured(dev["weighted_f1"], bounds, dev["n"], None if bounds else interval["reason"])
    return Standing(
        run.id,
        run.version,
        model_named(run),
        seed_given(run),
        run.state,
        version.demo,
        run.settings.classifier == OUTSIDE,
        version.scheme.name,
        measured,
        dev["macro_f1"] if dev else None,
        dev["dialogues"] if dev else 0,
        run.notes,
    )


def looks_at_test(workspace: Workspace, version_name: str) -> int:
    """How often anybody looked at scores on the test dialogues of this version, under whatever name."""
    version = workspace.store.versions.get(version_name)
    key = (workspace.settings.database_url, version.name, version.hash)
    test = _TEST_HASHES.get(key, lambda: content_hash(workspace.store.versions.dialogues(version_name, Split.TEST)))
    return workspace.store.training.looks(test)


def inspect(workspace: Workspace, run_id: str, split: Split, *, who: str | None = None) -> Inspection:
    """Evaluate, and keep what each turn got. On test this books a look first, as `evaluate` does."""
    evaluation = evaluate(workspace, run_id, split, who=who)
    version = workspace.store.versions.get(evaluation.version)
    dialogues = workspace.store.versions.dialogues(version.name, split)
    turns = _judged(workspace, run_id, version, split, dialogues)
    classes = per_class_f1(
        [t.gold for t in turns], [t.predicted for t in turns], [t.dialogue for t in turns], version.scheme
    )
    source = next(s for s in version.sources if s.role == split)
    recorded = any(s.origin == "recorded" for s in version.sources)
    return Inspection(evaluation, version.scheme, classes, turns, source.corpus, recorded)


def inspect_dev(workspace: Workspace, run_id: str) -> Inspection:
    """`inspect` on dev, computed once: a version, its runs and their predictions never change."""
    made = workspace.store.training.get(run_id)
    key = (workspace.settings.database_url, run_id, made.dev.get("weighted_f1"))
    return _DEV.get(key, lambda: inspect(workspace, run_id, Split.DEV))


def _judged(
    workspace: Workspace, run_id: str, version: DatasetVersion, split: Split, dialogues: Sequence[Dialogue]
) -> tuple[JudgedTurn, ...]:
    stored = workspace.store.training.predictions(run_id, split) or ()
    predicted = {(p.dialogue, p.utterance): p for p in stored}
    found = []
    for d in dialogues:
        for number, u in enumerate(d.utterances):
            if u.label is None:
                continue
            answer = predicted[d.id, u.id]
            shares = answer.probabilities
            confidence = shares[version.scheme.index(answer.label)] if shares else None
            before = tuple((b.speaker, b.text) for b in d.utterances[max(0, number - CONTEXT_TURNS) : number])
            found.append(
                JudgedTurn(d.id, u.id, number + 1, u.speaker, u.text, u.label, answer.label, confidence, before)
            )
    return tuple(found)


def import_upload(
    workspace: Workspace,
    version_name: str,
    file_name: str,
    data: bytes,
    *,
    model: str | None = None,
    seed: int | None = None,
    split: Split = Split.TEST,
) -> TrainingRun:
    """Predictions that came through the browser; refused when larger than MAX_UPLOAD_BYTES."""
    if len(data) > MAX_UPLOAD_BYTES:
        raise InputError(
            f"the file has {len(data) / (1 << 20):,.0f} MiB; {MAX_UPLOAD_BYTES >> 20} MiB is the most",
            hint="leave the probabilities out, or import it with erc predictions import",
        )
    ending = Path(file_name).suffix.lower()
    if ending.lstrip(".") not in ENDINGS:
        raise InputError("this is not a prediction file", hint=f"give one of: {', '.join(ENDINGS)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"predictions{ending}"
        path.write_bytes(data)
        return import_predictions(workspace, version_name, path, model=model, seed=seed, split=split)
