from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.atomic import write_atomically
from erc_engine.errors import UnavailableError


def test_files_and_their_folder_are_made(tmp_path: Path) -> None:
    write_atomically({tmp_path / "a" / "x": b"1", tmp_path / "a" / "y": b"2"})
    assert {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()} == {"x": b"1", "y": b"2"}


def test_when_one_cannot_be_written_none_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_atomically({tmp_path / "x": b"1", tmp_path / "file" / "y": b"2"})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"file": b"old"}


def test_a_name_too_long_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        write_atomically({tmp_path / ("x" * 300): b"1"})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_one_file_leaves_all_others_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_bytes(b"old")
    (tmp_path / "test.csv").mkdir()
    with pytest.raises(UnavailableError):
        write_atomically({tmp_path / "train.csv": b"new", tmp_path / "test.csv": b"new"})
    assert (tmp_path / "train.csv").read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["test.csv", "train.csv"]
