from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from erc_engine.corpora.content import content_hash
from erc_engine.corpora.export import FORMATS, Exported, export
from erc_engine.corpora.loading import load
from erc_engine.corpora.meld import COLUMNS
from erc_engine.domain.conversation import Dialogue, Licence, Origin, Split, Utterance
from erc_engine.domain.labels import scheme
from erc_engine.errors import ConflictError, InputError, RefusedError, UnavailableError
from tests.builders import corpus, dialogue
from tests.corpora.sources import meld_csv, meld_row, turn, write_json, write_meld

MINE = corpus(
    dialogue("Ana: You came! [joy]", "Bo: Barely.", id="d1", episode="s01e02"),
    dialogue("Ana: =SUM(A1) [anger]", id="d2", split=Split.TEST),
    name="mine",
    origin=Origin.GENERATED,
)


def rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_jsonl_comes_back_with_scheme_licence_and_origin(tmp_path: Path) -> None:
    done = export(MINE, "jsonl", tmp_path)
    assert done == Exported((tmp_path / "mine.jsonl", tmp_path / "mine.corpus.json"), 0)
    back = load("jsonl", tmp_path / "mine.jsonl", "mine").corpus
    assert (back.dialogues, back.scheme, back.licence, back.origin) == (
        MINE.dialogues,
        MINE.scheme,
        MINE.licence,
        MINE.origin,
    )
    assert json.loads((tmp_path / "mine.corpus.json").read_text())["hash"] == content_hash(MINE)


def test_jsonl_can_be_given_its_file(tmp_path: Path) -> None:
    assert export(MINE, "jsonl", tmp_path / "to.jsonl").files == (tmp_path / "to.jsonl", tmp_path / "to.corpus.json")


def test_meld_csv_has_its_columns_and_numbers(tmp_path: Path) -> None:
    done = export(MINE, "meld-csv", tmp_path)
    assert [path.name for path in done.files] == ["train_sent_emo.csv", "test_sent_emo.csv", "mine.corpus.json"]
    first, second = rows(tmp_path / "train_sent_emo.csv")
    assert tuple(first) == COLUMNS
    assert (first["Sr No."], first["Utterance"], first["Speaker"], first["Emotion"]) == ("1", "You came!", "Ana", "joy")
    assert [first[c] for c in ("Dialogue_ID", "Utterance_ID", "Season", "Episode", "StartTime")] == [
        "0",
        "0",
        "1",
        "2",
        "",
    ]
    assert (second["Utterance_ID"], second["Emotion"]) == ("1", "")


def test_cells_that_a_spreadsheet_would_run_are_made_harmless_and_counted(tmp_path: Path) -> None:
    assert export(MINE, "meld-csv", tmp_path).neutralised_cells == 1
    assert rows(tmp_path / "test_sent_emo.csv")[0]["Utterance"] == "'=SUM(A1)"
    assert export(MINE, "meld-csv", tmp_path, neutralise_cells=False).neutralised_cells == 0
    assert rows(tmp_path / "test_sent_emo.csv")[0]["Utterance"] == "=SUM(A1)"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_way_to_begin_a_formula_is_seen_in_every_column(tmp_path: Path, start: str) -> None:
    nasty = Utterance("d:0", f"{start}x", f"{start}y", "joy", extra={"Sentiment": f"{start}z"})
    done = export(corpus(Dialogue("d", Split.TRAIN, (nasty,))), "meld-csv", tmp_path)
    assert done.neutralised_cells == 3


def test_a_meld_comes_out_as_it_came_in(tmp_path: Path) -> None:
    source = [meld_row(7, 0, "You “came”, Ana!"), meld_row(7, 3, "Two\nlines", "Bo", "joy"), meld_row(2, 0, "Hm.")]
    corpus_ = load("meld", write_meld(tmp_path, train=source), "m").corpus
    export(corpus_, "meld-csv", tmp_path / "out")
    assert (tmp_path / "out" / "train_sent_emo.csv").read_bytes() == meld_csv(source).encode()


