"""What every loader promises: a corpus or one of our errors, whatever the bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from erc_engine.corpora.detect import load_any
from erc_engine.corpora.loading import KINDS, Loaded, load
from erc_engine.domain.conversation import OWN_LICENCE, Split
from erc_engine.domain.labels import scheme
from erc_engine.errors import ErcError, InputError, NotFoundError
from tests.corpora.sources import meld_csv, meld_row, turn, voted, write_json, write_meld

NAMES = {
    "meld": "train_sent_emo.csv",
    "emorynlp": "train_data.json",
    "emotionlines": "friends.train.json",
    "jsonl": "train.jsonl",
    "csv": "train.csv",
}
GOOD: dict[str, str] = {
    "meld": meld_csv([meld_row(0, 0, "You came!", emotion="joy"), meld_row(0, 1, "Barely.", "Bo")]),
    "emorynlp": json.dumps([[turn("You came!", label="Joyful"), turn("Barely.", "Bo")]]),
    "emotionlines": json.dumps([[voted("You came!", "joy", "0500000"), voted("Barely.", "neutral", "5000000", "Bo")]]),
    "jsonl": json.dumps(
        {"id": "d", "turns": [{"text": "You came!", "label": "joy"}, {"text": "So.", "label": "fear"}]}
    ),
    "csv": "dialogue,text,label\n0,You came!,joy\n0,Barely.,neutral\n",
}
FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEYS = st.sampled_from(
    [
        "text",
        "speaker",
        "label",
        "utterance",
        "emotion",
        "annotation",
        "id",
        "turns",
        "utterances",
        "episodes",
        "scenes",
        "scene_id",
        "episode_id",
        "speakers",
        "transcript",
        "utterance_id",
        "votes",
        "extra",
        "split",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
CELL = st.sampled_from(
    ["joy", "neutral", "Joyful", "1", "0", "-1", "", "00:00:01,0", "s01", "['A']", "=1", "\x92", '"']
)


def check(kind: str, path: Path) -> None:
    try:
        loaded = load(kind, path, "x")
    except ErcError:
        return
    assert isinstance(loaded, Loaded)
    assert loaded.corpus.dialogues
    assert all(d.utterances for d in loaded.corpus.dialogues)


@pytest.mark.parametrize("kind", KINDS)
@FUZZ
@given(data=st.binary(max_size=200))
@example(data=b"")
@example(data=b"\xef\xbb\xbf")
@example(data=b"\xff\xfea\0")
@example(data=b"\0" * 9)
@example(data=b'"')
@example(data=b"[" * 100_000)
def test_any_bytes_give_a_corpus_or_an_error_of_ours(kind: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAMES[kind]
    path.write_bytes(data)
    check(kind, path)


@pytest.mark.parametrize("kind", KINDS)
@FUZZ
@given(place=st.integers(0, 400), put=st.binary(max_size=6), cut=st.integers(0, 6))
def test_a_good_file_with_a_wrong_place_gives_a_corpus_or_an_error(
    kind: str, place: int, put: bytes, cut: int, tmp_path: Path
) -> None:
    good = GOOD[kind].encode()
    place = min(place, len(good))
    path = tmp_path / NAMES[kind]
    path.write_bytes(good[:place] + put + good[place + cut :])
    check(kind, path)


@pytest.mark.parametrize("kind", ["emorynlp", "emotionlines", "jsonl"])
@FUZZ
@given(value=JSON)
def test_any_json_gives_a_corpus_or_an_error(kind: str, value: Any, tmp_path: Path) -> None:
    path = tmp_path / NAMES[kind]
    path.write_text(
        json.dumps(value) if kind != "jsonl" or not isinstance(value, list) else "\n".join(map(json.dumps, value))
    )
    check(kind, path)


@pytest.mark.parametrize("kind", ["meld", "csv", "emorynlp"])
@FUZZ
@given(cells=st.lists(st.lists(CELL, min_size=11, max_size=11), max_size=4))
def test_any_cells_give_a_corpus_or_an_error(kind: str, cells: list[list[str]], tmp_path: Path) -> None:
    columns = {
        "meld": "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime",
        "emorynlp": "Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode,Start_Time,End_Time,A,B",
        "csv": "dialogue,utterance,speaker,text,label,split,episode,a,b,c,d",
    }[kind]
    rows = "\n".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in cells)
    path = tmp_path / "train.csv"
    path.write_text(f"{columns}\n{rows}\n")
    check(kind, path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_loads_its_own_files_and_is_found_out(kind: str, tmp_path: Path) -> None:
    (tmp_path / NAMES[kind]).write_text(GOOD[kind])
    loaded = load(kind, tmp_path, "x")
    assert (loaded.corpus.name, loaded.corpus.kind, loaded.source) == ("x", kind, str(tmp_path))
    assert [d.split for d in loaded.corpus.dialogues] == [Split.TRAIN]
    assert loaded.corpus.dialogues[0].utterances[0].text == "You came!"
    assert load_any(tmp_path / NAMES[kind], "x").corpus == loaded.corpus


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_names_a_path_that_is_not_there(kind: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="gone"):
        load(kind, tmp_path / "gone", "x")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_refuses_a_label_outside_its_scheme_with_place_and_hint(kind: str, tmp_path: Path) -> None:
    changed = GOOD[kind].replace('"Joyful"', '"glee"').replace(",joy", ",glee").replace('"joy"', '"glee"')
    (tmp_path / NAMES[kind]).write_text(changed)
    given_scheme = {"scheme": scheme("meld")} if kind in ("jsonl", "csv") else {}
    with pytest.raises(InputError, match="label 'glee' is not in label scheme") as caught:
        load(kind, tmp_path, "x", **given_scheme)
    assert "its labels are neutral" in caught.value.hint


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_a_byte_order_mark(kind: str, tmp_path: Path) -> None:
    (tmp_path / NAMES[kind]).write_text("\ufeff" + GOOD[kind], encoding="utf-8")
    assert load(kind, tmp_path, "x").corpus.dialogues[0].utterances[0].text == "You came!"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_unique_ids(kind: str, tmp_path: Path) -> None:
    for split in ("train", "dev"):
        (tmp_path / NAMES[kind].replace("train", split)).write_text(GOOD[kind].replace('"id": "d"', f'"id": "{split}"'))
    dialogues = load(kind, tmp_path, "x").corpus.dialogues
    assert len({d.id for d in dialogues}) == 2
    assert len({u.id for d in dialogues for u in d.utterances}) == 4


def test_splits_stand_in_the_order_train_dev_test(tmp_path: Path) -> None:
    write_meld(tmp_path, test=[meld_row(0, 0, "A.")], train=[meld_row(0, 0, "B.")], dev=[meld_row(0, 0, "C.")])
    assert [d.split for d in load("meld", tmp_path, "x").corpus.dialogues] == list(Split)


def test_a_version_that_it_is_not_is_refused_with_the_differences(tmp_path: Path) -> None:
    write_meld(tmp_path, train=[meld_row(0, 0, "A.")])
    with pytest.raises(InputError, match=r"is not version 'release' of meld: .*train utterances 1, published 9,989"):
        load("meld", tmp_path, "x", version="release")


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("xml", {}, "'xml' is no kind of corpus"),
        ("meld", {"mapping": {"text": "x"}}, "only kind csv takes a column mapping"),
        ("meld", {"scheme": scheme("meld")}, "meld has a label scheme of its own"),
        ("emotionlines", {"licence": OWN_LICENCE}, "emotionlines has a licence of its own"),
    ],
)
def test_arguments_that_do_not_fit_the_kind_are_refused(
    kind: str, more: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        load(kind, tmp_path, "x", **more)


def test_an_empty_benchmark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no dialogue"):
        load("emorynlp", write_json(tmp_path / "train.json", []), "x")
