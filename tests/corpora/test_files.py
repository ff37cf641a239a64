from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora import files
from erc_engine.corpora.files import decode, files_in, parse_json, read_bytes, read_table
from erc_engine.errors import InputError, NotFoundError


def test_a_byte_order_mark_is_no_fault() -> None:
    assert decode("\ufeffhé".encode(), "a.csv") == ("hé", None)


def test_utf_16_with_its_mark_is_read_and_told() -> None:
    text, fault = decode("hé".encode("utf-16"), "a.csv")
    assert text == "hé"
    assert fault is not None
    assert (fault.code, fault.examples, fault.done) == ("encoding", ("a.csv",), "read as UTF-16")


def test_cp1252_is_read_and_told_with_the_byte() -> None:
    text, fault = decode(b"abc\x92s", "a.csv")
    assert text == "abc’s"
    assert fault is not None
    assert fault.done == "not UTF-8 at byte 3; read as cp1252"


def test_our_own_form_is_utf_8_only() -> None:
    with pytest.raises(InputError, match=r"a\.jsonl is not UTF-8 text \(byte 3\)"):
        decode(b"abc\x92s", "a.jsonl", only_utf8=True)


@pytest.mark.parametrize("data", [b"a\x81\xff", b"a\0b\xff", b"\xff\xfea", b"a\0b"])
def test_binary_files_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        decode(data, "a.csv")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"there is no file .*gone\.csv"):
        read_bytes(tmp_path / "gone.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a file"):
        read_bytes(tmp_path)


def test_a_path_that_no_system_takes_is_refused() -> None:
    with pytest.raises(NotFoundError):
        read_bytes(Path("a\0b"))
    with pytest.raises(InputError, match="cannot be read"):
        read_bytes(Path("a" * 5000))


def test_huge_files_are_refused_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 4)
    (tmp_path / "a").write_bytes(b"12345")
    with pytest.raises(InputError, match="is the most that is read"):
        read_bytes(tmp_path / "a")


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a":' * 200_000, "NaN", "[1e999]", "[-Infinity]", "{", "", "1" * 5000]
)
def test_json_that_cannot_be_followed_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^x is n"):
        parse_json(text, "x")


def test_rows_keep_the_line_on_which_they_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,label\n"two\nlines",joy\n\nplain,anger\n')
    assert read_table(path).rows == (
        (3, {"text": "two\nlines", "label": "joy"}),
        (5, {"text": "plain", "label": "anger"}),
    )


@pytest.mark.parametrize(
    ("name", "text"), [("a.tsv", "x,y\tz\n1\t2\n"), ("a.csv", "x,y;z\n1;2\n"), ("a.csv", "x,y|z\n1|2\n")]
)
def test_the_delimiter_is_told_from_ending_or_first_line(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text.replace("x,y", "xy"))
    assert read_table(path).columns == ("xy", "z")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.csv is empty"),
        ("\n\n", "a.csv is empty"),
        ("x,x\n1,2\n", "two columns named 'x'"),
        ("x,y\n1\n", "line 2 has 1 cells, the first line names 2"),
        ("x,y\n1,2,3\n", "line 2 has 3 cells, the first line names 2"),
        ("x,y\n1," + "z" * 200_000 + "\n", "field larger than field limit"),
        (",".join(map(str, range(1001))), "1,001 columns"),
    ],
)
def test_tables_that_cannot_be_read_say_why(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_table(path)


def test_empty_cells_beyond_the_columns_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2,, \n")
    assert read_table(path).rows == ((2, {"x": "1", "y": "2"}),)


def test_a_missing_column_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match=r"column 'z' is missing from a\.csv; it has x, y") as caught:
        read_table(path).need("x", "z")
    assert "--map" in caught.value.hint


def test_a_folder_without_a_fitting_file_says_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(NotFoundError, match=r"no file that ends in \.csv; it has notes\.txt"):
        files_in(tmp_path, ".csv")


def test_a_quotation_mark_that_is_never_closed_is_told_with_the_row_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('x,y\n1,2\n3,"4\n5,6\n7,8\n')
    with pytest.raises(InputError, match=r"a\.csv, in the row from line 3: unexpected end of data"):
        read_table(path)
