"""Which words name a label."""

from __future__ import annotations

import pytest

from erc_engine.domain.labels import SCHEMES
from erc_engine.generation.label_words import own_label_word


@pytest.mark.parametrize(
    ("text", "label", "word"),
    [
        ("What a joyful day!", "joy", "joyful"),
        ("JOY, at last.", "joy", "joy"),
        ("Surprisingly few came.", "surprise", "surprisingly"),
        ("You're disgusting.", "disgust", "disgusting"),
        ("Don't be sad.", "sadness", "sad"),
        ("She went mad.", "mad", "mad"),
        ("That’s scary!", "scared", "scary"),
        ("I'm so excited!", "excited", "excited"),
    ],
)
def test_a_label_s_name_and_its_forms_are_found(text: str, label: str, word: str) -> None:
    assert own_label_word(text, label, "neutral") == word


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("What a lovely day!", "joy"),
        ("I'm so happy!", "joy"),
        ("She went mad.", "anger"),
        ("The joystick broke.", "joy"),
        ("Switzerland stayed neutral.", "neutral"),
        ("There is no emotion in it.", "no emotion"),
        ("A fearsomeness of crows.", "fear"),
    ],
)
def test_other_words_are_not(text: str, label: str) -> None:
    assert own_label_word(text, label, "neutral") is None


def test_a_label_of_one_s_own_is_found_by_its_name_alone() -> None:
    assert own_label_word("How smug of you.", "smug", None) == "smug"
    assert own_label_word("So very mixed feelings.", "mixed feelings", None) is None


def test_every_emotion_of_the_benchmarks_names_itself() -> None:
    for scheme in SCHEMES.values():
        for name in scheme.names:
            assert (own_label_word(name, name, scheme.neutral) is None) == (
                name in ("neutral", "no emotion", "non-neutral")
            )
