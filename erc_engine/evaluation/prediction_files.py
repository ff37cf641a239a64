"""Reads predictions of anybody's model from CSV or JSON lines; what they mean is decided in `alignment`.

    dialogue,utterance,label                {"model": "mine", "seed": 3}
    3,3:0,joy                               {"dialogue": "3", "utterance": "3:0", "label": "joy"}

    dialogue,utterance,neutral,joy          {"dialogue": "3", "utterance": "3:0", "probabilities": {"joy": 0.9, …}}
    3,3:0,0.1,0.9

A first line of JSON without an utterance, or columns `model` and `seed` with one value each, say whose predictions
these are. Columns that are no label of the scheme are left unread; keys inside "probabilities" must be labels.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erc_engine.errors import InputError

MAX_BYTES = 512 * 1024 * 1024
_SHOWN = 12
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "dialogue": ("dialogue", "dialogue_id"),
    "utterance": ("utterance", "utterance_id"),
    "label": ("label", "prediction", "predicted"),
    "model": ("model",),
    "seed": ("seed",),
    "probabilities": ("probabilities",),
}


@dataclass(frozen=True)
class PredictionRow:
    """One prediction as written. `columns` are further columns, some of which may be labels with probabilities."""

    dialogue: str
    utterance: str
    label: str | None = None
    probabilities: Mapping[str, Any] | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class PredictionFile:
    rows: tuple[PredictionRow, ...]
    model: str | None = None
    seed: int | None = None


def read_prediction_rows(path: Path) -> PredictionFile:
    """The rows of a .csv, .tsv or .jsonl file, and the model and seed if it names them."""
    readers = {".csv": _csv_records, ".tsv": _csv_records, ".jsonl": _json_records}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path.name} is not a prediction file", hint="give a .csv, .tsv or .jsonl file")
    rows: list[PredictionRow] = []
    said: dict[str, set[str]] = {"model": set(), "seed": set()}
    try:
        _refuse_unreadable(path)
        for line, record in reader(path):
            found, others = _sorted_by_meaning(record, path, line)
            for key, values in said.items():
                if _written(found.get(key)) is not None:
                    values.add(str(found[key]).strip())
            if "utterance" in found or rows or path.suffix.lower() != ".jsonl":
                rows.append(_row(found, others, path, line))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 (byte {error.start})", hint="save it as UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{path.name} is not a CSV file: {error}") from None
    if not rows:
        raise InputError(f"{path.name} has no predictions", hint="one row per labelled utterance")
    return PredictionFile(
        tuple(rows), _one(said["model"], "model", path), _seed(_one(said["seed"], "seed", path), path)
    )


def _refuse_unreadable(path: Path) -> None:
    size = path.stat().st_size
    if not path.is_file():
        raise InputError(f"{path} is not a file", hint="name one file")
    if size > MAX_BYTES:
        raise InputError(f"{path.name} is over {MAX_BYTES >> 20} MiB", hint="one file for each model and seed")


def _csv_records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True)
        header = [name.strip() for name in next(reader, [])]
        doubled = {name for name in header if header.count(name) > 1}
        if doubled:
            raise InputError(f"{path.name} has the column '{min(doubled)}' twice", hint="name each column once")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise InputError(f"{path.name} line {reader.line_num}: {len(cells)} cells under {len(header)} columns")
            yield reader.line_num, dict(zip(header, cells, strict=True))


def _json_records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path.name} line {number} is not JSON: {error}") from None
            if not isinstance(record, dict):
                raise InputError(f"{path.name} line {number} is not a JSON object", hint='write {"dialogue": …, …}')
            yield number, record


def _sorted_by_meaning(record: Mapping[str, Any], path: Path, line: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a record says under the names we know, and everything else."""
    found: dict[str, Any] = {}
    others: dict[str, Any] = {}
    known = {spelling: meaning for meaning, spellings in SPELLINGS.items() for spelling in spellings}
    for name, value in record.items():
        meaning = known.get(name.strip().lower())
        if meaning is None:
            others[name] = value
        elif meaning in found:
            raise InputError(
                f"{path.name} line {line} has two columns for the {meaning}",
                hint=f"keep one of {', '.join(SPELLINGS[meaning])}",
            )
        else:
            found[meaning] = value
    return found, others


def _row(found: Mapping[str, Any], others: Mapping[str, Any], path: Path, line: int) -> PredictionRow:
    ids = {key: _written(found.get(key)) for key in ("dialogue", "utterance")}
    missing = [key for key, value in ids.items() if value is None]
    if missing:
        absent = any(key not in found for key in missing)
        has = f"; it has {', '.join([*found, *others][:_SHOWN]) or 'nothing'}" if absent else ""
        raise InputError(
            f"{path.name} line {line} names no {' and no '.join(missing)}{has}",
            hint="every row needs dialogue, utterance, and a label or probabilities",
        )
    inside = found.get("probabilities")
    if isinstance(inside, str):
        inside = _parsed(inside, path, line) if inside.strip() else None
    if inside is not None and not isinstance(inside, Mapping):
        raise InputError(f"{path.name} line {line}: probabilities are not an object of label: number")
    return PredictionRow(
        dialogue=str(ids["dialogue"]),
        utterance=str(ids["utterance"]),
        label=_written(found.get("label")),
        probabilities=inside,
        columns=others,
        line=line,
    )


def _parsed(text: str, path: Path, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{path.name} line {line}: probabilities are not JSON") from None


def _written(value: Any) -> str | None:
    """An id or a name as text; None for what is empty."""
    text = "" if value is None else str(value).strip()
    return text or None


def _one(values: set[str], what: str, path: Path) -> str | None:
    if len(values) > 1:
        raise InputError(
            f"{path.name} has {len(values)} different values for {what}: {', '.join(sorted(values)[:3])}",
            hint=f"one file per {what}",
        )
    return next(iter(values), None)


def _seed(value: str | None, path: Path) -> int | None:
    try:
        return None if value is None else int(value)
    except ValueError:
        raise InputError(f"{path.name}: the seed '{value}' is not a whole number") from None
