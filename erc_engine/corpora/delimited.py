"""Any CSV or TSV with one utterance a row, by a mapping from what we need to its columns.

    read(Path("chat.csv"), "chat", mapping={"text": "Message", "label": "Emotion"})

Targets are dialogue, utterance, speaker, text, label, split and episode; text and dialogue are needed. What the
mapping leaves out is guessed from obvious names. Columns that no target takes stay in `extra`. Dialogues keep their
ids, with the split in front where two splits use the same; utterances are `dialogue:utterance`, or numbered from 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from erc_engine.corpora.faults import noted
from erc_engine.corpora.files import Table, read_table
from erc_engine.corpora.labels import LabelReader, scheme_of
from erc_engine.corpora.loaded import Read
from erc_engine.corpora.mending import Mending
from erc_engine.corpora.splits import split_files, split_of
from erc_engine.domain.conversation import UNKNOWN_LICENCE, Dialogue, Licence, Split, Utterance
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.reports import Fault
from erc_engine.errors import InputError

TARGETS = ("dialogue", "utterance", "speaker", "text", "label", "split", "episode")
NEEDED = ("dialogue", "text")
_OBVIOUS: Mapping[str, tuple[str, ...]] = {  # names without case, blanks and signs, the surest first
    "dialogue": ("dialogueid", "dialogid", "conversationid", "convid", "sceneid", "dialogue", "dialog", "conversation"),
    "utterance": ("utteranceid", "uttid", "turnid", "utteranceidx", "turnnumber", "turn"),
    "speaker": ("speaker", "speakername", "speakerid", "author", "user", "role"),
    "text": ("text", "utterance", "utterancetext", "message", "transcript", "sentence", "content"),
    "label": ("label", "emotion", "emotionlabel", "emo"),
    "split": ("split", "partition", "subset"),
    "episode": ("episode", "episodeid"),
}


def read(
    path: Path,
    name: str,
    *,
    mapping: Mapping[str, str] | None = None,
    scheme: LabelScheme | None = None,
    neutral: str | None = None,
    licence: Licence | None = None,
    split: Split | None = None,
) -> Read:
    """One file, or a folder with one for each split; the label scheme is derived from the labels if not given."""
    files, faults = split_files(path, split, ".csv", ".tsv")
    tables = [(named, read_table(file)) for named, file in files.items()]
    columns = [columns_for(table, mapping or {}) for _, table in tables]
    if scheme is None:
        written = (
            row[c["label"]] for (_, t), c in zip(tables, columns, strict=True) if "label" in c for _, row in t.rows
        )
        scheme = scheme_of(written, name, neutral=neutral, source=path.name)
    rows: dict[tuple[Split, str], list[_Row]] = {}
    for (named, table), chosen in zip(tables, columns, strict=True):
        faults += table.faults
        if "split" in chosen:
            faults = tuple(fault for fault in faults if fault.code != "split-assumed")
        for line, cells in table.rows:
            row = _Row(f"{table.name}, line {line:,}", cells, chosen)
            rows.setdefault((_split(row, named, split), row.dialogue()), []).append(row)
    labels, mending = LabelReader(scheme), Mending()
    dialogues, strays = _dialogues(rows, labels, mending)
    labels.refuse_unknown()
    return Read(dialogues, scheme, licence or UNKNOWN_LICENCE, faults + strays + mending.faults)


def columns_for(table: Table, mapping: Mapping[str, str]) -> dict[str, str]:
    """The column of each target: as mapped, else by an obvious name that is not taken yet."""
    unknown = [target for target in mapping if target not in TARGETS]
    if unknown:
        raise InputError(f"'{unknown[0]}' cannot be mapped", hint=f"what can be mapped: {', '.join(TARGETS)}")
    table.need(*mapping.values())
    chosen = guessed_columns(table.columns, mapping)
    missing = [target for target in NEEDED if target not in chosen]
    if missing:
        raise InputError(
            f"{table.name}: which column is the {missing[0]}? It has {', '.join(table.columns)}",
            hint=f"say it with --map {missing[0]}=COLUMN",
        )
    return chosen


def guessed_columns(columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping, and a column by an obvious name for each target that it leaves out and that has one."""
    chosen = dict(mapping)
    plain = {re.sub(r"[\W_]", "", column.lower()): column for column in reversed(columns) if column}
    for target in TARGETS:
        free = (plain[n] for n in _OBVIOUS[target] if n in plain and plain[n] not in chosen.values())
        column = next(free, None)
        if target not in chosen and column is not None:
            chosen[target] = column
    return chosen


class _Row:
    """One row read through the chosen columns."""

    def __init__(self, where: str, cells: dict[str, str], chosen: Mapping[str, str]) -> None:
        self.where, self._cells, self._chosen = where, cells, chosen

    def cell(self, target: str) -> str:
        return self._cells[self._chosen[target]] if target in self._chosen else ""

    def dialogue(self) -> str:
        id_ = self.cell("dialogue").strip()
        if not id_:
            raise InputError(f"{self.where} has no dialogue id", hint="every row names the dialogue it belongs to")
        return id_

    def rest(self) -> dict[str, str]:
        taken = set(self._chosen.values())
        return {column: cell for column, cell in self._cells.items() if column not in taken}


def _split(row: _Row, of_file: Split, given: Split | None) -> Split:
    written = row.cell("split")
    if not written.strip():
        return of_file
    named = split_of(written)
    if named is None or (given is not None and named != given):
        raise InputError(
            f"{row.where}: split {written[:40]!r} is not {given or 'train, dev or test'}",
            hint="correct the column, or leave the given split out",
        )
    return named


def _dialogues(
    rows: Mapping[tuple[Split, str], list[_Row]], labels: LabelReader, mending: Mending
) -> tuple[tuple[Dialogue, ...], tuple[Fault, ...]]:
    again = len({id_ for _, id_ in rows}) < len(rows)
    found, strays = [], []
    for (split, written), group in rows.items():
        id_ = f"{split}/{written}" if again else written
        episodes = list(dict.fromkeys(row.cell("episode").strip() for row in group if row.cell("episode").strip()))
        if len(episodes) > 1:
            strays.append(id_)
        utterances = tuple(_utterance(row, id_, n, labels, mending) for n, row in enumerate(group))
        extra = {"dialogue_as_found": written} if again else {}
        found.append(Dialogue(id_, split, utterances, episodes[0] if episodes else None, extra))
    faults = (noted("several-episodes", strays, "the first row's episode taken"),) if strays else ()
    return tuple(found), faults


def _utterance(row: _Row, dialogue: str, place: int, labels: LabelReader, mending: Mending) -> Utterance:
    written = row.cell("utterance").strip() or str(place)
    qualified = written.startswith(dialogue) and not written[len(dialogue) :][:1].isalnum() and written != dialogue
    id_ = written if qualified else f"{dialogue}:{written}"
    text, speaker, found = mending.turn(row.cell("text"), row.cell("speaker").strip(), id_)
    label = labels.read(row.cell("label"), row.where)
    return Utterance(id_, speaker, text, label, extra={**row.rest(), **found})
