"""Train, bring in outside predictions, evaluate and compare.

    run = train(workspace, "v1", "tfidf", seed=1)
    evaluate(workspace, run.id, Split.TEST)          every look at test is a row
    compare(workspace, [run.id, other.id])           paired on the same dialogues, Holm over the family

Training sees train and dev alone (`TrainingData` has no test). Predictions on test are made when somebody
evaluates on test, not before.
"""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from erc_engine.classifiers.base import Classifier, build, load_classifier
from erc_engine.corpora.content import content_hash
from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.curation import Measured
from erc_engine.domain.experiment import (
    Comparison,
    DatasetVersion,
    Evaluation,
    Prediction,
    Scores,
    TrainingData,
    TrainingRun,
    TrainingSettings,
)
from erc_engine.errors import ConflictError, InputError, NotFoundError, RefusedError
from erc_engine.evaluation.alignment import align
from erc_engine.evaluation.metrics import scores
from erc_engine.evaluation.prediction_files import read_prediction_rows
from erc_engine.evaluation.significance import compare_pair, holm, score_intervals
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.run_lock import only_one
from erc_engine.workflows.workspace import Workspace

OUTSIDE = "outside"
_OUTSIDE_DEV: Remembered[Mapping[str, Any]] = Remembered(64)


def train(
    workspace: Workspace,
    version_name: str,
    classifier: str,
    seed: int,
    *,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
) -> TrainingRun:
    """Fit a classifier on a frozen version; the same command again answers with the run that is there.

    ConflictError when another process is training this run.
    """
    version = workspace.store.versions.get(version_name)
    settings = TrainingSettings(classifier, seed, dict(options or {}))
    run_id = _run_id(version, settings)
    done = _existing(workspace, run_id)
    if done is not None and done.state == "done" and _has_whole_model(workspace, done):
        return done
    model = build(settings)
    with only_one(workspace, "train", run_id):
        done = _existing(workspace, run_id)  # another process may have finished it in the meantime
        if done is not None and done.state == "done" and _has_whole_model(workspace, done):
            return done
        return _trained(workspace, version, model, TrainingRun(run_id, version_name, settings, "running"), progress)


def _trained(
    workspace: Workspace,
    version: DatasetVersion,
    model: Classifier,
    run: TrainingRun,
    progress: Callable[[str], None] | None,
) -> TrainingRun:
    """The caller holds the lock of the run: nobody else sets its state."""
    members = workspace.store.versions.dialogues
    data = TrainingData(
        version.scheme,
        members(version.name, Split.TRAIN),
        members(version.name, Split.DEV),
        workspace.store.versions.soft(version.name, Split.TRAIN),
    )
    if _existing(workspace, run.id) is None:
        workspace.store.training.add(run)
    else:
        workspace.store.training.update(run)
    try:
        fitted = model.fit(data, progress=progress)
        model.save(workspace.home / "models" / run.id)
        predicted = _predictions(model.predict_proba(data.dev), data.dev, version)
        workspace.store.training.save_predictions(run.id, Split.DEV, predicted)
        dev = _evaluation(run.id, version, Split.DEV, data.dev, predicted, looks=0)
    except BaseException:
        workspace.store.training.update(replace(run, state="failed"))
        raise
    run = replace(run, state="done", dev=dev.to_json(), chosen=dict(fitted.chosen), notes=tuple(fitted.notes))
    workspace.store.training.update(run)
    return run


def _run_id(version: DatasetVersion, settings: TrainingSettings) -> str:
    """Readable, and different whenever content or options differ."""
    told = json.dumps([version.hash, version.labels, dict(settings.options)], sort_keys=True)
    short = hashlib.sha256(told.encode()).hexdigest()[:6]
    return f"{version.name}-{settings.classifier}-s{settings.seed}-{short}"


def _existing(workspace: Workspace, run_id: str) -> TrainingRun | None:
    try:
        return workspace.store.training.get(run_id)
    except NotFoundError:
        return None


def _has_whole_model(workspace: Workspace, run: TrainingRun) -> bool:
    """False when its folder was deleted or damaged since: then it is trained again."""
    try:
        load_classifier(run.settings, workspace.home / "models" / run.id)
    except InputError:
        return False
    return True


def _predictions(
    probabilities: Sequence[Any], dialogues: Sequence[Dialogue], version: DatasetVersion
) -> tuple[Prediction, ...]:
    names = version.scheme.names
    return tuple(
        Prediction(d.id, u.id, names[int(row.argmax())], tuple(float(p) for p in row))
        for d, rows in zip(dialogues, probabilities, strict=True)
        for u, row in zip(d.utterances, rows, strict=True)
        if u.label is not None
    )


