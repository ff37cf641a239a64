import json

from hypothesis import given
from hypothesis import strategies as st

from erc_engine.domain.generation import ParsedTurn, Protocol
from erc_engine.llm.protocol import write, write_json, write_lines

TURNS = (ParsedTurn("Ana", "joy", "You came!"), ParsedTurn("Bo", "neutral", "Barely."))


def test_lines_are_numbered_from_one():
    assert write_lines(TURNS) == "1. Ana [joy]: You came!\n2. Bo [neutral]: Barely."


def test_a_turn_without_text_keeps_its_place_and_one_without_label_its_speaker():
    turns = (ParsedTurn("Ana", "joy", ""), ParsedTurn("Bo", None, "Barely."))
    assert write_lines(turns) == "1. Ana [joy]:\n2. Bo: Barely."


def test_json_names_its_columns_and_keeps_letters_as_they_are():
    assert write_json(TURNS[:1]) == '{"turns": [\n{"speaker": "Ana", "emotion": "joy", "text": "You came!"}\n]}'
    assert "Renée" in write_json([ParsedTurn("Renée", "joy", "Oui.")])


@given(st.lists(st.builds(ParsedTurn, st.text(), st.none() | st.text(), st.text())))
def test_any_dialogue_comes_back_from_json(turns):
    rows = json.loads(write(turns, Protocol.JSON))["turns"]
    assert [ParsedTurn(row["speaker"], row["emotion"], row["text"]) for row in rows] == turns


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_turn_is_one_line_whatever_its_text(texts):
    turns = [ParsedTurn("Ana", "joy", text) for text in texts]
    assert len(write(turns, Protocol.LINES).splitlines()) == len(turns)
