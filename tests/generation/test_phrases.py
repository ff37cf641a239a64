"""Refusals and talk about the task are found; what people say to each other is not mistaken for them."""

from __future__ import annotations

import pytest

from erc_engine.generation.phrases import meta_phrase, refuses


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t assist with this request.",
        "I cannot create content of that kind.",
        "Unfortunately I am unable to write such a dialogue.",
        "As an AI language model, I must decline.",
        "That is against my guidelines.",
        "I won't continue this conversation.",
    ],
)
def test_refusals_are_known(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text", ["I can't believe it.", "They sat down and I will not say more.", "He is sorry, but she is not.", ""]
)
def test_a_story_is_no_refusal(text: str) -> None:
    assert not refuses(text)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("As an AI, I wrote this.", "As an AI"),
        ("Here is the revised dialogue: come in!", "Here is the revised dialogue"),
        ("Come in! (Note: the label is joy)", "(Note"),
        ("Note: this is turn 4.", "Note:"),
        ("Come in. [End of scene]", "[End of"),
        ("Let me know if you'd like any changes!", "Let me know if you'd like any changes"),
        ("Come in. ```", "```"),
        ('Come in. "emotion": joy', '"emotion":'),
        ("The emotion label here is joy.", "emotion label"),
    ],
)
def test_talk_about_the_task_is_known(text: str, phrase: str) -> None:
    assert meta_phrase(text) == phrase


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't come on Sunday.",
        "Let me know if you need anything.",
        "Take note: the ferry leaves at nine.",
        "Here is the key, and here's your coat.",
        "Is this the end of the line?",
        "The label came off the jar (again).",
        "She read the script twice.",
    ],
)
def test_what_people_say_is_not(text: str) -> None:
    assert meta_phrase(text) is None
