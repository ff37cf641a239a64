"""Text of data in Markdown is never markup."""

from __future__ import annotations

import pytest

from erc_engine.workflows.markdown import Raw, fenced, plain, rows


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("meld-balanced, 3 of 4.", "meld-balanced, 3 of 4."),
        ("<b>x</b> & y", "&lt;b&gt;x&lt;/b&gt; &amp; y"),
        ("a | b", r"a \| b"),
        ("[click](https://evil.example)", r"\[click\](https\://evil.example)"),
        ("![x](y)", r"\!\[x\](y)"),
        ("*_`~#", r"\*\_\`\~\#"),
        ("www.evil.example", r"www\.evil.example"),
        ("two\nlines\x1b[31m", r"two lines \[31m"),
    ],
)
def test_markup_loses_its_meaning(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_cell_cannot_open_a_column_or_a_row() -> None:
    assert rows(["name", "n"], [("a | b\n| c", 1200)]) == "| name | n |\n| --- | ---: |\n| a \\| b \\| c | 1,200 |"


def test_what_we_wrote_ourselves_stays_markdown() -> None:
    assert rows(["file"], [(Raw("`x`"),)]).splitlines()[-1] == "| `x` |"


def test_a_code_block_cannot_be_closed_from_inside() -> None:
    assert fenced("```\n# out") == "````\n```\n# out\n````"
