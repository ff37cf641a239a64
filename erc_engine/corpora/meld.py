"""MELD as released: one CSV for each split, one utterance a row.

Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime
1,Where have you been?,Ana,surprise,negative,3,0,8,21,"00:00:01,000","00:16:21,731"

MELD numbers its dialogues from 0 in each split again, so here they are `train/3`, and utterances `train/3:0` (split,
Dialogue_ID, Utterance_ID). Every column is kept as written in `extra`; the episode is "s08e21".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from erc_engine.corpora.faults import noted
from erc_engine.corpora.files import Table, read_table
from erc_engine.corpora.labels import LabelReader
from erc_engine.corpora.licences import MELD
from erc_engine.corpora.loaded import Read
from erc_engine.corpora.mending import Mending
from erc_engine.corpora.splits import is_folder, split_files
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError

COLUMNS = (
    "Sr No.",
    "Utterance",
    "Speaker",
    "Emotion",
    "Sentiment",
    "Dialogue_ID",
    "Utterance_ID",
    "Season",
    "Episode",
    "StartTime",
    "EndTime",
)
NEEDED = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")
OF_DIALOGUE = ("Dialogue_ID", "Season", "Episode")
FILE = "{split}_sent_emo.csv"


def read(path: Path, *, split: Split | None = None) -> Read:
    """A folder with train_sent_emo.csv, dev_… and test_…, or one of them."""
    files, faults = split_files(path, split, ".csv", wanted=_is_sent_emo(path))
    labels, mending = LabelReader(scheme("meld")), Mending()
    dialogues: list[Dialogue] = []
    strays: list[str] = []
    for named, file in files.items():
        table = read_table(file)
        table.need(*NEEDED)
        faults += table.faults
        dialogues += _dialogues(table, named, labels, mending, strays)
    labels.refuse_unknown()
    if strays:
        faults += (noted("several-episodes", strays, "the first row's episode taken"),)
    return Read(tuple(dialogues), labels.scheme, MELD, faults + mending.faults, "release")


def _is_sent_emo(path: Path) -> Callable[[Path], bool]:
    """In MELD's own folder other CSVs stand beside the three; elsewhere any will do."""
    own = is_folder(path) and any((path / FILE.format(split=split)).is_file() for split in Split)
    return lambda file: not own or file.name.endswith("_sent_emo.csv")


def _dialogues(table: Table, split: Split, labels: LabelReader, mending: Mending, strays: list[str]) -> list[Dialogue]:
    rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, row in table.rows:
        number = row["Dialogue_ID"].strip()
        if not number or not row["Utterance_ID"].strip():
            raise InputError(f"{table.name}, line {line:,} has no Dialogue_ID or Utterance_ID", hint="give it one")
        rows.setdefault(number, []).append((line, row))
    found = []
    for number, group in rows.items():
        id_, first = f"{split}/{number}", group[0][1]
        if any(episode_of(row) != episode_of(first) for _, row in group):
            strays.append(id_)
        utterances = tuple(
            _utterance(row, f"{id_}:{row['Utterance_ID'].strip()}", f"{table.name}, line {line:,}", labels, mending)
            for line, row in group
        )
        extra = {column: first[column] for column in OF_DIALOGUE if column in first}
        found.append(Dialogue(id_, split, utterances, episode_of(first), extra))
    return found


def _utterance(row: Mapping[str, str], id_: str, where: str, labels: LabelReader, mending: Mending) -> Utterance:
    text, speaker, originals = mending.turn(row["Utterance"], row["Speaker"], id_)
    kept = {column: cell for column, cell in row.items() if column not in ("Utterance", "Speaker", *OF_DIALOGUE)}
    label = labels.read(row["Emotion"], where)
    if label == kept["Emotion"]:
        del kept["Emotion"]
    return Utterance(id_, speaker, text, label, extra={**kept, **originals})


def episode_of(row: Mapping[str, str]) -> str | None:
    """ "s08e21" from the columns Season and Episode, None where they hold no numbers."""
    season, episode = row.get("Season", "").strip(), row.get("Episode", "").strip()
    return f"s{int(season):02d}e{int(episode):02d}" if _number(season) and _number(episode) else None


def _number(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and len(cell) <= 6
