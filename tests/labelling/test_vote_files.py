"""Votes come in from JSONL and CSV, and go out so that they come in again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.errors import InputError, NotFoundError, UnavailableError
from erc_engine.labelling.vote_files import read_votes, write_votes


def written(folder: Path, text: str, name: str = "votes.jsonl") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_row_may_hold_one_label_or_all_of_a_dialogue(tmp_path: Path) -> None:
    rows = read_votes(
        written(
            tmp_path,
            '{"dialogue": "d1", "utterance": "d1:0", "annotator": "ana", "kind": "human", "label": "joy"}\n\n'
            '{"dialogue": 7, "annotator": "llm-a", "labels": ["joy", "fear"]}\n',
        )
    )
    assert [(r.line, r.dialogue, r.utterance, r.labels, r.kind) for r in rows] == [
        (1, "d1", "d1:0", ("joy",), AnnotatorKind.HUMAN),
        (3, "7", None, ("joy", "fear"), None),
    ]


@pytest.mark.parametrize("name", ["votes.csv", "votes.jsonl"])
def test_votes_written_are_read_again(tmp_path: Path, name: str) -> None:
    votes = [
        Vote("c", "d,1\u2028", "d,1:0", 'Ana\n"A"', AnnotatorKind.HUMAN, "joy", mode="blind", seen="past"),
        Vote("c", "d2", "d2:0", "anonymous", AnnotatorKind.ANONYMOUS, "fear", count=3),
    ]
    write_votes(votes, tmp_path / name)
    assert [
        Vote("c", r.dialogue, r.utterance or "", r.annotator or "", r.kind or AnnotatorKind.HUMAN, r.labels[0], r.count,
             r.mode or "", r.seen or "")
        for r in read_votes(tmp_path / name)
    ] == votes  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1 is not JSON"),
        ("[1]", "line 1 is not an object"),
        ('{"utterance": "d:0", "label": "joy"}', "line 1: no dialogue id"),
        ('{"dialogue": "d", "utterance": "d:0"}', "line 1: no label"),
        ('{"dialogue": "d", "labels": []}', "line 1: no label"),
        ('{"dialogue": "d", "utterance": "u", "label": "joy", "kind": "alien"}', "'alien'"),
        ('{"dialogue": "d", "utterance": "u", "label": "joy", "count": 0}', "a count of 0 is no vote"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_votes(written(tmp_path, text))


def test_a_table_without_the_columns_says_which_it_has(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it has dialogue, emotion"):
        read_votes(written(tmp_path, "dialogue,emotion\nd,joy\n", "votes.csv"))


def test_a_byte_order_mark_and_tabs_are_read(tmp_path: Path) -> None:
    rows = read_votes(written(tmp_path, "\ufeffdialogue\tutterance\tlabel\tcount\nd\td:0\tjoy\t3\n", "votes.tsv"))
    assert [(r.dialogue, r.utterance, r.labels, r.count, r.annotator) for r in rows] == [
        ("d", "d:0", ("joy",), 3, None)
    ]


def test_a_file_that_is_not_utf_8_says_where(tmp_path: Path) -> None:
    path = tmp_path / "votes.jsonl"
    path.write_bytes(b'{"dialogue": "\xff"}')
    with pytest.raises(InputError, match=r"is not UTF-8 \(byte 14\)"):
        read_votes(path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_votes([], tmp_path / "file" / "votes.csv")


def test_writing_again_replaces_the_whole_file(tmp_path: Path) -> None:
    vote = Vote("c", "d", "d:0", "ana", AnnotatorKind.HUMAN, "joy")
    write_votes([vote, vote], tmp_path / "sub" / "votes.jsonl")
    write_votes([vote], tmp_path / "sub" / "votes.jsonl")
    assert len(read_votes(tmp_path / "sub" / "votes.jsonl")) == 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no file"):
        read_votes(tmp_path / "none.jsonl")


def test_an_unclosed_quotation_mark_is_told_with_its_row(tmp_path: Path) -> None:
    text = 'dialogue,utterance,label\nd,d:0,joy\nd,d:1,"joy\nd,d:2,joy\n'
    with pytest.raises(InputError, match="in the row from line 3: unexpected end of data"):
        read_votes(written(tmp_path, text, "votes.csv"))


@pytest.mark.parametrize("count", ["1e400", "1e30", "1000001", '"1000001"', "NaN"])
def test_counts_that_no_one_counted_are_refused(tmp_path: Path, count: str) -> None:
    row = f'{{"dialogue": "d", "utterance": "d:0", "label": "joy", "count": {count}}}'
    with pytest.raises(InputError, match=r"line 1: .*count"):
        read_votes(written(tmp_path, row))


def test_what_is_no_regular_file_is_refused_unread(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "votes.jsonl")
    with pytest.raises(InputError, match="is not a file"):
        read_votes(tmp_path / "votes.jsonl")


def test_half_a_surrogate_pair_goes_into_jsonl_and_leaves_nothing_of_a_csv(tmp_path: Path) -> None:
    vote = Vote("c", "d", "d:0", "a\ud83d", AnnotatorKind.HUMAN, "joy")
    with pytest.raises(InputError, match="cannot be written as UTF-8"):
        write_votes([vote], tmp_path / "votes.csv")
    assert list(tmp_path.iterdir()) == []
    write_votes([vote], tmp_path / "votes.jsonl")
    assert read_votes(tmp_path / "votes.jsonl")[0].annotator == "a\ud83d"
