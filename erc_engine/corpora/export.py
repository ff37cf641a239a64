"""A corpus as files that others read; each export is whole or not there, and a card stands beside it.

    export(corpus, "jsonl", Path("out"))           # out/NAME.jsonl: ours, exact
    export(corpus, "meld-csv", Path("out"))        # out/train_sent_emo.csv, …: MELD's columns
    export(corpus, "dialogue-json", Path("out"))   # out/train_data.json, …: DialogXL's EmoryNLP

The list form of dialogue-json is also what several repositories use for IEMOCAP. SPCL and EACL read MELD from the
columns that meld-csv writes, and EmoryNLP from the original JSON, which is not written yet.

Nothing is exported from a corpus whose licence allows no derivatives. A MELD that was read from its release comes out
as the same bytes, but for cells that a spreadsheet would run as a formula: those get a ' in front, unless switched off.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.corpora.atomic import write_atomically
from erc_engine.corpora.card import ENDING, card_json
from erc_engine.corpora.content import content_hash
from erc_engine.corpora.jsonl import jsonl_bytes
from erc_engine.corpora.loaded import refuse_repeated_ids
from erc_engine.corpora.meld import COLUMNS, FILE, OF_DIALOGUE
from erc_engine.domain.conversation import Corpus, Dialogue, Split, Utterance
from erc_engine.errors import ConflictError, InputError, RefusedError

FORMATS = ("jsonl", "meld-csv", "dialogue-json")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EPISODE = re.compile(r"s([0-9]+)e([0-9]+)")
_IEMOCAP = {"frustrated": "fru", "neutral": "neu", "angry": "ang", "excited": "exc", "happy": "hap", "sad": "sad"}
_SPELLED: Mapping[
    str, Callable[[str], str]
] = {  # as the readers of dialogue-json have them; other schemes as they stand
    "emorynlp": str.capitalize,
    "iemocap": _IEMOCAP.__getitem__,
}


@dataclass(frozen=True)
class Exported:
    """The files written, the card last, and how many cells got a ' in front."""

    files: tuple[Path, ...]
    neutralised_cells: int = 0


def export(corpus: Corpus, format: str, to: Path, *, neutralise_cells: bool = True) -> Exported:
    """Write a corpus into folder `to` (for jsonl also a file); files of the same names are replaced, others stay.

    A split's file that another export left there, and that this one would not replace, is a ConflictError.
    """
    if format not in FORMATS:
        raise InputError(f"'{format}' is no export format", hint=f"formats: {', '.join(FORMATS)}")
    if not corpus.licence.derivatives:
        raise RefusedError(
            f"'{corpus.name}' is under {corpus.licence.name}, which allows no derivatives: nothing of it is exported",
            hint="hand on where to get it and the ids you used instead",
        )
    if not corpus.dialogues:
        raise InputError(f"'{corpus.name}' has no dialogue to export", hint="see the states of its dialogues")
    if not corpus.name or re.search(r"[/\\\0]", corpus.name) or corpus.name.startswith("."):
        raise InputError(f"{corpus.name!r} cannot stand in a file name", hint="give the corpus a plain name")
    refuse_repeated_ids(corpus.dialogues, corpus.name)
    folder, stem = (to.parent, to.stem) if format == "jsonl" and to.suffix == ".jsonl" else (to, corpus.name)
    cells = 0
    if format == "jsonl":
        data = {folder / f"{stem}.jsonl": jsonl_bytes(corpus.dialogues)}
    elif format == "meld-csv":
        data, cells = _each_split(corpus, folder, FILE, lambda d, s: _meld_csv(d, s, neutralise_cells))
    else:
        data, _ = _each_split(corpus, folder, "{split}_data.json", lambda d, s: (_dialogue_json(corpus, d), 0))
    card = json.dumps(card_json(corpus, content_hash(corpus)), indent=2, ensure_ascii=True) + "\n"
    files = {**data, folder / f"{stem}{ENDING}": card.encode("ascii")}
    write_atomically(files)
    return Exported(tuple(files), cells)


def _each_split(
    corpus: Corpus, folder: Path, name: str, written: Callable[[tuple[Dialogue, ...], Split], tuple[bytes, int]]
) -> tuple[dict[Path, bytes], int]:
    files, cells = {}, 0
    for split in Split:
        path, dialogues = folder / name.format(split=split), corpus.split(split)
        if dialogues:
            files[path], count = written(dialogues, split)
            cells += count
        elif path.exists():
            raise ConflictError(
                f"{path} is of another export: '{corpus.name}' has no {split} split to replace it with",
                hint="choose an empty folder, or move that file away",
            )
    return files, cells


def _dialogue_json(corpus: Corpus, dialogues: Iterable[Dialogue]) -> bytes:
    spell = _SPELLED.get(corpus.scheme.name, str)

    def turn(u: Utterance) -> dict[str, str]:
        labelled = {} if u.label is None else {"label": spell(u.label)}
        return {"text": u.text, "speaker": u.speaker, **labelled}

    return json.dumps([[turn(u) for u in d.utterances] for d in dialogues], ensure_ascii=True).encode("ascii")


def _meld_csv(dialogues: tuple[Dialogue, ...], split: Split, neutralise: bool) -> tuple[bytes, int]:
    out, cells, place = io.StringIO(newline=""), 0, 0
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    numbers = [_own(d.extra.get("Dialogue_ID")) for d in dialogues]
    keep = all(numbers) and len(set(numbers)) == len(numbers)
    for order, d in enumerate(dialogues):
        within = [_own(u.extra.get("Utterance_ID")) for u in d.utterances]
        keep_within = keep and all(within) and len(set(within)) == len(within)
        for turn, u in enumerate(d.utterances):
            place += 1
            row = _cells(d, u, place)
            row["Dialogue_ID"] = numbers[order] if keep else str(order)
            row["Utterance_ID"] = within[turn] if keep_within else str(turn)
            for column in COLUMNS:
                if neutralise and row[column].startswith(_FORMULA):
                    row[column] = "'" + row[column]
                    cells += 1
            writer.writerow([row[column] for column in COLUMNS])
    try:
        return out.getvalue().encode(), cells
    except UnicodeEncodeError as error:
        raise InputError(
            f"a text of {split} cannot be written as UTF-8: {error.reason}",
            hint="export as jsonl, which keeps it exactly",
        ) from None


def _own(value: Any) -> str:
    """A number of the source as text, empty when there is none."""
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() else ""


def _cells(d: Dialogue, u: Utterance, place: int) -> dict[str, str]:
    """MELD's row for an utterance: its own columns where it came from MELD, empty where nothing is known."""
    own = {column: str(u.extra.get(column, d.extra.get(column, ""))) for column in COLUMNS}
    episode = _EPISODE.fullmatch(d.episode or "")
    if episode and not all(own[column] for column in OF_DIALOGUE[1:]):
        own["Season"], own["Episode"] = (str(int(number)) for number in episode.groups())
    label = u.label or ""
    return {**own, "Sr No.": own["Sr No."] or str(place), "Utterance": u.text, "Speaker": u.speaker, "Emotion": label}
