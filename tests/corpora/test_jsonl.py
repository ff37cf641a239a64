from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.corpora.jsonl import (
    dialogue_from_json,
    dialogue_to_json,
    is_bundled_recording,
    jsonl_bytes,
    line_of,
    read_dialogues,
    write_jsonl,
)
from erc_engine.corpora.loading import load
from erc_engine.domain.conversation import Dialogue, Licence, Origin, Split, Utterance
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError
from tests.builders import corpus, dialogue

TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=12)  # surrogates and controls too
LABEL = st.sampled_from(scheme("meld").names)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
EXTRA = st.dictionaries(TEXT, JSON, max_size=3)


@st.composite
def dialogues(draw: Callable[[Any], Any]) -> list[Dialogue]:
    made = []
    for number in range(draw(st.integers(1, 3))):
        id_ = f"{number}{draw(TEXT)}"
        turns = tuple(
            Utterance(
                f"{id_}:{turn}",
                draw(TEXT),
                draw(TEXT),
                draw(st.none() | LABEL),
                draw(st.none() | st.dictionaries(LABEL, st.integers(0, 5), max_size=3)),
                draw(EXTRA),
            )
            for turn in range(draw(st.integers(1, 3)))
        )
        made.append(Dialogue(id_, draw(st.sampled_from(Split)), turns, draw(st.none() | TEXT), draw(EXTRA)))
    return made


@settings(max_examples=150, deadline=None)
@given(dialogues())
def test_writing_reading_and_writing_gives_the_same_bytes(made: list[Dialogue]) -> None:
    once = jsonl_bytes(made)
    again = list(read_dialogues(once.decode("utf-8").split("\n")))
    assert jsonl_bytes(again) == once


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_every_text_comes_back_as_it_was(texts: list[str]) -> None:
    made = Dialogue("d", Split.DEV, tuple(Utterance(f"d:{n}", t, t, None, None, {"k": t}) for n, t in enumerate(texts)))
    assert list(read_dialogues(jsonl_bytes([made]).decode("utf-8").split("\n"))) == [made]


def test_a_file_comes_back_whole_through_the_loader(tmp_path: Path) -> None:
    odd = "line\u2028end \x00 nul \ud800 lone \x85 next \ufeff mark é"
    made = dialogue(f"Ana: {odd} [joy]", "Bo: So? [neutral]", id="d1", split=Split.TEST, episode="s01e02")
    write_jsonl(corpus(made), tmp_path / "a.jsonl")
    loaded = load("jsonl", tmp_path / "a.jsonl", "c", scheme=scheme("meld"))
    assert loaded.corpus.dialogues == (made,)
    write_jsonl(loaded.corpus, tmp_path / "b.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_line_is_readable_and_in_a_fixed_order() -> None:
    assert line_of(dialogue("Zoë: Çok güzel! [joy]", id="d1")) == (
        '{"id": "d1", "split": "train", "episode": null, '
        '"utterances": [{"id": "d1:0", "speaker": "Zoë", "text": "Çok güzel!", "label": "joy"}]}'
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, {1, 2}, b"x", 1j])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    made = Dialogue("d", Split.TRAIN, (Utterance("d:0", "Ana", "Hi.", extra={"k": value}),))
    with pytest.raises(InputError, match="dialogue 'd' has no form in JSON"):
        line_of(made)


def test_a_dialogue_without_utterances_is_refused_both_ways() -> None:
    with pytest.raises(InputError, match="has no utterances"):
        line_of(Dialogue("d", Split.TRAIN, ()))
    with pytest.raises(InputError, match="has no list of utterances"):
        dialogue_from_json({"id": "d", "utterances": []})


