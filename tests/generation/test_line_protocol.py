"""Protocol lines/1 as models really write it: read, and every mending recorded."""

from __future__ import annotations

import pytest

from erc_engine.domain.generation import ParsedReply, ParsedTurn
from erc_engine.domain.labels import scheme
from erc_engine.generation.line_protocol import BrokenOff, read_lines

MELD = scheme("meld")
ANA, BO = ParsedTurn("Ana", "joy", "You came!"), ParsedTurn("Bo", "neutral", "Barely.")


def read(text: str) -> ParsedReply:
    found = read_lines(text, MELD)
    assert isinstance(found, ParsedReply), found
    return found


def kinds(reply: ParsedReply) -> list[tuple[str, int | None]]:
    return [(repair.kind, repair.turn) for repair in reply.repairs]


def test_a_reply_as_asked_for_needs_no_repair() -> None:
    assert read("1. Ana [joy]: You came!\n2. Bo [neutral]: Barely.") == ParsedReply((ANA, BO))


@pytest.mark.parametrize(
    ("text", "repairs"),
    [
        ("**1. Ana [joy]:** You came!\n**2. Bo [neutral]:** Barely.", [("markdown", None)]),
        ("1. **Ana** [joy]: You came!\n2. **Bo** [neutral]: Barely.", [("markdown", None)]),
        ("1. **Ana [joy]**: You came!\n2. Bo [neutral]: Barely.", [("markdown", 0)]),
        ("**1. Ana [joy]: You came!**\n2. Bo [neutral]: Barely.", [("markdown", 0)]),
        ("- Ana [joy]: You came!\n- Bo [neutral]: Barely.", [("markdown", None), ("number", None)]),
        ("Ana [joy]: You came!\n2. Bo [neutral]: Barely.", [("number", 0)]),
        ("1) Ana (joy): You came!\n2) Bo (neutral): Barely.", [("number_form", None), ("brackets", None)]),
        ("Turn 1: Ana [joy]: You came!\nTurn 2: Bo [neutral]: Barely.", [("number_form", None)]),
        ("Ana: [joy] You came!\nBo: Barely. (neutral)", [("label_place", None), ("number", None)]),
        ("1. Ana [joy] - You came!\n2. Bo [neutral] Barely.", [("separator", None)]),
        ("1. Ana [joy] (laughing): You came!\n2. Bo [neutral]: Barely.", [("stage_direction", 0)]),
        ("1. Ana [joy]: “You came!”\n2. Bo [neutral]: “Barely.”", [("quotes", None)]),
        ('1. Ana [joy]: "You came!"\n2. Bo [neutral]: "Barely."', [("quotes", None)]),
        ("1. Ana [joy]:   You   came!\n2. Bo [neutral]: Barely.", [("white_space", 0)]),
        ("1. Ana [joy]: You\ncame!\n2. Bo [neutral]: Barely.", [("joined_lines", 0)]),
        ("3. Ana [joy]: You came!\n4. Bo [neutral]: Barely.", [("number", 0)]),
        ("Sure! Here it is:\n\n1. Ana [joy]: You came!\n2. Bo [neutral]: Barely.", [("preamble", None)]),
        ("1. Ana [joy]: You came!\n2. Bo [neutral]: Barely.\n\nShall I go on?", [("postamble", None)]),
        ("```\n1. Ana [joy]: You came!\n2. Bo [neutral]: Barely.\n```", [("code_fence", None)]),
        ("---\n1. Ana [joy]: You came!\n\n2. Bo [neutral]: Barely.", [("markdown", None)]),
    ],
)
def test_a_small_model_s_habits_are_mended_and_recorded(text: str, repairs: list[tuple[str, int | None]]) -> None:
    reply = read(text)
    assert reply.turns == (ANA, BO)
    assert kinds(reply) == repairs


def test_a_label_in_another_spelling_stays_as_written_and_is_recorded() -> None:
    reply = read("1. Ana [Joyful]: You came!\n2. Bo [neutral]: Barely.")
    assert reply.turns[0].label == "Joyful"
    assert kinds(reply) == [("label_spelling", 0)]
    assert reply.repairs[0].before == "Joyful"


def test_a_label_outside_the_scheme_is_kept_for_the_checks() -> None:
    assert read("1. Ana [smug]: You came!\n2. Bo [neutral]: Barely.").turns[0].label == "smug"


def test_a_line_without_a_label_is_a_turn_only_if_it_is_numbered_or_its_speaker_is_known() -> None:
    reply = read("1. Ana [joy]: You came!\nAna: Really!\nRemember: the tide turns.\n2. Bo: Barely.")
    assert [(t.speaker, t.label, t.text) for t in reply.turns] == [
        ("Ana", "joy", "You came!"),
        ("Ana", None, "Really! Remember: the tide turns."),
        ("Bo", None, "Barely."),
    ]


def test_a_number_without_a_speaker_is_a_turn_by_nobody_and_not_part_of_another() -> None:
    assert [t.speaker for t in read("1. Ana [joy]: You came!\n2. Barely.\n3. Bo [joy]: Ha!").turns] == ["Ana", "", "Bo"]


def test_a_year_at_the_start_of_a_wrapped_line_is_text() -> None:
    assert read("1. Ana [joy]: It was\n1987. What a year!\n2. Bo [neutral]: Barely.").turns[0].text == (
        "It was 1987. What a year!"
    )


def test_labels_in_brackets_inside_a_text_do_not_make_a_turn() -> None:
    assert len(read("1. Ana [joy]: You (of all people) came!\n2. Bo [neutral]: Barely [sic].").turns) == 2


def test_one_quoted_turn_alone_keeps_its_quotation_marks() -> None:
    assert read('1. Ana [joy]: "You came!"\n2. Bo [neutral]: Barely.').turns[0].text == '"You came!"'


@pytest.mark.parametrize("stub", ["2.", "2. Bo", "2. Bo [neu", "Ana [jo"])
def test_a_reply_that_ends_inside_a_tag_is_broken_off(stub: str) -> None:
    assert read_lines(f"1. Ana [joy]: You came!\n{stub}", MELD) == BrokenOff(stub)


@pytest.mark.parametrize(
    "text", ["It was a day: nothing happened.", "They talk, and nobody leaves.", "Note: done.\nScene: a ferry.", ""]
)
def test_prose_has_no_turns(text: str) -> None:
    assert read_lines(text, MELD) is None


def test_names_with_colons_alone_are_read_when_there_are_several() -> None:
    assert [t.speaker for t in read("Ana: You came!\nBo: Barely.").turns] == ["Ana", "Bo"]