def import_predictions(
    workspace: Workspace,
    version_name: str,
    path: Path,
    *,
    model: str | None = None,
    seed: int | None = None,
    split: Split = Split.TEST,
) -> TrainingRun:
    """Predictions of anybody's model for one split of a version: every labelled utterance exactly once."""
    version = workspace.store.versions.get(version_name)
    file = read_prediction_rows(path)
    name = model or file.model
    if not name:
        raise InputError(f"{path.name} does not say which model made it", hint="give --model NAME")
    checked_name(name, "a model name")
    used_seed = seed if seed is not None else file.seed
    dialogues = workspace.store.versions.dialogues(version_name, split)
    predictions = align(dialogues, file.rows, version.scheme)
    settings = TrainingSettings(OUTSIDE, used_seed or 0, {"model": name, "seed_given": used_seed is not None})
    run_id = f"{version_name}-{name}-s{used_seed if used_seed is not None else 'none'}"
    earlier = _existing(workspace, run_id)
    if earlier is None:
        workspace.store.training.add(TrainingRun(run_id, version_name, settings, "done", notes=(f"file {path.name}",)))
    elif earlier.settings != settings:
        raise ConflictError(f"run '{run_id}' exists and is not an import of this model", hint="give another --model")
    before = workspace.store.training.predictions(run_id, split)
    if before is not None and before != predictions:
        raise ConflictError(
            f"run '{run_id}' has other predictions on {split} already",
            hint="predictions never change: give another --model or --seed",
        )
    if before is None:
        workspace.store.training.save_predictions(run_id, split, predictions)
    return workspace.store.training.get(run_id)


def evaluate(workspace: Workspace, run_id: str, split: Split, *, who: str | None = None) -> Evaluation:
    """Scores with dialogue-bootstrap intervals. On test none is computed before a row says who looked, and when."""
    run = _usable(workspace, run_id)
    version = workspace.store.versions.get(run.version)
    dialogues = _evaluated(workspace, run, split)
    predictions = _predicted(workspace, run, version, split, dialogues)
    looks = 0
    if split == Split.TEST:
        looks = workspace.store.training.add_look(content_hash(dialogues), run_id, who or _user(), "evaluate")
    return _evaluation(run_id, version, split, dialogues, predictions, looks)


def compare(
    workspace: Workspace,
    run_ids: Sequence[str],
    split: Split = Split.TEST,
    *,
    seed: int = 0,
    resamples: int = 10_000,
    who: str | None = None,
) -> tuple[Comparison, ...]:
    """Every pair of the named runs, later minus earlier, Holm-corrected over all of them."""
    if len(set(run_ids)) < 2:
        raise InputError("a comparison needs at least two different runs", hint="erc compare RUN RUN")
    if len(set(run_ids)) != len(run_ids):
        raise InputError("a run is named twice", hint="name each run once")
    runs = [_usable(workspace, run_id) for run_id in run_ids]
    parts = [_evaluated(workspace, run, split) for run in runs]
    hashes = [content_hash(part) for part in parts]
    if len(set(hashes)) > 1:
        other = next(i for i, h in enumerate(hashes) if h != hashes[0])
        raise RefusedError(
            f"'{run_ids[0]}' and '{run_ids[other]}' were not evaluated on the same {split} dialogues",
            hint="a paired comparison needs versions that share one test set",
        )
    versions = [workspace.store.versions.get(run.version) for run in runs]
    labels = [
        _labels(_predicted(workspace, run, version, split, parts[0]))
        for run, version in zip(runs, versions, strict=True)
    ]
    if split == Split.TEST:
        for run_id in run_ids:
            workspace.store.training.add_look(hashes[0], run_id, who or _user(), "compare")
    gold = _gold(parts[0])
    pairs = [
        compare_pair(
            run_ids[a],
            run_ids[b],
            gold.labels,
            [labels[a][key] for key in gold.keys],
            [labels[b][key] for key in gold.keys],
            [key[0] for key in gold.keys],
            versions[0].scheme,
            split=split,
            seed=seed,
            resamples=resamples,
        )
        for a, b in combinations(range(len(runs)), 2)
    ]
    return tuple(replace(pair, p_holm=p) for pair, p in zip(pairs, holm([pair.p for pair in pairs]), strict=True))


