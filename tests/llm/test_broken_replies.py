"""Every fault is wrong in its own way, and in no other."""

import json
import random
import re
from collections import Counter
from itertools import combinations

import pytest

from erc_engine.domain.generation import ParsedTurn, Protocol
from erc_engine.llm.broken_replies import RAMBLE, break_reply, near_text, word_count
from erc_engine.llm.faults import COPY_FAULTS, FAIL_FAULTS, FAULT_KINDS, NOISE_FAULTS
from erc_engine.llm.protocol import write
from erc_engine.llm.recordings import Recording, Recordings

PLANT = ("Nobody told me that the last bus leaves before the film ends", "It is a joy to find the door unlocked")
SETS = ("meld-balanced", "emorynlp-matched", "iemocap-balanced")
ONE_TURN = ("meta_text", "speakers", "label_outside_scheme", "label_plan", "empty_turn", "repeated_turn",
            "own_label_word", "too_long", "contaminated", *COPY_FAULTS)  # fmt: skip


@pytest.fixture(params=SETS)
def some(request, recordings) -> tuple[Recording, ...]:
    return Recordings(recordings).of(request.param)


def broken(kind: str, recording: Recording, protocol: Protocol = Protocol.LINES, seed: int = 0, near: str = ""):
    return break_reply(kind, recording, protocol, random.Random(seed), near=near, plant=PLANT)


def read(text: str) -> tuple[ParsedTurn, ...]:
    """A strict reader of lines/1: numbers, labels and nothing else."""
    turns = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = re.fullmatch(rf"{number}\. ([^\[\]:]+) \[([^\]]+)\]:(?: (.+))?", line)
        assert match is not None, line
        turns.append(ParsedTurn(match[1], match[2], match[3] or ""))
    return tuple(turns)


def changed(kind: str, recording: Recording, seed: int) -> tuple[ParsedTurn, ParsedTurn]:
    """The one turn that a fault changes: before and after."""
    after = read(broken(kind, recording, seed=seed).text)
    assert len(after) == len(recording.turns)
    [pair] = [pair for pair in zip(recording.turns, after, strict=True) if pair[0] != pair[1]]
    return pair


def cases(some: tuple[Recording, ...]) -> list[tuple[Recording, int]]:
    return [(recording, seed) for seed, recording in enumerate(some[:40])]


@pytest.mark.parametrize("kind", ONE_TURN)
def test_a_fault_of_one_turn_leaves_the_others_alone(some, kind):
    for recording, seed in cases(some):
        changed(kind, recording, seed)


def test_a_wrong_label_is_in_the_scheme_and_another_one_outside(some):
    names = some[0].scheme.names
    for recording, seed in cases(some):
        before, after = changed("label_plan", recording, seed)
        assert after.label in names
        assert (after.speaker, after.text) == (before.speaker, before.text)
        assert some[0].scheme.canonical(changed("label_outside_scheme", recording, seed)[1].label) is None


def test_a_stranger_was_never_planned(some):
    for recording, seed in cases(some):
        _, after = changed("speakers", recording, seed)
        assert after.speaker not in {speaker.name for speaker in recording.item.speakers}


def test_a_turn_names_its_own_label(some):
    for recording, seed in cases(some):
        before, after = changed("own_label_word", recording, seed)
        assert after.text == f"{before.text} Call it {before.label}, then."
        assert before.label != some[0].scheme.neutral or set(recording.item.labels) == {some[0].scheme.neutral}


def test_an_empty_turn_keeps_its_number_speaker_and_label(some):
    for recording, seed in cases(some):
        before, after = changed("empty_turn", recording, seed)
        assert after == ParsedTurn(before.speaker, before.label, "")
        assert after is not recording.turns[-1]


def test_a_repeated_turn_says_word_for_word_what_an_earlier_one_said(some):
    for recording, seed in cases(some):
        texts = [turn.text for turn in read(broken("repeated_turn", recording, seed=seed).text)]
        [(text, times)] = [(text, n) for text, n in Counter(texts).items() if n > 1]
        assert times == 2
        assert word_count(text) >= 6


def test_a_long_turn_is_far_over_any_limit_and_names_no_emotion(some):
    names = some[0].scheme.names
    assert not re.search("|".join(names), " ".join(RAMBLE), re.I)
    for recording, seed in cases(some):
        assert word_count(changed("too_long", recording, seed)[1].text) >= 120


def test_text_about_the_task_stands_inside_a_later_turn(some):
    for recording, seed in cases(some):
        before, after = changed("meta_text", recording, seed)
        assert after.text.startswith("As an AI language model, ")
        assert before is not recording.turns[0]


def test_a_turn_more_or_less_is_whole(some):
    lengths = Counter()
    for recording, seed in cases(some):
        reply = broken("turn_count", recording, seed=seed)
        turns = read(reply.text)
        lengths[len(turns) - len(recording.turns)] += 1
        assert reply.finish == "stop"
        assert turns[-1].text.endswith((".", "!", "?"))
    assert set(lengths) == {-1, 1}


