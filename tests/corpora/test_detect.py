from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.detect import kind_of, load_any
from erc_engine.errors import InputError, NotFoundError
from tests.corpora.sources import meld_row, turn, voted, write_json, write_meld


def test_every_kind_is_told_from_its_files(tmp_path: Path) -> None:
    for name in ("meld", "full", "original", "reduced", "lines", "own", "csv"):
        (tmp_path / name).mkdir()
    write_meld(tmp_path / "meld", train=[meld_row(0, 0, "Hi.")])
    write_json(tmp_path / "full" / "train_data.json", [[turn("Hi.")]])
    write_json(tmp_path / "original" / "dev.json", {"season_id": "dev", "episodes": []})
    columns = "Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode\n"
    (tmp_path / "reduced" / "train.csv").write_text(columns)
    write_json(tmp_path / "lines" / "train.json", [[voted("Hi.", "joy", "0500000")]])
    (tmp_path / "own" / "train.jsonl").write_text('{"id": "d", "turns": [{"text": "Hi."}]}\n')
    (tmp_path / "csv" / "train.csv").write_text("dialogue,text,label\n1,Hi.,joy\n")
    assert {p.name: kind_of(p) for p in tmp_path.iterdir()} == {
        "meld": "meld",
        "full": "emorynlp",
        "original": "emorynlp",
        "reduced": "emorynlp",
        "lines": "emotionlines",
        "own": "jsonl",
        "csv": "csv",
    }


def test_a_file_is_loaded_as_what_it_is(tmp_path: Path) -> None:
    write_meld(tmp_path, test=[meld_row(0, 0, "Hi.")])
    assert load_any(tmp_path / "test_sent_emo.csv", "m").corpus.kind == "meld"


def test_a_file_of_unknown_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.json is no dialogue file"):
        kind_of(write_json(tmp_path / "a.json", {"x": 1}))


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="has no CSV, JSON or JSONL file"):
        kind_of(tmp_path)
    with pytest.raises(NotFoundError, match="there is no file or folder"):
        kind_of(tmp_path / "gone")
