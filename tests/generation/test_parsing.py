"""Any text becomes turns or a rejection, never an exception, in bounded time; what we write reads back the same."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from erc_engine.domain.generation import ParsedReply, ParsedTurn, Protocol, Rejection, RejectReason
from erc_engine.domain.labels import scheme
from erc_engine.generation.parsing import MAX_REPLY, parse
from erc_engine.llm.protocol import write

MELD = scheme("meld")
PROTOCOLS = list(Protocol)

PIECES = st.sampled_from(
    ["1. ", "2. ", "12) ", "Turn 3: ", "Ana", "Bo", " [joy]", " [", "]", " (sad)", "(", ": ", ":", "：", " — ", "**",
     "*", "```", "```json\n", "\n", "\n\n", "\r\n", '{"turns": [', '{"speaker": "Ana", ', '"emotion": "joy", ',
     '"text": "', '"}', "]}", "{", "}", "[", ",", '"', "\\", "“", "”", "I'm sorry, but I can't ", "You came!",
     "<think>", "</think>", " ", "\t", "\u2028", "\x00", "\ud800", "9" * 5000, "note: "]
)  # fmt: skip


@settings(max_examples=500, deadline=2_000)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join)), st.sampled_from(PROTOCOLS))
@example("[" * 50_000, Protocol.JSON)
@example('{"a":' * 20_000, Protocol.LINES)
@example('{"turns": [{"text": ' + "9" * 5_000 + "}]}", Protocol.JSON)
def test_any_text_gives_turns_or_a_rejection(text: str, protocol: Protocol) -> None:
    found = parse(text, protocol, MELD)
    assert isinstance(found, ParsedReply | Rejection)
    if isinstance(found, ParsedReply):
        assert found.turns


@settings(max_examples=40, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=5).map("".join), st.sampled_from(PROTOCOLS), st.integers(0, 9))
def test_a_long_reply_of_anything_over_and_over_is_read_within_two_seconds(
    unit: str, protocol: Protocol, seed: int
) -> None:
    text = (unit * (MAX_REPLY // len(unit) + 1))[: MAX_REPLY - random.Random(seed).randrange(10)]
    started = time.process_time()
    parse(text, protocol, MELD)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("unit", ["a", " x", "1. Ana [joy]: hi\n", '{"text": "a"},', "[(", "\n", "I can't "])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_megabyte_is_refused_at_once(unit: str, protocol: Protocol) -> None:
    started = time.process_time()
    found = parse((unit * 1_000_000)[:1_000_000], protocol, MELD)
    assert time.process_time() - started < 0.5
    assert isinstance(found, Rejection)
    assert found.reason in (RejectReason.UNPARSED, RejectReason.EMPTY_REPLY)


NAMES = st.sampled_from(["Ana", "Bo", "Zoë", "O'Neil", "Mary Ann", "Éloïse", "D", "Анна", "Jean-Luc"])
TEXTS = (
    st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and not (text[0] in '"“„«”' and text[-1] in '"”“»'))
)
TURNS = st.lists(st.builds(ParsedTurn, NAMES, st.sampled_from(MELD.names), TEXTS), min_size=1, max_size=30)


@settings(max_examples=300, deadline=None)
@given(TURNS, st.sampled_from(PROTOCOLS))
def test_what_is_written_reads_back_the_same_without_repairs(turns: list[ParsedTurn], protocol: Protocol) -> None:
    assert parse(write(turns, protocol), protocol, MELD) == ParsedReply(tuple(turns))


@settings(max_examples=200, deadline=None)
@given(TURNS, st.sampled_from(PROTOCOLS))
def test_the_other_protocol_is_read_too_and_recorded(turns: list[ParsedTurn], protocol: Protocol) -> None:
    other = Protocol.LINES if protocol is Protocol.JSON else Protocol.JSON
    found = parse(write([ParsedTurn(t.speaker, t.label, "Yes.") for t in turns], other), protocol, MELD)
    assert isinstance(found, ParsedReply)
    assert [t.speaker for t in found.turns] == [t.speaker for t in turns]
    assert found.repairs[0].kind == "other_protocol"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", RejectReason.EMPTY_REPLY),
        (" \n\t ", RejectReason.EMPTY_REPLY),
        ("I'm sorry, but I can’t help with that request.", RejectReason.REFUSAL),
        ("As an AI, I do not write such scenes.", RejectReason.REFUSAL),
        ('{"error": "I cannot create this content."}', RejectReason.REFUSAL),
        ("They talk for a while, and nobody leaves.", RejectReason.UNPARSED),
        ("I can't believe it is Monday again.", RejectReason.UNPARSED),
        ("1. Ana [joy]: You came!\n2. Bo [neu", RejectReason.TRUNCATED),
        ('{"turns": [{"speaker": "Ana", "emotion": "joy", "text": "You ca', RejectReason.TRUNCATED),
    ],
)
def test_a_reply_without_a_dialogue_is_rejected_for_what_it_is(text: str, reason: RejectReason) -> None:
    found = parse(text, Protocol.LINES, MELD)
    assert isinstance(found, Rejection)
    assert found.reason is reason


def test_a_dialogue_in_which_somebody_is_sorry_is_no_refusal() -> None:
    found = parse("1. Ana [sadness]: I'm sorry, but I can't help you with the boxes.", Protocol.LINES, MELD)
    assert isinstance(found, ParsedReply)


def test_thinking_before_the_reply_is_dropped_and_recorded() -> None:
    found = parse("<think>1. Ana [joy]: a draft</think>\n1. Bo [joy]: Hello.", Protocol.LINES, MELD)
    assert isinstance(found, ParsedReply)
    assert found.turns == (ParsedTurn("Bo", "joy", "Hello."),)
    assert found.repairs[0].kind == "thoughts"
