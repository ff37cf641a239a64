from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.splits import split_files, split_of
from erc_engine.domain.conversation import Split
from erc_engine.errors import InputError, NotFoundError


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train_sent_emo", Split.TRAIN),
        ("emotion-detection-trn", Split.TRAIN),
        ("friends.dev", Split.DEV),
        ("Validation", Split.DEV),
        ("emotion-detection-tst", Split.TEST),
        ("latest", None),
        ("train_and_test", None),
        ("chat", None),
    ],
)
def test_a_name_tells_its_split(name: str, split: Split | None) -> None:
    assert split_of(name) == split


def test_a_file_that_says_nothing_is_train_and_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "chat.csv").write_text("x")
    files, (fault,) = split_files(tmp_path / "chat.csv", None, ".csv")
    assert files == {Split.TRAIN: tmp_path / "chat.csv"}
    assert (fault.code, fault.examples, fault.done) == ("split-assumed", ("chat.csv",), "taken as train")


def test_a_given_split_goes_before_the_name_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("x")
    assert split_files(tmp_path / "train.csv", Split.TEST, ".csv") == ({Split.TEST: tmp_path / "train.csv"}, ())


def test_a_folder_gives_its_splits_in_order_and_tells_the_missing_one(tmp_path: Path) -> None:
    for name in ("test.csv", "train.csv", "readme.csv"):
        (tmp_path / name).write_text("x")
    files, (fault,) = split_files(tmp_path, None, ".csv")
    assert list(files) == [Split.TRAIN, Split.TEST]
    assert (fault.code, fault.examples) == ("missing-split", ("dev",))


def test_a_folder_cannot_be_put_into_one_split(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has a file for each split"):
        split_files(tmp_path, Split.TEST, ".csv")


def test_two_files_for_one_split_are_refused(tmp_path: Path) -> None:
    for name in ("a.train.csv", "b.train.csv"):
        (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=r"two files for train: a\.train\.csv and b\.train\.csv"):
        split_files(tmp_path, None, ".csv")


def test_a_folder_whose_files_name_no_split_is_refused(tmp_path: Path) -> None:
    for name in ("chat.csv", "talk.csv"):
        (tmp_path / name).write_text("x")
    with pytest.raises(NotFoundError, match=r"says by its name which split it is: chat\.csv, talk\.csv"):
        split_files(tmp_path, None, ".csv")


def test_the_only_file_of_a_folder_needs_no_split_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "chat.csv").write_text("x")
    assert split_files(tmp_path, None, ".csv") == split_files(tmp_path / "chat.csv", None, ".csv")


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no file or folder .*gone"):
        split_files(tmp_path / "gone", None, ".csv")
