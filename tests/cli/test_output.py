"""What the command line prints: tables for people that no data can disturb, one line of plain JSON for scripts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pytest

from erc_engine.cli.output import aside, fail, points, printable, say, score, show, table
from erc_engine.errors import InputError


class Report:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    def to_json(self) -> Mapping[str, Any]:
        return self.data


def unused() -> None:
    raise AssertionError("this form was not asked for")


def as_json(result: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    show(result, True, unused)
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.isascii()
    assert len(printed.out.splitlines()) == 1
    return json.loads(printed.out)


# ---- for scripts


def test_a_report_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json(Report({"n": 3, "parts": (Report({"f1": 0.5}),)}), capsys) == {"n": 3, "parts": [{"f1": 0.5}]}


def test_what_is_no_number_is_null_at_every_depth(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"a": math.nan, "b": [math.inf, {"c": -math.inf}], "d": (1.5, Report({"e": math.nan})), 7: 0}
    assert as_json(found, capsys) == {"a": None, "b": [None, {"c": None}], "d": [1.5, {"e": None}], "7": 0}


@pytest.mark.parametrize(
    "text", ["é – 😀", "half \ud83d of a pair", "two\u2028lines\x85here\x0b", "\x1b[31m", "a\nb", "\0"]
)
def test_any_text_stays_on_one_line_and_comes_back_the_same(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json({"text": text}, capsys) == {"text": text}


def test_people_get_the_other_form(capsys: pytest.CaptureFixture[str]) -> None:
    show({"n": 3}, False, lambda: say("three"))
    assert capsys.readouterr().out == "three\n"


def test_an_error_is_an_object_on_standard_output_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    fail(InputError("no \udcff", hint="é"), True)
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"error": {"code": "input", "message": "no \udcff", "hint": "é"}}
    assert (printed.out.count("\n"), printed.out.isascii(), printed.err) == (1, True, "")


# ---- for people


def test_an_error_goes_to_standard_error_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    fail(InputError("no such \x1b[1mfile", hint="check the path"), False)
    fail(InputError("no hint"), False)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "error: no such \\x1b[1mfile\n  try: check the path\nerror: no hint\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("a\rb", "a\\rb"),
        ("a\tb\0c\x07", "a\\tb\\x00c\\x07"),
        ("\u202egnirts", "\\u202egnirts"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("two\nlines", "two\nlines"),
        ("é – 😀 日本 “quoted”", "é – 😀 日本 “quoted”"),
        ("", ""),
    ],
)
def test_control_characters_are_shown_and_not_sent(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(printable(text)) == shown


def test_a_table_aligns_numbers_and_shows_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("short", 1234567, 0.123456, True), ("a longer name", None, math.nan, False)]
    table(["name", "count>", "share>", "whole"], rows, "A title")
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if line and "─" not in line] == [
        "A title",
        " name                count   share   whole",
        " short           1,234,567   0.123   yes",
        " a longer name           –     nan   no",
    ]


def test_text_in_a_table_is_neither_markup_nor_cut(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 60 + "end"
    table(["text"], [("[bold red]not red[/]",), ("\x1b[31m[",), (long,)])
    printed = capsys.readouterr().out
    assert "[bold red]not red[/]" in printed
    assert "\\x1b[31m[" in printed
    assert "\x1b" not in printed
    assert printed.split().count("word") == 60
    assert max(len(line) for line in printed.splitlines()) <= 120


def test_scores_are_points_with_their_interval() -> None:
    assert score(0.5894, (0.5664, 0.6117)) == "58.9 [56.6, 61.2]"
    assert (score(0.5, None), score(None, (0.1, 0.2)), points(None), points(1.0)) == ("50.0", "–", "–", "100.0")


def test_asides_go_to_standard_error_and_nowhere_when_a_script_listens(capsys: pytest.CaptureFixture[str]) -> None:
    aside(False)("half way")
    aside(True)("half way")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "  half way\n")


def test_title_and_column_names_are_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    table(["[bold]a[/x]", "b\x1b>>"], [("1", "2")], title="[/red] \x1b[2J")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert all(shown in printed for shown in ("[/red] \\x1b[2J", "[bold]a[/x]", "b\\x1b>"))
    assert "b\\x1b>>" not in printed
