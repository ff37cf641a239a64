"""From plan to messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.domain.generation import ChatMessage, LabelMode, Protocol
from erc_engine.errors import InputError
from erc_engine.generation.parsing import parse
from erc_engine.generation.prompts import VARIABLES, format_instruction, prompt_hash, prompt_values, render
from erc_engine.generation.recipes import bundled_recipes
from tests.generation.builders import plan, recipe


def test_system_and_user_message_are_rendered_for_the_plan() -> None:
    asked = recipe(user="{{ turns }} turns, {{ attributes.setting }}: {{ budget.items()|length }} emotions.")
    assert render(asked, plan("joy", "fear", "joy")) == (
        ChatMessage("system", "You write dialogues."),
        ChatMessage("user", "3 turns, in a kitchen: 2 emotions."),
    )


def test_the_values_are_the_documented_ones_and_plain() -> None:
    values = prompt_values(recipe(), plan("joy", "fear"))
    assert set(values) == set(VARIABLES)
    assert values["budget"] == {"joy": 1, "fear": 1}
    assert values["plan"] == []


def test_a_sequence_tells_speaker_and_label_of_each_turn() -> None:
    exact = plan("joy", "fear", sequence=("joy", "fear"), turn_speakers=("Ana", "Bo"))
    values = prompt_values(recipe(label_mode=LabelMode.SEQUENCE), exact)
    assert values["plan"] == [
        {"number": 1, "speaker": "Ana", "label": "joy"},
        {"number": 2, "speaker": "Bo", "label": "fear"},
    ]


def test_an_attribute_that_the_plan_lacks_is_empty() -> None:
    assert render(recipe(user="<{{ attributes.setting }}>"), plan("joy", "joy", attributes={}))[1].content == "<>"


@pytest.mark.parametrize("protocol", list(Protocol))
def test_the_example_in_the_instruction_can_be_read(protocol: Protocol) -> None:
    asked = recipe(protocol=protocol)
    found = parse(format_instruction(asked).split("form:\n")[1], protocol, asked.scheme)
    assert [(t.speaker, t.label) for t in found.turns] == [("Mara", "neutral"), ("Tom", "joy")]  # type: ignore[union-attr]


def test_the_hash_of_a_prompt_is_of_roles_and_texts() -> None:
    messages = render(recipe(), plan("joy", "fear"))
    assert prompt_hash(messages) == prompt_hash(render(recipe(), plan("joy", "fear")))
    assert prompt_hash(messages) != prompt_hash(messages[::-1])


def test_a_template_over_its_bounds_is_an_input_error_of_that_template() -> None:
    with pytest.raises(InputError, match="the user template is refused"):
        render(recipe(user="{% for i in range(99999) %}x{% endfor %}"), plan("joy", "fear"))


def test_a_bundled_prompt_tells_all_that_the_plan_fixes(assets: Path) -> None:
    asked = bundled_recipes(assets / "recipes")["meld-balanced"]
    wanted = plan("joy", "joy", "fear", attributes={name: f"<{name}>" for name in asked.attributes})
    text = "\n".join(message.content for message in render(asked, wanted))
    for told in (
        "exactly 3 turns",
        "Ana, Bo",
        "joy 2, fear 1",
        "<setting>",
        "<event>",
        "[neutral]: ",
        "anger: annoyance",
    ):
        assert told in text
