"""The first rows of a table, and the columns that its names give away."""

from __future__ import annotations

import pytest

from erc_engine.corpora.preview import HEAD_BYTES, ROWS, preview
from erc_engine.errors import InputError


def test_columns_rows_and_guesses() -> None:
    seen = preview(b"Dialogue_ID;Who;Message\n1;Ana;You came!\n1;Bo;Barely.\n", "chat.csv")
    assert seen.columns == ("Dialogue_ID", "Who", "Message")
    assert seen.rows == (("1", "Ana", "You came!"), ("1", "Bo", "Barely."))
    assert seen.guessed == {"dialogue": "Dialogue_ID", "text": "Message"}
    assert seen.missing == ()


def test_what_no_name_gives_away_is_missing() -> None:
    assert preview(b"Scene\tLine\n1\tHello\n", "chat.tsv").missing == ("dialogue", "text")


def test_a_large_file_is_cut_at_a_line_and_shows_its_first_rows() -> None:
    data = b"text,dialogue\n" + b"".join(b"line %d,1\n" % n for n in range(HEAD_BYTES // 5))
    seen = preview(data[: HEAD_BYTES + 1], "chat.csv")
    assert len(seen.rows) == ROWS
    assert seen.rows[-1] == ("line 7", "1")


def test_short_rows_are_filled_up() -> None:
    assert preview(b"a,b,c\n1\n", "x.csv").rows == (("1", "", ""),)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\x00\x01\x02"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        preview(data, "x.csv")


def test_an_unclosed_quotation_mark_ends_the_preview_or_is_told() -> None:
    assert preview(b'a,b\n1,2\n3,"4\n5,6\n', "x.csv").rows == (("1", "2"),)
    with pytest.raises(InputError, match="cannot be read as a table: line 2"):
        preview(b'"a,b\n1,2\n', "x.csv")


def test_more_columns_than_a_corpus_can_have_are_refused_before_they_are_drawn() -> None:
    head = ",".join(f"c{n}" for n in range(1001)).encode() + b"\n1\n"
    with pytest.raises(InputError, match="1,001 columns"):
        preview(head, "wide.csv")
