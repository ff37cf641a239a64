"""Protocol json/1 as models really write it, broken JSON included."""

from __future__ import annotations

import time

import pytest

from erc_engine.domain.generation import ParsedReply, ParsedTurn
from erc_engine.domain.labels import scheme
from erc_engine.generation.json_protocol import read_json
from erc_engine.generation.line_protocol import BrokenOff

MELD = scheme("meld")
ANA, BO = ParsedTurn("Ana", "joy", "You came!"), ParsedTurn("Bo", "neutral", "Barely.")
FIRST = '{"speaker": "Ana", "emotion": "joy", "text": "You came!"}'
SECOND = '{"speaker": "Bo", "emotion": "neutral", "text": "Barely."}'
ROWS = f"{FIRST}, {SECOND}"
WHOLE = f'{{"turns": [{ROWS}]}}'


def test_a_reply_as_asked_for_needs_no_repair() -> None:
    assert read_json(WHOLE, MELD) == ParsedReply((ANA, BO))


@pytest.mark.parametrize(
    ("text", "repairs"),
    [
        (f"```json\n{WHOLE}\n```", ["code_fence"]),
        (f"Sure! Here it is:\n{WHOLE}\nEnjoy!", ["preamble", "postamble"]),
        (f"[{ROWS}]", ["json_form"]),
        (f'{{"dialogue": [{ROWS}]}}', ["json_form"]),
        (f"[{WHOLE}]", ["json_form"]),
        (ROWS.replace("}, {", "}\n{"), ["json"]),
        (WHOLE.replace("}, {", "} {"), ["json"]),
        (WHOLE.replace("]}", ",]}"), ["json"]),
        (WHOLE.replace("]}", ""), ["json"]),
        (WHOLE.replace('"', "'"), ["json"]),
        (WHOLE.replace('"', "“"), ["json"]),
        (WHOLE.replace('"speaker"', "speaker"), ["json"]),
        (WHOLE.replace("speaker", "name").replace("emotion", "label"), ["keys"]),
        (WHOLE.replace("You came!", " You \\n came! "), ["white_space"]),
        (WHOLE.replace("}, {", '}, "and then", {'), ["row_dropped"]),
    ],
)
def test_a_small_model_s_habits_are_mended_and_recorded(text: str, repairs: list[str]) -> None:
    reply = read_json(text, MELD)
    assert isinstance(reply, ParsedReply)
    assert reply.turns == (ANA, BO)
    assert list(dict.fromkeys(repair.kind for repair in reply.repairs)) == repairs


def test_missing_and_foreign_values_are_not_invented() -> None:
    reply = read_json('{"turns": [{"speaker": "Ana", "text": null}, {"text": "Hm.", "emotion": 3}]}', MELD)
    assert isinstance(reply, ParsedReply)
    assert reply.turns == (ParsedTurn("Ana", None, ""), ParsedTurn("", None, "Hm."))


@pytest.mark.parametrize("cut", [60, 90, len(WHOLE) - 8])
def test_a_reply_that_stops_inside_a_turn_is_broken_off(cut: int) -> None:
    assert isinstance(read_json(WHOLE[:cut], MELD), BrokenOff)


@pytest.mark.parametrize("text", ["", "no brackets", "[]", "{}", "[1, 2]", '{"turns": "none"}', "[" * 90_000])
def test_json_without_turns_is_none(text: str) -> None:
    assert read_json(text, MELD) is None


@pytest.mark.parametrize("unit", ["{]", "\"'", "'\"#", '{"text": "a" b ', '{"speaker" ', '{"text":"a","b"', 'null//"'])
def test_garbage_that_makes_json_repair_crawl_takes_no_time(unit: str) -> None:
    started = time.process_time()
    read_json((unit * 60_000)[:99_000], MELD)
    assert time.process_time() - started < 2
