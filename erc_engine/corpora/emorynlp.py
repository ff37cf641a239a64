"""EmoryNLP in the three shapes in which it is handed around; which one is told from the files themselves.

full      DialogXL's JSON: [[{"text": …, "speaker": "Ana", "label": "Joyful"}, …], …], no ids
original  its authors' JSON: {"episodes": [{"scenes": [{"scene_id": "s01_e15_c01", "utterances": […]}, …]}, …]}
reduced   the CSV that MELD's repository carries: Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode,…

Full and original hold the same 12,606 utterances; reduced leaves out those without a subtitle's time, which are
longer than the others: scores on it and on full cannot be compared. The CSV's numbers are those of the original, so
both have the original's ids (`s01_e15_c01`, `s01_e15_c01_u001`); full has `train/0` and `train/0:0` by place.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from erc_engine.corpora.faults import noted
from erc_engine.corpora.files import Table, read_json, read_table
from erc_engine.corpora.json_values import items, string, strings
from erc_engine.corpora.labels import LabelReader
from erc_engine.corpora.licences import EMORYNLP
from erc_engine.corpora.loaded import Read
from erc_engine.corpora.meld import episode_of
from erc_engine.corpora.mending import Mending
from erc_engine.corpora.splits import split_files
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError

FORMS = ("full", "reduced", "original")
CSV_COLUMNS = ("Utterance", "Speaker", "Emotion", "Scene_ID", "Utterance_ID", "Season", "Episode")


def read(path: Path, *, split: Split | None = None) -> Read:
    """A folder with a file for each split, all of one shape, or one file."""
    files, faults = split_files(path, split, ".json", ".csv")
    reading = _Reading()
    for named, file in files.items():
        reading.add(file, named)
    reading.labels.refuse_unknown()
    if len(reading.forms) > 1:
        raise InputError(
            f"{path.name} mixes versions: {', '.join(sorted(reading.forms))}",
            hint="import each from a folder of its own",
        )
    if reading.empty:
        faults += (noted("empty-dialogue", reading.empty, "left out"),)
    faults += (*reading.faults, *reading.mending.faults)
    return Read(tuple(reading.dialogues), reading.labels.scheme, EMORYNLP, faults, reading.forms.pop())


class _Reading:
    """What has been read so far, over all files."""

    def __init__(self) -> None:
        self.labels, self.mending = LabelReader(scheme("emorynlp")), Mending()
        self.dialogues: list[Dialogue] = []
        self.empty: list[str] = []
        self.faults: list[Any] = []
        self.forms: set[str] = set()

    def add(self, file: Path, split: Split) -> None:
        if file.suffix.lower() in (".csv", ".tsv"):
            self.forms.add("reduced")
            self._reduced(read_table(file), split)
            return
        data, fault = read_json(file)
        self.faults += [fault] if fault else []
        if isinstance(data, dict) and "episodes" in data:
            self.forms.add("original")
            self._original(data, split, file.name)
        elif isinstance(data, list):
            self.forms.add("full")
            self._full(data, split, file.name)
        else:
            raise InputError(
                f"{file.name} is no EmoryNLP: neither a list of dialogues nor an object with episodes",
                hint='expected [[{"text", "speaker", "label"}, …], …] or {"episodes": […]}',
            )

    def _full(self, data: list[Any], split: Split, name: str) -> None:
        for number, turns in enumerate(data):
            id_, where = f"{split}/{number}", f"{name}, dialogue {number}"
            utterances = tuple(
                self._utterance(
                    f"{id_}:{n}",
                    string(turn, "text", f"{where}, turn {n}"),
                    [string(turn, "speaker", f"{where}, turn {n}")],
                    string(turn, "label", f"{where}, turn {n}", needed=False),
                    f"{where}, turn {n}",
                )
                for n, turn in enumerate(items(turns, where))
            )
            self._keep(Dialogue(id_, split, utterances))

    def _original(self, data: dict[str, Any], split: Split, name: str) -> None:
        for episode in items(data, name, "episodes"):
            episode_id = string(episode, "episode_id", name)
            for scene in items(episode, f"{name}, {episode_id}", "scenes"):
                id_ = string(scene, "scene_id", f"{name}, {episode_id}")
                utterances = []
                for turn in items(scene, f"{name}, {id_}", "utterances"):
                    where = string(turn, "utterance_id", f"{name}, {id_}")
                    text, speakers = string(turn, "transcript", where), strings(turn, "speakers", where)
                    label = string(turn, "emotion", where, needed=False)
                    utterances.append(self._utterance(where, text, speakers, label, f"{name}, {where}"))
                self._keep(Dialogue(id_, split, tuple(utterances), episode_id.replace("_", "")))

    def _reduced(self, table: Table, split: Split) -> None:
        table.need(*CSV_COLUMNS)
        self.faults += table.faults
        scenes: dict[str, list[Utterance]] = {}
        episodes: dict[str, tuple[str | None, dict[str, str]]] = {}
        for line, row in table.rows:
            where = f"{table.name}, line {line:,}"
            scene, number = _scene_id(row, where), _number(row["Utterance_ID"], "Utterance_ID", where)
            kept = {c: cell for c, cell in row.items() if c.endswith("_Time") or c not in CSV_COLUMNS}
            utterance = self._utterance(
                f"{scene}_u{number:03d}", row["Utterance"], _names(row["Speaker"]), row["Emotion"], where, kept
            )
            scenes.setdefault(scene, []).append(utterance)
            numbers = {c: row[c] for c in ("Season", "Episode", "Scene_ID")}
            episodes.setdefault(scene, (episode_of(row), numbers))
        for scene, utterances in scenes.items():
            self._keep(Dialogue(scene, split, tuple(utterances), *episodes[scene]))

    def _utterance(
        self, id_: str, text: str, speakers: list[str], label: str, where: str, extra: dict[str, str] | None = None
    ) -> Utterance:
        text, speaker, found = self.mending.turn(text, ", ".join(speakers), id_)
        several: dict[str, Any] = {"speakers": speakers} if len(speakers) > 1 else {}
        name = self.labels.read(label, where)
        return Utterance(id_, speaker, text, name, extra={**(extra or {}), **several, **found})

    def _keep(self, dialogue: Dialogue) -> None:
        if dialogue.utterances:
            self.dialogues.append(dialogue)
        else:
            self.empty.append(dialogue.id)


def _names(cell: str) -> list[str]:
    """The CSV writes speakers as a Python list; a plain name is taken as it stands."""
    if cell.startswith("[") and len(cell) < 1000:
        try:
            names = ast.literal_eval(cell)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return [cell]
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
            return names
    return [cell]


def _scene_id(row: dict[str, str], where: str) -> str:
    season, episode, scene = (_number(row[c], c, where) for c in ("Season", "Episode", "Scene_ID"))
    return f"s{season:02d}_e{episode:02d}_c{scene:02d}"


def _number(cell: str, column: str, where: str) -> int:
    if not (cell.strip().isascii() and cell.strip().isdigit() and len(cell) < 10):
        raise InputError(f"{where}: {column} is {cell[:40]!r}, a number was expected", hint="is it the EmoryNLP CSV?")
    return int(cell)
