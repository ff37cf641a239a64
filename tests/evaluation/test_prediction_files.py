"""Prediction files as people write them, and as they break."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from erc_engine.errors import InputError
from erc_engine.evaluation.prediction_files import MAX_BYTES, PredictionFile, PredictionRow, read_prediction_rows


def read(folder: Path, name: str, text: str | bytes) -> PredictionFile:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_prediction_rows(path)


def test_a_csv_of_labels(tmp_path: Path) -> None:
    found = read(tmp_path, "mine.csv", "dialogue,utterance,label\n3,3:0,joy\n3,3:1,\n")
    assert found == PredictionFile(
        (PredictionRow("3", "3:0", "joy", line=2), PredictionRow("3", "3:1", None, line=3)), None, None
    )


def test_a_csv_of_probabilities_with_model_and_seed(tmp_path: Path) -> None:
    found = read(
        tmp_path, "mine.csv", "\ufeffDialogue_ID,Utterance_ID,model,seed,neutral,joy\r\n3,3:0,mine,7,0.1,0.9\r\n"
    )
    assert (found.model, found.seed) == ("mine", 7)
    assert found.rows[0].columns == {"neutral": "0.1", "joy": "0.9"}
    assert found.rows[0].label is None


def test_a_tsv_is_split_at_tabs(tmp_path: Path) -> None:
    assert read(tmp_path, "a.tsv", "dialogue\tutterance\tprediction\na,b\tc\tjoy\n").rows[0].dialogue == "a,b"


def test_json_lines_with_a_line_about_the_model_first(tmp_path: Path) -> None:
    text = '{"model": "mine", "seed": 3}\n\n{"dialogue": 3, "utterance": "3:0", "probabilities": {"joy": 1}}\n'
    found = read(tmp_path, "mine.jsonl", text)
    assert (found.model, found.seed) == ("mine", 3)
    assert found.rows == (PredictionRow("3", "3:0", None, {"joy": 1}, line=3),)


def test_probabilities_may_be_json_in_a_cell(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", 'dialogue,utterance,probabilities\n1,1:0,"{""joy"": 1.0}"\n')
    assert found.rows[0].probabilities == {"joy": 1.0}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.xlsx", "x", "not a prediction file"),
        ("a.csv", "", "has no predictions"),
        ("a.csv", "dialogue,utterance,label\n", "has no predictions"),
        ("a.jsonl", '{"model": "mine"}\n', "has no predictions"),
        ("a.csv", "utterance,label\n3:0,joy\n", "line 2 names no dialogue"),
        ("a.csv", "dialogue,utterance,label\n3,,joy\n", "line 2 names no utterance"),
        ("a.csv", "dialogue,utterance,label\n3,3:0\n", "line 2: 2 cells under 3 columns"),
        ("a.csv", "dialogue,utterance,label,label\n", "the column 'label' twice"),
        ("a.csv", "dialogue,utterance,label,predicted\n3,3:0,joy,joy\n", "two columns for the label"),
        ("a.csv", "dialogue,utterance,label,seed\n3,3:0,joy,1\n3,3:1,joy,2\n", "2 different values for seed: 1, 2"),
        ("a.csv", "dialogue,utterance,label,seed\n3,3:0,joy,one\n", "the seed 'one' is not a whole number"),
        ("a.csv", "dialogue,utterance,probabilities\n3,3:0,{\n", "probabilities are not JSON"),
        ("a.csv", 'dialogue,utterance,label\n3,"3:0,joy\n', "not a CSV file"),
        ("a.csv", b"dialogue,utterance,label\n3,3:0,\xff\n", "not UTF-8"),
        ("a.jsonl", "[1]\n", "line 1 is not a JSON object"),
        ("a.jsonl", '{"dialogue": 1\n', "line 1 is not JSON"),
        ("a.jsonl", "[" * 100_000 + "\n", "line 1 is not JSON"),
        ("a.jsonl", '{"dialogue": "1", "utterance": "1:0", "probabilities": [1]}\n', "not an object of label: number"),
        (
            "a.jsonl",
            '{"dialogue": "1", "utterance": "1:0"}\n{"seed": 1}\n',
            "line 2 names no dialogue and no utterance",
        ),
    ],
)
def test_a_broken_file_says_where_and_what(tmp_path: Path, name: str, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path, name, text)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_prediction_rows(tmp_path / "none.csv")


def test_missing_columns_are_told_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 2 names no dialogue and no utterance; it has label, text"):
        read(tmp_path, "a.csv", "text,label\nHi,joy\n")


def test_no_regular_file_and_no_huge_one_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    with pytest.raises(InputError, match="is not a file"):
        read_prediction_rows(tmp_path / "a.jsonl")
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="is over 512 MiB"):
        read_prediction_rows(tmp_path / "a.csv")
