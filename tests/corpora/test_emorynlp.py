from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erc_engine.corpora.emorynlp import read
from erc_engine.corpora.loading import load
from erc_engine.domain.conversation import Split
from erc_engine.errors import InputError
from tests.corpora.sources import turn, write_json

CSV = "Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode,Start_Time,End_Time\n"


def original(**scene: Any) -> dict[str, Any]:
    utterance = {
        "utterance_id": "s01_e15_c01_u003",
        "speakers": ["Ana Lima", "Bo"],
        "transcript": "You came!",
        "emotion": "Joyful",
    }
    scenes = [{"scene_id": "s01_e15_c01", "utterances": [utterance], **scene}]
    return {"season_id": "dev", "episodes": [{"episode_id": "s01_e15", "scenes": scenes}]}


def test_full_has_ids_by_place(tmp_path: Path) -> None:
    write_json(tmp_path / "train_data.json", [[turn("You came!", label="Joyful"), turn("Barely.", "Bo Berg", "Mad")]])
    result = read(tmp_path)
    (dialogue,) = result.dialogues
    assert result.form == "full"
    assert (dialogue.id, dialogue.episode, dialogue.labels) == ("train/0", None, ("joyful", "mad"))
    assert [(u.id, u.speaker) for u in dialogue.utterances] == [("train/0:0", "Ana Lima"), ("train/0:1", "Bo Berg")]


def test_original_keeps_its_ids_episodes_and_speakers(tmp_path: Path) -> None:
    write_json(tmp_path / "emotion-detection-dev.json", original())
    result = read(tmp_path)
    (dialogue,) = result.dialogues
    assert result.form == "original"
    assert (dialogue.id, dialogue.split, dialogue.episode) == ("s01_e15_c01", Split.DEV, "s01e15")
    (utterance,) = dialogue.utterances
    assert (utterance.id, utterance.speaker) == ("s01_e15_c01_u003", "Ana Lima, Bo")
    assert utterance.extra == {"speakers": ["Ana Lima", "Bo"]}


def test_reduced_has_the_ids_of_the_original(tmp_path: Path) -> None:
    row = "\"You, came!\",\"['Ana Lima', 'Bo']\",Joyful,1,3,1,15,00:00:03.795,00:00:05.004\n"
    (tmp_path / "emorynlp_dev_final.csv").write_text(CSV + row)
    result = read(tmp_path)
    (dialogue,) = result.dialogues
    assert result.form == "reduced"
    assert (dialogue.id, dialogue.episode) == ("s01_e15_c01", "s01e15")
    assert dialogue.extra == {"Season": "1", "Episode": "15", "Scene_ID": "1"}
    (utterance,) = dialogue.utterances
    assert (utterance.id, utterance.speaker, utterance.text) == ("s01_e15_c01_u003", "Ana Lima, Bo", "You, came!")
    assert utterance.extra["Start_Time"] == "00:00:03.795"


@pytest.mark.parametrize("cell", ["Ana", "['Ana'", "[1, 2]", "[]", "__import__('os')", "[" * 90])
def test_a_speaker_that_is_no_list_is_taken_as_it_stands(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "emorynlp_dev_final.csv"
    path.write_text(CSV + f'Hi.,"{cell}",Joyful,1,3,1,15,0,0\n')
    assert read(path).dialogues[0].utterances[0].speaker == cell


def test_the_wrong_version_is_refused_with_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "emorynlp_dev_final.csv").write_text(CSV + "Hi.,Ana,Joyful,1,3,1,15,0,0\n")
    with pytest.raises(InputError, match="is the reduced version of EmoryNLP, not full"):
        load("emorynlp", tmp_path, "e", version="full")


def test_the_right_shape_with_other_counts_is_no_published_version(tmp_path: Path) -> None:
    write_json(tmp_path / "train_data.json", [[turn("You came!"), turn("Barely.")]])
    assert load("emorynlp", tmp_path, "e").corpus.version is None
    with pytest.raises(InputError, match=r"nearest is .*: train dialogues 1, published"):
        load("emorynlp", tmp_path, "e", version="full")


def test_versions_are_not_mixed(tmp_path: Path) -> None:
    write_json(tmp_path / "train_data.json", [[turn("You came!")]])
    (tmp_path / "emorynlp_dev_final.csv").write_text(CSV + "Hi.,Ana,Joyful,1,3,1,15,0,0\n")
    with pytest.raises(InputError, match="mixes versions: full, reduced"):
        read(tmp_path)


def test_empty_dialogues_are_left_out_and_told(tmp_path: Path) -> None:
    write_json(tmp_path / "train_data.json", [[], [turn("You came!")]])
    result = read(tmp_path)
    assert [d.id for d in result.dialogues] == ["train/1"]
    assert [(f.code, f.examples) for f in result.faults if f.code == "empty-dialogue"] == [
        ("empty-dialogue", ("train/0",))
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"dialogues": []}, "is no EmoryNLP"),
        ("text", "is no EmoryNLP"),
        ([3], "expected a list, seen int"),
        ([["x"]], "expected an object, seen str"),
        ([[{"text": "x"}]], "has no 'speaker'; it has text"),
        ([[{"text": None, "speaker": "a"}]], "text is not text but NoneType"),
        ([[turn("x", label="Grumpy")]], "label 'Grumpy' is not in label scheme 'emorynlp'"),
        (original(utterances={}), "expected a list under 'utterances'"),
        ({"episodes": [{}]}, "has no 'episode_id'"),
    ],
)
def test_other_shapes_are_refused_with_their_place(tmp_path: Path, value: Any, message: str) -> None:
    write_json(tmp_path / "dev.json", value)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "dev.json")


def test_csv_numbers_have_to_be_numbers(tmp_path: Path) -> None:
    (tmp_path / "dev.csv").write_text(CSV + "Hi.,Ana,Joyful,one,3,1,15,0,0\n")
    with pytest.raises(InputError, match="line 2: Scene_ID is 'one'"):
        read(tmp_path / "dev.csv")
