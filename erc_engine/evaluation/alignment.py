"""Predictions from outside against the utterances they are about: each labelled utterance exactly once.

    rows = read_prediction_rows(Path("mine.csv")).rows
    align(test_dialogues, rows, scheme("meld"))          # Predictions in the order of the dialogues

Nothing is guessed: what is missing, extra, given twice or not a distribution is counted and named, and nothing is
taken. Rows for unlabelled turns are passed over (models often answer for context too). A row's own label wins over
the largest of its probabilities; without a label the largest probability decides, the scheme's first when tied.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.experiment import Prediction
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError
from erc_engine.evaluation.prediction_files import PredictionRow

TOLERANCE = 0.01
EXAMPLES = 3


class _Problems:
    """Counts and first examples by kind of fault, in order of appearance."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def add(self, kind: str, example: str) -> None:
        self.found.setdefault(kind, []).append(example)

    def raise_if_any(self, hint: str) -> None:
        if self.found:
            told = [
                f"{len(examples)} {kind} ({', '.join(examples[:EXAMPLES])}{', …' if len(examples) > EXAMPLES else ''})"
                for kind, examples in self.found.items()
            ]
            raise InputError("; ".join(told), hint=hint)


def align(dialogues: Sequence[Dialogue], rows: Sequence[PredictionRow], scheme: LabelScheme) -> tuple[Prediction, ...]:
    """One prediction per labelled utterance, in the order of the dialogues; InputError lists what does not fit."""
    labelled = [(d.id, u.id) for d in dialogues for u in d.utterances if u.label is not None]
    context = {(d.id, u.id) for d in dialogues for u in d.utterances if u.label is None}
    wanted = set(labelled)
    problems = _Problems()
    predictions: dict[tuple[str, str], Prediction] = {}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = (row.dialogue, row.utterance)
        if key in seen:
            problems.add("predictions are given twice", _told(key))
        elif key in wanted:
            predictions[key] = _prediction(row, scheme, problems)
        elif key not in context:
            problems.add("predictions are for utterances that are not there", _told(key))
        seen.add(key)
    for key in labelled:
        if key not in seen:
            problems.add("labelled utterances have no prediction", _told(key))
    distributions = [p for p in predictions.values() if p.probabilities is not None]
    if distributions and len(distributions) < len(predictions):
        for p in predictions.values():
            if p.probabilities is None:
                problems.add(
                    f"rows have no probabilities while {len(distributions)} have", _told((p.dialogue, p.utterance))
                )
    problems.raise_if_any(
        f"give every labelled utterance exactly once, by the ids of this version, with a label of {scheme.name} "
        f"({', '.join(scheme.names)}) or probabilities that sum to 1"
    )
    return tuple(predictions[key] for key in labelled)


def _prediction(row: PredictionRow, scheme: LabelScheme, problems: _Problems) -> Prediction:
    where = _told((row.dialogue, row.utterance))
    probabilities = _probabilities(row, scheme, problems)
    label = scheme.canonical(row.label) if row.label is not None else None
    if row.label is not None and label is None:
        problems.add(f"labels are not in scheme '{scheme.name}'", f"'{row.label}' at {where}")
    if label is None and probabilities is not None:
        label = scheme.names[max(range(len(probabilities)), key=lambda i: probabilities[i])]
    if label is None and row.label is None and row.probabilities is None and not _label_columns(row, scheme):
        problems.add("rows have neither a label nor probabilities", where)
    return Prediction(row.dialogue, row.utterance, label or "", probabilities)


def _probabilities(row: PredictionRow, scheme: LabelScheme, problems: _Problems) -> tuple[float, ...] | None:
    """The distribution in scheme order, rescaled to sum to exactly 1; labels not named have probability 0."""
    where = _told((row.dialogue, row.utterance))
    written: Mapping[str, Any] | None = row.probabilities
    if written is None:
        written = {name: value for name, value in _label_columns(row, scheme).items() if str(value).strip()}
        if not written:
            return None
    shares = dict.fromkeys(scheme.names, 0.0)
    named: set[str] = set()
    for name, value in written.items():
        label = scheme.canonical(str(name))
        if label is None:
            problems.add(f"probabilities are for labels outside scheme '{scheme.name}'", f"'{name}' at {where}")
            return None
        if label in named:
            problems.add("rows give two probabilities for one label", f"'{label}' at {where}")
            return None
        named.add(label)
        number = _number(value)
        if number is None:
            problems.add("probabilities are not numbers from 0 to 1", f"'{value}' at {where}")
            return None
        shares[label] = number
    total = sum(shares.values())
    if abs(total - 1.0) > TOLERANCE:
        problems.add("rows have probabilities that do not sum to 1", f"{total:.4g} at {where}")
        return None
    return tuple(share / total for share in shares.values())


def _label_columns(row: PredictionRow, scheme: LabelScheme) -> dict[str, Any]:
    return {name: value for name, value in row.columns.items() if scheme.canonical(str(name)) is not None}


def _number(value: Any) -> float | None:
    """A probability, or None for NaN, infinity, text, truth values and what lies outside 0 to 1 (within tolerance)."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    inside = math.isfinite(number) and -1e-9 <= number <= 1 + TOLERANCE
    return max(0.0, number) if inside else None


def _told(key: tuple[str, str]) -> str:
    return f"{key[0]} / {key[1]}"
