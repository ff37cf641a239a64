from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.emotionlines import label_by_votes, read
from erc_engine.corpora.loading import load
from erc_engine.errors import InputError
from tests.corpora.sources import voted, write_json


def test_the_five_votes_are_kept_by_label(tmp_path: Path) -> None:
    write_json(
        tmp_path / "friends.train.json", [[voted("You came!", "joy", "0301010"), voted("So?", "neutral", "5000000")]]
    )
    (dialogue,) = read(tmp_path).dialogues
    assert (dialogue.id, dialogue.labels) == ("train/0", ("joy", "neutral"))
    assert [u.votes for u in dialogue.utterances] == [{"joy": 3, "fear": 1, "surprise": 1}, {"neutral": 5}]


def test_digits_count_neutral_joy_sadness_fear_anger_surprise_disgust(tmp_path: Path) -> None:
    path = write_json(tmp_path / "train.json", [[voted("x", "non-neutral", "1234567")]])
    assert read(path).dialogues[0].utterances[0].votes == {
        "neutral": 1,
        "joy": 2,
        "sadness": 3,
        "fear": 4,
        "anger": 5,
        "surprise": 6,
        "disgust": 7,
    }


def test_nothing_made_from_it_may_be_handed_on(tmp_path: Path) -> None:
    path = write_json(tmp_path / "train.json", [[voted("x", "joy", "0500000")]])
    licence = load("emotionlines", path, "e").corpus.licence
    assert (licence.name, licence.may_leave_machine, licence.derivatives) == ("CC BY-NC-ND 4.0", False, False)


@pytest.mark.parametrize(
    ("votes", "label"),
    [
        ({"joy": 3, "anger": 2}, "joy"),
        ({"neutral": 5}, "neutral"),
        ({"joy": 2, "anger": 2, "fear": 1}, "non-neutral"),
        ({"neutral": 2, "joy": 1, "fear": 1, "anger": 1}, "non-neutral"),
        ({}, "non-neutral"),
    ],
)
def test_three_of_five_votes_make_a_label(votes: dict[str, int], label: str) -> None:
    assert label_by_votes(votes) == label


def test_labels_against_their_votes_are_told_and_kept(tmp_path: Path) -> None:
    turns = [voted("a", "joy", "0500000"), voted("b", "joy", "0220010"), voted("c", "anger", "0000310")]
    loaded = load("emotionlines", write_json(tmp_path / "train.json", [turns]), "e")
    told = {fault.code: (fault.count, fault.examples) for fault in loaded.faults}
    assert told["vote-rule"] == (1, ("train/0:1",))
    assert told["vote-count"] == (1, ("train/0:2",))
    assert loaded.corpus.dialogues[0].labels == ("joy", "joy", "anger")


@pytest.mark.parametrize("digits", ["50000", "5oo0000", 5000000, "٥000000"])
def test_votes_that_are_not_seven_digits_are_refused(tmp_path: Path, digits: object) -> None:
    path = write_json(tmp_path / "train.json", [[voted("a", "joy", "0") | {"annotation": digits}]])
    with pytest.raises(InputError, match=r"train\.json, dialogue 0, turn 0: annotation is .*, expected 7 digits"):
        read(path)


def test_a_file_without_votes_is_read_without_them(tmp_path: Path) -> None:
    path = write_json(tmp_path / "train.json", [[{"speaker": "Ana", "utterance": "Hm.", "emotion": "neutral"}]])
    assert read(path).dialogues[0].utterances[0].votes is None