def dev_scores(workspace: Workspace, run: TrainingRun) -> Mapping[str, Any]:
    """`Evaluation.to_json` on dev, the one number that every list of runs shows; empty without predictions on dev.

    As stored after training; of outside predictions computed once.
    """
    if run.dev or run.settings.classifier != OUTSIDE:
        return run.dev
    if workspace.store.training.predictions(run.id, Split.DEV) is None:
        return {}
    key = (workspace.settings.database_url, run.id)
    return _OUTSIDE_DEV.get(key, lambda: evaluate(workspace, run.id, Split.DEV).to_json())


@dataclass(frozen=True)
class LeaderboardRow:
    """One finished run by its dev scores, fractions of 1; demo versions never stand here."""

    run: str
    version: str
    classifier: str
    seed: int | None
    weighted_f1: float
    interval: tuple[float, float] | None
    macro_f1: float
    n: int

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def leaderboard(workspace: Workspace) -> tuple[LeaderboardRow, ...]:
    """Finished runs with dev scores, best first. Test scores are not listed: looking at them is an act."""
    rows = []
    for run in workspace.store.training.list():
        if run.state != "done" or workspace.store.versions.get(run.version).demo:
            continue
        dev = dev_scores(workspace, run)
        if not dev:
            continue
        interval = dev["intervals"]["weighted_f1"]
        rows.append(
            LeaderboardRow(
                run.id,
                run.version,
                model_named(run),
                seed_given(run),
                dev["weighted_f1"],
                (interval[0], interval[1]) if isinstance(interval, list) else None,
                dev["macro_f1"],
                dev["n"],
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.weighted_f1))


def model_named(run: TrainingRun) -> str:
    """The classifier, or the name under which outside predictions came."""
    return str(run.settings.options["model"]) if run.settings.classifier == OUTSIDE else run.settings.classifier


def seed_given(run: TrainingRun) -> int | None:
    """None for outside predictions that came without one."""
    outside = run.settings.classifier == OUTSIDE
    return run.settings.seed if not outside or run.settings.options.get("seed_given") else None


@dataclass(frozen=True)
class _Gold:
    keys: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]


def _gold(dialogues: Sequence[Dialogue]) -> _Gold:
    rows = [((d.id, u.id), u.label) for d in dialogues for u in d.utterances if u.label is not None]
    return _Gold(tuple(key for key, _ in rows), tuple(label for _, label in rows))


def _labels(predictions: Sequence[Prediction]) -> dict[tuple[str, str], str]:
    return {(p.dialogue, p.utterance): p.label for p in predictions}


def _usable(workspace: Workspace, run_id: str) -> TrainingRun:
    run = workspace.store.training.get(run_id)
    if run.state != "done":
        raise RefusedError(
            f"run '{run_id}' is {run.state}",
            hint=f"train it again: erc train {run.version} --classifier {run.settings.classifier} "
            f"--seed {run.settings.seed}",
        )
    return run


def _evaluated(workspace: Workspace, run: TrainingRun, split: Split) -> tuple[Dialogue, ...]:
    if split == Split.TRAIN:
        raise RefusedError("scores on train say nothing", hint="--split dev or --split test")
    return workspace.store.versions.dialogues(run.version, split)


def _predicted(
    workspace: Workspace, run: TrainingRun, version: DatasetVersion, split: Split, dialogues: Sequence[Dialogue]
) -> tuple[Prediction, ...]:
    """Predictions as stored, or made now by the run's own model and stored."""
    stored = workspace.store.training.predictions(run.id, split)
    if stored is not None:
        return stored
    if run.settings.classifier == OUTSIDE:
        raise NotFoundError(
            f"run '{run.id}' has no predictions on {split}",
            hint=f"erc predictions import {run.version} FILE --split {split} --model {run.settings.options['model']}",
        )
    model = load_classifier(run.settings, workspace.home / "models" / run.id)
    made = _predictions(model.predict_proba(dialogues), dialogues, version)
    workspace.store.training.save_predictions(run.id, split, made)
    return made


def _evaluation(
    run_id: str,
    version: DatasetVersion,
    split: Split,
    dialogues: Sequence[Dialogue],
    predictions: Sequence[Prediction],
    looks: int,
) -> Evaluation:
    gold, by_key = _gold(dialogues), _labels(predictions)
    predicted = [by_key[key] for key in gold.keys]
    found: Scores = scores(gold.labels, predicted, version.scheme)
    where = [key[0] for key in gold.keys]
    intervals: dict[str, Measured] = score_intervals(gold.labels, predicted, where, version.scheme, seed=0)
    return Evaluation(run_id, version.name, split, found, len(set(where)), intervals, looks, version.demo)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this user id, as in some containers
        return "unknown"