def test_dialogue_json_is_what_its_readers_expect(tmp_path: Path) -> None:
    export(MINE, "dialogue-json", tmp_path)
    assert json.loads((tmp_path / "train_data.json").read_text()) == [
        [{"text": "You came!", "speaker": "Ana", "label": "joy"}, {"text": "Barely.", "speaker": "Bo"}]
    ]


def test_dialogue_json_spells_labels_as_the_benchmark_does(tmp_path: Path) -> None:
    source = [[turn("You came!", label="Joyful"), turn("Barely.", label="Neutral")]]
    emory = load("emorynlp", write_json(tmp_path / "train_data.json", source), "e").corpus
    export(emory, "dialogue-json", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "train_data.json").read_text()) == source
    iemocap = corpus(dialogue("Ana: Hm. [frustrated]", "Bo: Yes! [happy]"), label_scheme=scheme("iemocap"))
    export(iemocap, "dialogue-json", tmp_path / "iemocap")
    (turns,) = json.loads((tmp_path / "iemocap" / "train_data.json").read_text())
    assert [t["label"] for t in turns] == ["fru", "hap"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_of_a_corpus_without_derivatives_is_exported(tmp_path: Path, format_name: str) -> None:
    bound = replace(MINE, licence=Licence("CC BY-NC-ND 4.0", may_leave_machine=False, derivatives=False))
    with pytest.raises(RefusedError, match=r"CC BY-NC-ND 4\.0, which allows no derivatives"):
        export(bound, format_name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_export_replaces_its_own_files_and_leaves_others(tmp_path: Path, format_name: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    first = {path: path.read_bytes() for path in export(MINE, format_name, tmp_path).files}
    again = {path: path.read_bytes() for path in export(MINE, format_name, tmp_path).files}
    assert first == again
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_split_of_another_export_would_mix_and_is_refused(tmp_path: Path) -> None:
    export(MINE, "meld-csv", tmp_path)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(ConflictError, match=r"test_sent_emo\.csv is of another export: 'mine' has no test split"):
        export(replace(MINE, dialogues=MINE.dialogues[:1]), "meld-csv", tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_what_cannot_be_exported_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'parquet' is no export format"):
        export(MINE, "parquet", tmp_path)
    with pytest.raises(InputError, match="has no dialogue to export"):
        export(replace(MINE, dialogues=()), "jsonl", tmp_path)
    with pytest.raises(InputError, match="cannot stand in a file name"):
        export(replace(MINE, name="../x"), "jsonl", tmp_path)
    lone = corpus(Dialogue("d", Split.TRAIN, (Utterance("d:0", "A", "\ud800"),)))
    with pytest.raises(InputError, match="cannot be written as UTF-8"):
        export(lone, "meld-csv", tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnavailableError):
        export(MINE, "meld-csv", tmp_path / "file")


@pytest.mark.parametrize(("format", "kind"), [("meld-csv", "meld"), ("meld-csv", "csv"), ("dialogue-json", "emorynlp")])
def test_generated_text_stays_generated_when_it_is_read_as_another_kind(tmp_path: Path, format: str, kind: str) -> None:
    mine = replace(MINE, scheme=scheme("meld" if kind != "emorynlp" else "emorynlp"))
    if kind == "emorynlp":
        mine = replace(
            mine,
            dialogues=tuple(
                replace(d, utterances=tuple(replace(u, label="joyful" if u.label else None) for u in d.utterances))
                for d in mine.dialogues
            ),
        )
    own = mine.scheme if kind == "csv" else None
    for path in (tmp_path, *(p for p in export(mine, format, tmp_path).files if ".corpus." not in p.name)):
        back = load(kind, path, "back", split=None if path.is_dir() else Split.TRAIN, scheme=own).corpus
        assert (back.origin, back.licence) == (Origin.GENERATED, MINE.licence)