@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_truncated_reply_breaks_off_inside_a_word(some, protocol):
    for recording, seed in cases(some):
        reply = broken("truncated", recording, protocol, seed=seed)
        whole = write(recording.turns, protocol)
        assert reply.finish == "length"
        assert whole.startswith(reply.text)
        assert len(whole) / 5 < len(reply.text) < len(whole)
        assert reply.text[-1].isalpha()
        assert whole[len(reply.text)].isalpha()


@pytest.mark.parametrize("kind", ["empty_reply", "refusal", "unparsed"])
def test_a_reply_without_a_dialogue_has_nothing_to_read_turns_from(some, kind):
    for recording, seed in cases(some):
        text = broken(kind, recording, seed=seed).text
        assert not set(text) & set(":[]{}*0123456789")
        assert bool(text.strip()) == (kind != "empty_reply")


def test_planted_texts_stand_verbatim_recased_or_with_one_word_changed(some):
    for recording, seed in cases(some):
        assert changed("copy_verbatim", recording, seed)[1].text in PLANT
        assert changed("contaminated", recording, seed)[1].text in PLANT
        recased = changed("copy_recased", recording, seed)[1].text
        assert recased not in PLANT
        assert recased.casefold() in [text.casefold() for text in PLANT]
        words = changed("copy_one_word", recording, seed)[1].text.split()
        assert 1 in [sum(a != b for a, b in zip(words, text.split(), strict=False)) for text in PLANT]


def test_a_planted_text_does_not_name_the_label_of_its_turn(recordings):
    for recording in Recordings(recordings).of("meld-balanced"):
        for seed in range(3):
            _, after = changed("copy_verbatim", recording, seed)
            assert after.label not in after.text


def shingles(turns: tuple[ParsedTurn, ...]) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", " ".join(turn.text for turn in turns).casefold())
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


def test_near_duplicates_of_a_set_are_near_to_each_other_and_to_its_first_recording(some):
    near = near_text(some)
    by_length = {len(recording.turns): recording for recording in some}.values()
    replies = [read(broken("near_duplicate", recording, near=near).text) for recording in by_length]
    for one, other in combinations([shingles(turns) for turns in (some[0].turns, *replies)], 2):
        assert len(one & other) / len(one | other) >= 0.75


def test_a_near_duplicate_keeps_speakers_labels_and_limits_of_its_own_recording(some):
    near = near_text(some)
    for recording in some:
        turns = read(broken("near_duplicate", recording, near=near).text)
        assert [(t.speaker, t.label) for t in turns] == [(t.speaker, t.label) for t in recording.turns]
        assert all(0 < word_count(turn.text) <= 60 for turn in turns)
        assert len({turn.text for turn in turns}) == len(turns)
        assert not any(turn.label in turn.text.lower() for turn in turns)


def test_noise_leaves_every_word_of_the_dialogue(some):
    for recording, seed in cases(some):
        for kind in NOISE_FAULTS:
            for protocol in Protocol:
                text = broken(kind, recording, protocol, seed=seed).text
                assert text != write(recording.turns, protocol)
                place = 0
                for turn in recording.turns:
                    said = json.dumps(turn.text, ensure_ascii=False)[1:-1] if protocol is Protocol.JSON else turn.text
                    place = text.index(said, text.index(turn.speaker, place)) + len(said)


def test_noise_is_markdown_a_preamble_quotes_or_missing_numbers(recordings):
    recording = Recordings(recordings).of("meld-matched")[0]
    first = {
        kind: {broken(kind, recording, seed=n).text.splitlines()[0][:27] for n in range(9)} for kind in NOISE_FAULTS
    }
    assert first == {
        "noise_markdown": {"1. **Farid** [surprise]: Fi", "**1. Farid [surprise]:** Fi"},
        "noise_preamble": {"Sure! Here is the conversat"},
        "noise_quotes": {"1. Farid [surprise]: “Five "},
        "noise_numbers": {"Farid [surprise]: Five star"},
    }


@pytest.mark.parametrize("kind", [kind for kind in FAULT_KINDS if kind not in FAIL_FAULTS])
@pytest.mark.parametrize("protocol", list(Protocol))
def test_every_kind_is_marked_and_drawn_from_its_seed(recordings, kind, protocol):
    recording = Recordings(recordings).of("meld-matched")[5]
    near = near_text([recording])
    first = [broken(kind, recording, protocol, seed, near) for seed in range(10)]
    assert first == [broken(kind, recording, protocol, seed, near) for seed in range(10)]
    assert {reply.injected for reply in first} == {kind}
    assert all(reply.text != write(recording.turns, protocol) for reply in first)
