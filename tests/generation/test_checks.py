"""Each check rejects for its own reason, in a fixed order, and nothing is relabelled, padded or filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.generation import (
    CheckSettings,
    Completion,
    LabelMode,
    LabelPlan,
    ParsedReply,
    ParsedTurn,
    Protocol,
    Rejection,
    RejectReason,
    Repair,
)
from erc_engine.domain.style import StyleSettings
from erc_engine.generation.checks import judge_reply, mended_speakers
from erc_engine.generation.label_words import own_label_word
from erc_engine.generation.parsing import parse
from erc_engine.llm.protocol import write
from erc_engine.llm.recordings import Recordings
from tests.generation.builders import plan, recipe

EIGHT = "A turn of exactly eight words, no more."
GOOD = (("Ana", "joy", "You came after all, and with cake."), ("Bo", "neutral", "Barely, and it is only bread."))
PLAN = plan("joy", "neutral")


def reply(*turns: tuple[str, str | None, str]) -> ParsedReply:
    return ParsedReply(tuple(ParsedTurn(*turn) for turn in turns))


def judge(
    parsed: ParsedReply | Rejection, planned: LabelPlan = PLAN, finish: str = "stop", **changes: object
) -> object:
    found = judge_reply(parsed, planned, recipe(**changes), Completion("", finish), dialogue_id="extra-00000")
    return found.reason if isinstance(found, Rejection) else found


def test_a_good_reply_becomes_a_train_dialogue_with_the_plan_s_names_and_labels() -> None:
    found = judge(reply(("ANA", "Joyful", GOOD[0][2]), GOOD[1]))
    assert isinstance(found, Dialogue)
    assert [(u.id, u.speaker, u.label) for u in found.utterances] == [
        ("extra-00000:0", "Ana", "joy"),
        ("extra-00000:1", "Bo", "neutral"),
    ]
    assert found.split is Split.TRAIN
    assert found.extra == {"plan": "p00000", "attributes": {"setting": "in a kitchen"}, "traits": {}}


def test_a_speaker_in_another_case_is_recorded_as_mended() -> None:
    assert mended_speakers(reply(("ANA", "joy", "Hi."), GOOD[1]), PLAN) == (Repair("speaker_case", 0, "ANA"),)


LONG = " ".join(["word"] * 61)


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ((GOOD[0], ("Bo", "neutral", "As an AI, I only write.")), RejectReason.META_TEXT),
        ((GOOD[0], ("Bo", "neutral", "Hm. 3. Ana [joy]: Ha.")), RejectReason.META_TEXT),
        ((GOOD[0],), RejectReason.TURN_COUNT),
        ((*GOOD, GOOD[0]), RejectReason.TURN_COUNT),
        ((GOOD[0], ("Bob", "neutral", "Barely.")), RejectReason.SPEAKERS),
        ((GOOD[0], ("", "neutral", "Barely.")), RejectReason.SPEAKERS),
        ((GOOD[0], ("Ana", "neutral", "Barely.")), RejectReason.SPEAKERS),
        ((GOOD[0], ("Bo", "smug", "Barely.")), RejectReason.LABEL_OUTSIDE_SCHEME),
        ((GOOD[0], ("Bo", None, "Barely.")), RejectReason.LABEL_OUTSIDE_SCHEME),
        ((GOOD[0], ("Bo", "anger", "Barely.")), RejectReason.LABEL_PLAN),
        ((GOOD[0], ("Bo", "neutral", "")), RejectReason.EMPTY_TURN),
        ((GOOD[0], ("Bo", "neutral", "… —")), RejectReason.EMPTY_TURN),
        ((GOOD[0], ("Bo", "neutral", GOOD[0][2].upper())), RejectReason.REPEATED_TURN),
        ((("Ana", "joy", "What a joy to see you."), GOOD[1]), RejectReason.OWN_LABEL_WORD),
        ((GOOD[0], ("Bo", "neutral", LONG)), RejectReason.TOO_LONG),
    ],
)
def test_one_fault_is_rejected_for_its_own_reason(
    turns: Sequence[tuple[str, str | None, str]], reason: RejectReason
) -> None:
    assert judge(reply(*turns)) is reason


def test_the_first_reason_in_the_order_is_the_one_that_is_told() -> None:
    everything = [
        ("Bob", "smug", "As an AI, joy. " + LONG),
        ("Bob", "smug", ""),
        ("Bob", "smug", ""),
    ]
    assert judge(reply(*everything), finish="length") is RejectReason.TRUNCATED
    assert judge(reply(*everything)) is RejectReason.META_TEXT
    everything[0] = ("Bob", "smug", "What a joy. " + LONG)
    assert judge(reply(*everything)) is RejectReason.TURN_COUNT
    assert judge(reply(*everything[:2])) is RejectReason.SPEAKERS
    named = [(who, label, text) for who, (_, label, text) in zip(("Ana", "Bo"), everything, strict=False)]
    assert judge(reply(*named)) is RejectReason.LABEL_OUTSIDE_SCHEME
    labelled = [(who, "joy", text) for who, _, text in named]
    assert judge(reply(*labelled)) is RejectReason.LABEL_PLAN
    planned = [(*turn[:1], label, turn[2]) for turn, label in zip(labelled, ("joy", "neutral"), strict=True)]
    assert judge(reply(*planned)) is RejectReason.EMPTY_TURN
    planned[1] = ("Bo", "neutral", planned[0][2])
    assert judge(reply(*planned)) is RejectReason.REPEATED_TURN
    planned[1] = GOOD[1]
    assert judge(reply(*planned)) is RejectReason.OWN_LABEL_WORD
    planned[0] = ("Ana", "joy", LONG)
    assert judge(reply(*planned)) is RejectReason.TOO_LONG


def test_a_rejection_by_the_parser_stands() -> None:
    assert judge(Rejection(RejectReason.REFUSAL, "no"), finish="length") is RejectReason.REFUSAL


def test_too_few_turns_that_end_in_the_middle_of_a_sentence_are_broken_off() -> None:
    four = plan("joy", "neutral", "joy", "neutral")
    assert judge(reply(*GOOD, ("Ana", "joy", "And then we")), four) is RejectReason.TRUNCATED
    assert judge(reply(*GOOD, ("Ana", "joy", "And then we left.")), four) is RejectReason.TURN_COUNT


def test_short_answers_may_come_twice() -> None:
    four = plan("neutral", "neutral", "neutral", "neutral")
    turns = [
        ("Ana", "neutral", "Tea?"),
        ("Bo", "neutral", "Yes."),
        ("Ana", "neutral", "Milk?"),
        ("Bo", "neutral", "Yes."),
    ]
    assert isinstance(judge(reply(*turns), four), Dialogue)


def test_mode_sequence_wants_each_turn_s_label_and_speaker() -> None:
    exact = plan("joy", "neutral", sequence=("joy", "neutral"), turn_speakers=("Ana", "Bo"))
    swapped = (("Ana", "neutral", GOOD[0][2]), ("Bo", "joy", GOOD[1][2]))
    assert isinstance(judge(reply(*GOOD), exact, label_mode=LabelMode.SEQUENCE), Dialogue)
    assert judge(reply(*swapped), exact, label_mode=LabelMode.SEQUENCE) is RejectReason.LABEL_PLAN
    assert judge(reply(GOOD[1], GOOD[0]), exact, label_mode=LabelMode.SEQUENCE) is RejectReason.SPEAKERS


def test_mode_budget_leaves_the_order_to_the_model() -> None:
    assert isinstance(judge(reply(GOOD[1], GOOD[0])), Dialogue)


def test_mode_free_takes_any_label_of_the_scheme() -> None:
    free = replace(PLAN, budget={})
    assert isinstance(judge(reply(GOOD[0], ("Bo", "anger", "Barely.")), free, label_mode=LabelMode.FREE), Dialogue)
    assert judge(reply(GOOD[0], ("Bo", "smug", "No.")), free, label_mode=LabelMode.FREE) is (
        RejectReason.LABEL_OUTSIDE_SCHEME
    )


def test_the_word_of_the_label_may_be_allowed() -> None:
    said = reply(("Ana", "joy", "What a joy to see you."), GOOD[1])
    assert isinstance(judge(said, checks=CheckSettings(own_label_word=False)), Dialogue)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_all_700_recordings_pass_in_both_protocols_without_repairs(assets: Path, protocol: Protocol) -> None:
    recordings = Recordings(assets / "recordings")
    passed = 0
    for name in recordings.names():
        for recording in recordings.of(name):
            item = recording.item
            planned = plan(id="p", speakers="", turns=item.turns, budget=item.labels)
            planned = replace(planned, speakers=item.speakers)
            parsed = parse(write(recording.turns, protocol), protocol, recording.scheme)
            assert parsed == ParsedReply(recording.turns), recording.id
            rules = recipe(scheme=recording.scheme)
            found = judge_reply(parsed, planned, rules, Completion(""), dialogue_id=recording.id)
            assert isinstance(found, Dialogue), (recording.id, found)
            passed += 1
    assert passed == 700


def test_no_turn_of_the_recordings_names_its_own_label(assets: Path) -> None:
    recordings = Recordings(assets / "recordings")
    turns = [(t, r.scheme) for name in recordings.names() for r in recordings.of(name) for t in r.turns]
    assert len(turns) == 7634
    assert [t.text for t, scheme in turns if own_label_word(t.text, t.label or "", scheme.neutral)] == []


@pytest.mark.parametrize(
    ("tolerance", "planned", "reason"),
    [
        (0.5, (6, 4), RejectReason.TOO_LONG),  # 8 words a turn, 5 planned, 7.5 at most
        (0.6, (6, 4), None),  # 8.0 at most
        (None, (1, 1), None),  # no band is asked for
        (0.5, (), None),  # recordings have no plan of words
    ],
)
def test_a_dialogue_is_held_to_its_plan_of_words_if_the_recipe_says_so(
    tolerance: float | None, planned: tuple[int, ...], reason: RejectReason | None
) -> None:
    style = StyleSettings(words=True, tolerance=tolerance)
    other = EIGHT.replace("exactly", "just")
    found = judge(reply(("Ana", "joy", EIGHT), ("Bo", "neutral", other)), replace(PLAN, words=planned), style=style)
    assert found == reason or (reason is None and isinstance(found, Dialogue))


def test_the_examples_of_a_plan_stay_with_the_dialogue_by_id() -> None:
    found = judge(reply(*GOOD), replace(PLAN, shots=("mine:g1", "mine:g2")))
    assert isinstance(found, Dialogue)
    assert found.extra["shots"] == ["mine:g1", "mine:g2"]
