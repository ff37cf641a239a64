"""Wrong input on the command line: a message with what to do, a non-zero exit, nothing half written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erc_engine.cli.main import run
from tests.cli.conftest import Erc

MELD_COLUMNS = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
ROW = '1,"You came, all the way.",Ana,joy,positive,0,0,1,1,"00:00:01,000","00:00:02,000"'


def meld(folder: Path, **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for split in ("train", "dev", "test"):
        content = files.get(split, f"{MELD_COLUMNS}\n{ROW}\n".encode())
        (folder / f"{split}_sent_emo.csv").write_bytes(content)
    return folder


def test_a_wrong_command_is_a_usage_error_with_a_hint(erc: Erc) -> None:
    code, answer = erc("frobnicate")
    assert code == 2
    assert answer["error"]["code"] == "usage"
    assert "--help" in answer["error"]["hint"]


def test_a_missing_folder_names_the_path(erc: Erc, tmp_path: Path) -> None:
    code, answer = erc("import", "meld", str(tmp_path / "nowhere"), "--name", "meld")
    assert code == 1
    assert "nowhere" in answer["error"]["message"]


def test_an_unknown_kind_lists_the_kinds(erc: Erc, tmp_path: Path) -> None:
    code, answer = erc("import", "meldd", str(tmp_path), "--name", "meld")
    assert code == 1
    assert "emorynlp" in answer["error"]["message"] + answer["error"]["hint"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"Utterance,Speaker\nHello,Ana\n", "Emotion"),
        (f"{MELD_COLUMNS}\n{ROW}\n".encode("utf-16-le"), "test_sent_emo"),
        (f"{MELD_COLUMNS}\n{ROW.replace('joy', 'joyfulness')}\n".encode(), "joyfulness"),
        (b"", "test_sent_emo"),
    ],
    ids=["missing column", "utf-16 without its mark", "unknown label", "empty file"],
)
def test_a_broken_split_imports_nothing(erc: Erc, tmp_path: Path, content: bytes, word: str) -> None:
    folder = meld(tmp_path / "MELD", test=content)
    code, answer = erc("import", "meld", str(folder), "--name", "meld")
    assert code == 1
    assert word in answer["error"]["message"] + answer["error"]["hint"]
    assert erc("corpora")[1]["corpora"] == []


def test_another_corpus_under_a_taken_name_is_refused(erc: Erc, tmp_path: Path) -> None:
    assert erc("import", "meld", str(meld(tmp_path / "MELD")), "--name", "meld")[0] == 0
    assert erc("import", "meld", str(tmp_path / "MELD"), "--name", "meld")[0] == 0
    other = meld(tmp_path / "other", train=f"{MELD_COLUMNS}\n{ROW.replace('way', 'road')}\n".encode())
    code, answer = erc("import", "meld", str(other), "--name", "meld")
    assert (code, answer["error"]["code"]) == (1, "conflict")


def test_a_name_that_is_no_file_name_is_refused(erc: Erc, tmp_path: Path) -> None:
    code, answer = erc("import", "meld", str(meld(tmp_path / "MELD")), "--name", "../meld")
    assert (code, answer["error"]["code"]) == (1, "input")


def test_an_unknown_corpus_lists_those_there_are(erc: Erc, tmp_path: Path) -> None:
    erc("import", "meld", str(meld(tmp_path / "MELD")), "--name", "meld")
    code, answer = erc("describe", "melt")
    assert (code, answer["error"]["code"]) == (1, "not_found")
    assert "meld" in answer["error"]["hint"]


def test_errors_for_people_go_to_standard_error(erc: Erc, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["describe", "melt"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")


def test_a_broken_recipe_file_names_what_is_wrong(erc: Erc, tmp_path: Path) -> None:
    erc("import", "meld", str(meld(tmp_path / "MELD")), "--name", "meld")
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("name: [unclosed")
    arguments = ("--like", "meld", "--utterances", "5", "--model", "replay:", "--name", "made")
    code, answer = erc("generate", "--recipe", str(recipe), *arguments)
    assert (code, answer["error"]["code"]) == (1, "input")
    assert erc("runs")[1]["runs"] == []


def test_control_characters_of_data_cannot_drive_the_terminal(
    erc: Erc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"dialogue": "d", "speaker": "Ana", "text": "hi", "label": "\u001b[31mjoy", "split": "train"}
    file = tmp_path / "lines.csv"
    file.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n" + ",".join({**row, "label": "x"}.values()))
    erc("import", "csv", str(file), "--name", "mine")
    capsys.readouterr()
    run(["describe", "mine"])
    assert "\x1b[31m" not in capsys.readouterr().out


def test_a_typed_address_elsewhere_is_refused(erc: Erc, tmp_path: Path) -> None:
    erc("import", "meld", str(meld(tmp_path / "MELD")), "--name", "meld")
    code, answer = erc(
        *("generate", "--recipe", "meld-balanced", "--like", "meld", "--utterances", "5", "--name", "made"),
        *("--model", "openai:http://example.org/v1#m"),
    )
    assert code == 1
    assert "--allow-address" in answer["error"]["hint"]


def test_a_broken_configuration_names_the_file(erc: Erc, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("[endpoints.lab\nurl=1")
    code, answer = erc("corpora")
    assert code == 1
    assert "config.toml" in answer["error"]["message"]


def test_misaligned_predictions_are_counted_and_nothing_is_taken(erc: Erc, tmp_path: Path) -> None:
    row = ROW.replace("joy", "neutral").replace(",0,0,1,1,", ",0,1,1,1,")
    both = f"{MELD_COLUMNS}\n{ROW}\n{row}\n".encode()
    erc("import", "meld", str(meld(tmp_path / "MELD", train=both, dev=both, test=both)), "--name", "meld")
    code, made = erc("freeze", "v", "--train", "meld:train", "--dev", "meld:dev", "--test", "meld:test")
    assert code == 0, made
    file = tmp_path / "p.csv"
    file.write_text("dialogue,utterance,label\nunknown,unknown,joy\n")
    code, answer = erc("predictions", "import", "v", str(file), "--model", "m")
    assert (code, answer["error"]["code"]) == (1, "input")
    assert json.dumps(answer)
    assert erc("evaluate", "v-m-snone")[0] == 1