def test_repeated_ids_are_refused_both_ways(tmp_path: Path) -> None:
    twice = [dialogue("Ana: Hi. [joy]", id="d"), dialogue("Bo: Ho. [joy]", id="d")]
    with pytest.raises(InputError, match="dialogue id 'd' stands more than once"):
        write_jsonl(corpus(*twice), tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").write_bytes(jsonl_bytes(twice))
    with pytest.raises(InputError, match="dialogue id 'd' stands more than once"):
        load("jsonl", tmp_path / "b.jsonl", "c", scheme=scheme("meld"))


def test_recordings_are_read_in_their_own_shape() -> None:
    line = json.dumps(
        {
            "id": "r-7",
            "scheme": "meld",
            "request": {"turns": 1},
            "situation": "at a door",
            "turns": [{"speaker": "Ana", "emotion": "joy", "text": "You came!"}],
        }
    )
    assert list(read_dialogues([line, ""])) == [
        Dialogue(
            "r-7",
            Split.TRAIN,
            (Utterance("r-7:0", "Ana", "You came!", "joy"),),
            extra={"request": {"turns": 1}, "situation": "at a door"},
        )
    ]


def test_the_bundled_recordings_are_ours_and_say_that_they_are_recorded(assets: Path) -> None:
    loaded = load("jsonl", assets / "recordings" / "iemocap-matched.jsonl", "r")
    assert (loaded.corpus.scheme.name, loaded.corpus.origin) == ("iemocap", Origin.RECORDED)
    assert (loaded.corpus.licence.name, loaded.corpus.licence.may_leave_machine) == ("Apache-2.0", True)
    assert len(loaded.corpus.dialogues) == 50
    assert loaded.faults == ()


def test_a_changed_copy_of_a_recording_is_not_ours(tmp_path: Path, assets: Path) -> None:
    data = (assets / "recordings" / "meld-matched.jsonl").read_bytes()
    assert is_bundled_recording("meld-matched.jsonl", data)
    assert not is_bundled_recording("meld-matched.jsonl", data[:-2] + b" \n")
    assert not is_bundled_recording("other.jsonl", data)
    (tmp_path / "meld-matched.jsonl").write_bytes(data.split(b"\n")[0])
    changed = load("jsonl", tmp_path / "meld-matched.jsonl", "r").corpus
    assert (changed.origin, changed.licence.may_leave_machine) == (Origin.IMPORTED, False)


def test_a_licence_can_be_given(tmp_path: Path) -> None:
    write_jsonl(corpus(dialogue("Ana: Hi. [joy]", "Bo: Ho. [anger]")), tmp_path / "a.jsonl")
    given = load("jsonl", tmp_path / "a.jsonl", "c", licence=Licence("CC0", may_leave_machine=True)).corpus
    assert given.licence.name == "CC0"
    assert load("jsonl", tmp_path / "a.jsonl", "c").corpus.licence.name == "unknown"


def test_a_folder_gives_a_split_to_each_file(tmp_path: Path) -> None:
    for split in ("train", "test"):
        line = json.dumps({"id": split, "turns": [{"text": "Hi.", "label": "joy"}, {"text": "Ho.", "label": "anger"}]})
        (tmp_path / f"{split}.jsonl").write_text(line)
    found = load("jsonl", tmp_path, "c").corpus.dialogues
    assert [(d.id, d.split) for d in found] == [("train", Split.TRAIN), ("test", Split.TEST)]


def test_a_files_name_is_the_split_of_dialogues_that_name_none(tmp_path: Path) -> None:
    plain = {"id": "a", "turns": [{"text": "Hi.", "label": "joy"}, {"text": "Ho.", "label": "anger"}]}
    lines = [plain, plain | {"id": "b", "split": "dev"}]
    (tmp_path / "my_test.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = load("jsonl", tmp_path, "c").corpus.dialogues
    assert [(d.id, d.split) for d in found] == [("b", Split.DEV), ("a", Split.TEST)]


def test_a_split_against_the_files_own_is_refused(tmp_path: Path) -> None:
    write_jsonl(corpus(dialogue("Ana: Hi. [joy]", split=Split.TRAIN)), tmp_path / "a.jsonl")
    with pytest.raises(InputError, match="dialogue 'd1' says 'train', not 'test'"):
        load("jsonl", tmp_path / "a.jsonl", "c", scheme=scheme("meld"), split=Split.TEST)


def test_utterance_ids_that_repeat_between_dialogues_get_the_dialogue_in_front(tmp_path: Path) -> None:
    lines = [
        {"id": d, "utterances": [{"id": 0, "text": "Hi.", "label": label}]}
        for d, label in (("a", "joy"), ("b", "anger"))
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = load("jsonl", tmp_path / "a.jsonl", "c").corpus.dialogues
    assert [u.id for d in found for u in d.utterances] == ["a:0", "b:0"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[1]", "line 1 is not an object"),
        ("{", "line 1 is not JSON"),
        ('{"id": "d"}', "dialogue 'd' has no list of utterances"),
        ('{"utterances": [{"text": "x"}]}', "line 1: the dialogue's id is missing"),
        ('{"id": "d", "utterances": ["x"]}', "turn 1 is not an object"),
        ('{"id": "d", "utterances": [{"speaker": "x"}]}', "turn 1 has no text"),
        ('{"id": "d", "utterances": [{"text": 3}]}', "turn 1: text is not text but int"),
        ('{"id": "d", "utterances": [{"text": "x", "votes": {"joy": -1}}]}', "votes are not counts"),
        ('{"id": "d", "utterances": [{"text": "x", "votes": {"joy": true}}]}', "votes are not counts"),
        ('{"id": "d", "split": "fold", "utterances": [{"text": "x"}]}', "split 'fold' is not one of"),
        ('{"id": "d", "split": [], "utterances": [{"text": "x"}]}', "is not one of"),
        ('{"id": "d", "extra": [], "utterances": [{"text": "x"}]}', "extra is not an object"),
        ('{"id": "d", "extra": {"x": NaN}, "utterances": [{"text": "x"}]}', "NaN is no JSON number"),
        ('{"id": "d", "extra": {"x": 1e999}, "utterances": [{"text": "x"}]}', "is no finite number"),
    ],
)
def test_lines_that_cannot_be_used_are_told_with_their_number(line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(read_dialogues([line]))


def test_endless_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erc_engine.corpora.jsonl.MAX_LINE", 10)
    with pytest.raises(InputError, match="line 1 has 11 characters"):
        list(read_dialogues(["x" * 11]))


def test_votes_stand_in_the_json_only_where_there_are_any() -> None:
    voted = Dialogue("d", Split.TRAIN, (Utterance("d:0", "A", "Hi.", "joy", {"joy": 5}), Utterance("d:1", "B", "Ho.")))
    first, second = dialogue_to_json(voted)["utterances"]
    assert first["votes"] == {"joy": 5}
    assert "votes" not in second
