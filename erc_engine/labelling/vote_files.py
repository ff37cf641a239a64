"""Votes as files: JSONL or CSV with one vote a row, or JSONL with all labels of a dialogue in a row.

    {"dialogue": "train/3", "utterance": "train/3:0", "annotator": "ana", "kind": "human", "label": "joy"}
    {"dialogue": "meld-matched-0071", "annotator": "llm-a", "labels": ["neutral", "surprise", …]}

Whether dialogues and labels exist is checked by who imports them.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.errors import InputError, NotFoundError, UnavailableError

MAX_BYTES = 512 * 1024 * 1024
MAX_COUNT = 1_000_000
COLUMNS = ("dialogue", "utterance", "annotator", "kind", "label", "count", "mode", "seen")


@dataclass(frozen=True)
class VoteRow:
    """One row as written; `utterance` is None when `labels` holds one label for each turn of the dialogue."""

    line: int
    dialogue: str
    utterance: str | None
    labels: tuple[str, ...]
    annotator: str | None
    kind: AnnotatorKind | None
    count: int
    mode: str | None
    seen: str | None


def read_votes(path: Path) -> list[VoteRow]:
    """All rows of a file, or InputError with the line that cannot be used."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError(f"{path} is not a file", hint="name one file")
        if size > MAX_BYTES:
            raise InputError(f"{path} is over {MAX_BYTES >> 20} MiB", hint="split the file")
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start})", hint="save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    return [_row(line, record, path) for line, record in _records(text, path)]


def _records(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.suffix.lower() in (".csv", ".tsv"):
        delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        began = 1
        try:
            if not {"dialogue", "utterance", "label"} <= set(reader.fieldnames or ()):
                seen = ", ".join(reader.fieldnames or ["none"])
                raise InputError(
                    f"{path.name} needs columns dialogue, utterance, label; it has {seen}",
                    hint=f"all that are read: {', '.join(COLUMNS)}",
                )
            began = reader.line_num + 1
            for row in reader:
                yield reader.line_num, {k: v for k, v in row.items() if k and v}
                began = reader.line_num + 1
        except csv.Error as error:
            raise InputError(
                f"{path.name}, in the row from line {began}: {error}", hint="look for an unclosed quotation mark"
            ) from None
        return
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path.name}, line {number} is not JSON: {error}", hint="one object a line") from None
        if not isinstance(record, dict):
            raise InputError(f"{path.name}, line {number} is not an object")
        yield number, record


def _row(line: int, record: Mapping[str, Any], path: Path) -> VoteRow:
    where = f"{path.name}, line {line}"
    dialogue, utterance, annotator = (record.get(k) for k in ("dialogue", "utterance", "annotator"))
    labels = record.get("labels") if utterance is None else [record.get("label")]
    if not isinstance(dialogue, str | int) or isinstance(dialogue, bool):
        raise InputError(f"{where}: no dialogue id")
    if not isinstance(labels, list) or not labels or not all(isinstance(v, str) and v for v in labels):
        raise InputError(f"{where}: no label", hint="either utterance and label, or labels, one for each turn")
    try:
        count = _whole(record.get("count", 1))
        kind = AnnotatorKind(record["kind"]) if record.get("kind") else None
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"{where}: kind {record.get('kind')!r} or count {record.get('count')!r} cannot be read",
            hint=f"kind is one of {', '.join(AnnotatorKind)}; count a whole number",
        ) from None
    if count < 1:
        raise InputError(f"{where}: a count of {count} is no vote")
    if count > MAX_COUNT:
        raise InputError(f"{where}: a count over {MAX_COUNT:,} is no count of votes")
    return VoteRow(
        line=line,
        dialogue=str(dialogue),
        utterance=None if utterance is None else str(utterance),
        labels=tuple(labels),
        annotator=None if annotator is None else str(annotator),
        kind=kind,
        count=count,
        mode=_text(record.get("mode")),
        seen=_text(record.get("seen")),
    )


def _whole(value: Any) -> int:
    """A whole number, also as text; ValueError for 2.7 and true."""
    if isinstance(value, bool) or (isinstance(value, float) and value != int(value)):
        raise ValueError
    return int(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def write_votes(votes: Iterable[Vote], path: Path) -> None:
    """One vote a row, CSV by the ending .csv, else JSONL; written beside and moved, so never half a file."""
    rows = [{k: str(v) if k != "count" else v for k, v in asdict(vote).items() if k != "corpus"} for vote in votes]
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="") as out:
            if path.suffix.lower() == ".csv":
                writer = csv.DictWriter(out, COLUMNS)
                writer.writeheader()
                writer.writerows(rows)
            else:
                out.writelines(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
        beside.replace(path)
    except UnicodeEncodeError as error:
        raise InputError(
            f"{path} cannot be written as UTF-8: {error.reason}", hint="write .jsonl, which keeps every text"
        ) from None
    except OSError as error:
        raise UnavailableError(f"{path} cannot be written: {error.strerror}", hint="choose another place") from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
