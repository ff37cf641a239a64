import json
from collections import Counter

import pytest

from erc_engine.domain.generation import FailReason, Speaker
from erc_engine.errors import InputError, ModelError
from erc_engine.llm.recordings import Recordings

SIZES = {
    "emorynlp-balanced": 160,
    "emorynlp-matched": 100,
    "iemocap-balanced": 70,
    "iemocap-matched": 50,
    "meld-balanced": 200,
    "meld-matched": 120,
}
ROW = {
    "id": "tiny-0000",
    "scheme": "meld",
    "request": {
        "turns": 2,
        "emotions": {"joy": 1, "neutral": 1},
        "setting": "at a bus stop",
        "speakers": [{"name": "Ana", "trait": "warm"}, {"name": "Bo"}],
    },
    "turns": [
        {"speaker": "Ana", "emotion": "joy", "text": "You came!"},
        {"speaker": "Bo", "emotion": "neutral", "text": "Barely."},
    ],
}


def test_the_bundled_sets_are_whole(recordings):
    found = Recordings(recordings)
    assert {name: len(found.of(name)) for name in found.names()} == SIZES


def test_a_menu_item_says_what_the_dialogue_holds(recordings):
    for name in SIZES:
        for recording in Recordings(recordings).of(name):
            item = recording.item
            assert item.recording == recording.id
            assert item.turns == len(recording.turns) == sum(item.labels.values())
            assert Counter(item.labels) == Counter(turn.label for turn in recording.turns)
            assert {turn.speaker for turn in recording.turns} <= {speaker.name for speaker in item.speakers}


def test_a_request_becomes_speakers_with_traits_and_attributes(tmp_path):
    (tmp_path / "tiny.jsonl").write_text(json.dumps(ROW))
    [recording] = Recordings(tmp_path).of("tiny")
    assert recording.item.speakers == (Speaker("Ana", "warm"), Speaker("Bo", ""))
    assert recording.item.attributes == {"setting": "at a bus stop"}
    assert recording.item.labels == {"joy": 1, "neutral": 1}


@pytest.mark.parametrize("name", ["nothing", "votes", "../recordings/meld-matched", ""])
def test_an_unknown_set_is_told_the_known_ones(recordings, name):
    with pytest.raises(InputError, match="no recordings named") as caught:
        Recordings(recordings).of(name)
    assert "meld-balanced, meld-matched" in caught.value.hint


@pytest.mark.parametrize("recording", ["meld-matched-9999", "nothing-0000", "votes-0000", "../x-0", "plain"])
def test_a_missing_recording_is_no_reply(recordings, recording):
    with pytest.raises(ModelError, match="is not in") as caught:
        Recordings(recordings).get(recording)
    assert (caught.value.code, caught.value.retryable) == (FailReason.REFUSED_REQUEST, False)


def test_a_request_without_a_recording_is_told_what_replay_is(recordings):
    with pytest.raises(ModelError, match="names none") as caught:
        Recordings(recordings).get(None)
    assert "live model" in caught.value.hint


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        json.dumps({**ROW, "turns": [{"speaker": "Ana"}]}),
        json.dumps({**ROW, "scheme": "none"}),
        json.dumps(ROW).replace('"neutral", "text"', '"smug", "text"'),
    ],
    ids=["no JSON", "no object", "no text", "no scheme", "no label of the scheme"],
)
def test_a_broken_line_is_named(tmp_path, broken):
    (tmp_path / "tiny.jsonl").write_text(json.dumps(ROW) + "\n" + broken)
    with pytest.raises(InputError, match=r"line 2 of .*tiny\.jsonl"):
        Recordings(tmp_path).of("tiny")


def test_a_folder_without_recordings_has_no_sets(tmp_path):
    assert Recordings(tmp_path / "absent").names() == ()
