from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.delimited import read
from erc_engine.corpora.loading import load
from erc_engine.domain.conversation import Licence, Split
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError


def written(tmp_path: Path, text: str, name: str = "chat.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_obvious_column_names_need_no_mapping(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Conversation ID,Turn ID,Author,Message,Emotion,Channel\n"
        "c1,7,Ana,You came!,joy,web\nc1,9,Bo,Barely.,anger,web\nc2,1,Ana,Hm.,neutral,app\n",
    )
    result = read(path, "chat")
    first, second = result.dialogues
    assert [(u.id, u.speaker, u.text, u.label) for u in first.utterances] == [
        ("c1:7", "Ana", "You came!", "joy"),
        ("c1:9", "Bo", "Barely.", "anger"),
    ]
    assert (second.id, second.utterances[0].extra) == ("c2", {"Channel": "app"})
    assert (result.scheme.name, result.scheme.names) == ("chat", ("neutral", "anger", "joy"))


def test_a_mapping_says_which_column_is_what(tmp_path: Path) -> None:
    path = written(tmp_path, "a;b;c;d\nx;So what?;cross;dev\nx;Nothing.;calm;dev\n")
    mapping = {"dialogue": "a", "text": "b", "label": "c", "split": "d"}
    (dialogue,) = load("csv", path, "mine", mapping=mapping, neutral="calm").corpus.dialogues
    assert (dialogue.id, dialogue.split, dialogue.labels) == ("x", Split.DEV, ("cross", "calm"))
    assert [u.id for u in dialogue.utterances] == ["x:0", "x:1"]


def test_the_column_named_utterance_is_the_text(tmp_path: Path) -> None:
    path = written(tmp_path, "dialogue_id,utterance_id,utterance,label\nd,u,Hello.,joy\nd,v,Hi.,anger\n")
    assert [u.text for u in read(path, "c").dialogues[0].utterances] == ["Hello.", "Hi."]


def test_utterance_ids_that_hold_the_dialogue_stay(tmp_path: Path) -> None:
    path = written(tmp_path, "dialogue_id,utterance_id,text,label\nd1,d1_u7,Hello.,joy\n1,10,Hi.,anger\n")
    assert [u.id for d in read(path, "c").dialogues for u in d.utterances] == ["d1_u7", "1:10"]


def test_one_id_in_two_splits_gets_the_split_in_front(tmp_path: Path) -> None:
    for name in ("train.tsv", "test.tsv"):
        written(tmp_path, "dialogue\ttext\tlabel\n0\tHello.\tjoy\n0\tHi.\tanger\n", name)
    result = read(tmp_path, "c")
    assert [(d.id, d.extra) for d in result.dialogues] == [
        ("train/0", {"dialogue_as_found": "0"}),
        ("test/0", {"dialogue_as_found": "0"}),
    ]


def test_a_file_without_splits_is_train_unless_said_and_that_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "dialogue,text,label\n0,Hello.,joy\n0,Hi.,anger\n")
    result = read(path, "c")
    assert result.dialogues[0].split == Split.TRAIN
    assert [f.code for f in result.faults] == ["split-assumed"]
    assert read(path, "c", split=Split.TEST).dialogues[0].split == Split.TEST


def test_scheme_and_licence_can_be_given(tmp_path: Path) -> None:
    path = written(tmp_path, "dialogue,text,label\n0,Hello.,Joyful\n0,Hi.,mad\n")
    corpus = load("csv", path, "c", scheme=scheme("meld"), licence=Licence("CC0", may_leave_machine=True)).corpus
    assert corpus.dialogues[0].labels == ("joy", "anger")
    assert (corpus.scheme.name, corpus.licence.name, corpus.licence.may_leave_machine) == ("meld", "CC0", True)


def test_rows_without_a_label_are_context(tmp_path: Path) -> None:
    path = written(tmp_path, "dialogue,text,label\n0,Hello.,joy\n0,Hi.,\n0,Hm.,anger\n")
    loaded = load("csv", path, "c")
    assert loaded.corpus.dialogues[0].labels == ("joy", None, "anger")
    assert [(f.code, f.examples) for f in loaded.faults if f.code == "unlabelled"] == [("unlabelled", ("0:1",))]


@pytest.mark.parametrize(
    ("text", "mapping", "message"),
    [
        ("a,b\n1,2\n", {}, r"which column is the dialogue\? It has a, b"),
        ("dialogue,b\n1,2\n", {}, r"which column is the text\? It has dialogue, b"),
        ("dialogue,text\n1,2\n", {"mood": "text"}, "'mood' cannot be mapped"),
        ("dialogue,text\n1,2\n", {"label": "mood"}, "column 'mood' is missing from chat.csv"),
        ("dialogue,text,label\n1,Hi.,joy\n,Hm.,anger\n", {}, "line 3 has no dialogue id"),
        ("dialogue,text,label,split\n1,Hi.,joy,fold1\n1,Hm.,anger,fold1\n", {}, "line 2: split 'fold1' is not"),
        ("dialogue,text\n1,Hi.\n", {}, "has no label, so its scheme is unknown"),
    ],
)
def test_what_cannot_be_mapped_is_said(tmp_path: Path, text: str, mapping: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(written(tmp_path, text), "c", mapping=mapping)


def test_a_label_outside_the_given_scheme_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "dialogue,text,label\n0,Hello.,joy\n0,Hi.,glee\n")
    with pytest.raises(InputError, match=r"chat\.csv, line 3: label 'glee' is not in label scheme 'meld'"):
        read(path, "c", scheme=scheme("meld"))


def test_a_latin_file_is_read_as_cp1252_and_told(tmp_path: Path) -> None:
    path = tmp_path / "chat.csv"
    path.write_bytes("dialogue,text,label\n0,Café’s,joy\n0,Hi.,anger\n".encode("cp1252"))
    result = read(path, "c", split=Split.TRAIN)
    assert result.dialogues[0].utterances[0].text == "Café’s"
    assert [f.code for f in result.faults] == ["encoding"]
