from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.loading import load
from erc_engine.corpora.meld import episode_of, read
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.errors import InputError, NotFoundError
from tests.corpora.sources import meld_csv, meld_row, write_meld


def test_ids_hold_split_and_original_numbers_and_every_column_is_kept(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(3, 0, "You came!", "Ana", "joy"), meld_row(3, 2, "Barely.", "Bo")])
    (dialogue,) = read(tmp_path).dialogues
    kept = {"Sr No.": "1", "Sentiment": "neutral", "StartTime": "00:00:01,000", "EndTime": "00:00:02,000"}
    assert dialogue == Dialogue(
        "train/3",
        Split.TRAIN,
        (
            Utterance("train/3:0", "Ana", "You came!", "joy", extra={**kept, "Utterance_ID": "0"}),
            Utterance("train/3:2", "Bo", "Barely.", "neutral", extra={**kept, "Utterance_ID": "2"}),
        ),
        "s01e02",
        {"Dialogue_ID": "3", "Season": "1", "Episode": "2"},
    )


def test_the_same_number_in_two_splits_is_two_dialogues(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(0, 0, "One.")], test=[meld_row(0, 0, "Two.")])
    assert [d.id for d in load("meld", tmp_path, "m").corpus.dialogues] == ["train/0", "test/0"]


def test_its_text_may_not_leave_the_machine(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(0, 0, "One.")])
    licence = load("meld", tmp_path, "m").corpus.licence
    assert (licence.name, licence.may_leave_machine, licence.derivatives) == ("GPL-3.0", False, True)


def test_broken_encoding_is_mended_counted_and_kept_as_found(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(0, 0, "It\x92s you.", "Ana\x92s friend"), meld_row(0, 1, "Me.")])
    loaded = load("meld", tmp_path, "m")
    first = loaded.corpus.dialogues[0].utterances[0]
    assert (first.text, first.speaker) == ("It’s you.", "Ana’s friend")
    assert (first.extra["text_as_found"], first.extra["speaker_as_found"]) == ("It\x92s you.", "Ana\x92s friend")
    (fault,) = [f for f in loaded.faults if f.code == "mojibake"]
    assert (fault.count, fault.examples) == (1, ("train/0:0",))


def test_one_file_is_enough(tmp_path: Path) -> None:
    write_meld(tmp_path, dev=[meld_row(0, 0, "One.")])
    assert read(tmp_path / "dev_sent_emo.csv").dialogues[0].split == Split.DEV


def test_other_csv_files_in_its_folder_are_left_alone(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(0, 0, "One.")])
    (tmp_path / "train_sent_emo_dya.csv").write_text("x,y\n")
    assert len(read(tmp_path).dialogues) == 1


def test_missing_columns_are_named_with_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("Utterance,Speaker,Mood,Dialogue_ID,Utterance_ID\nHi,Ana,joy,0,0\n")
    with pytest.raises(
        InputError, match=r"column 'Emotion' is missing from train\.csv; it has Utterance, Speaker, Mood"
    ):
        read(tmp_path / "train.csv")


def test_an_unknown_label_refuses_the_whole_import(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(0, 0, "One."), meld_row(0, 1, "Two.", emotion="glee")])
    with pytest.raises(InputError, match=r"train_sent_emo\.csv, line 3: label 'glee'"):
        read(tmp_path)


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read(tmp_path / "MELD")


def test_repeated_numbers_are_refused(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(0, 0, "One."), meld_row(0, 0, "Two.")])
    with pytest.raises(InputError, match="utterance id 'train/0:0' stands more than once"):
        load("meld", tmp_path, "m")


def test_a_row_without_a_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(meld_csv([meld_row(0, 0, "One.") | {"Dialogue_ID": " "}]))
    with pytest.raises(InputError, match="line 2 has no Dialogue_ID"):
        read(path)


def test_a_dialogue_in_two_episodes_is_told(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(0, 0, "One."), meld_row(0, 1, "Two.", episode=9)])
    result = read(tmp_path)
    assert result.dialogues[0].episode == "s01e02"
    assert [(f.code, f.examples) for f in result.faults if f.code == "several-episodes"] == [
        ("several-episodes", ("train/0",))
    ]


@pytest.mark.parametrize(
    ("season", "episode", "name"), [("8", "21", "s08e21"), ("", "1", None), ("x", "1", None), ("²", "1", None)]
)
def test_episodes_are_named_alike_in_all_benchmarks(season: str, episode: str, name: str | None) -> None:
    assert episode_of({"Season": season, "Episode": episode}) == name
