"""Messages as the model's own template writes them."""

import pytest
from transformers import AutoTokenizer

from erc_engine.domain.generation import ChatMessage
from erc_engine.errors import InputError
from erc_engine.llm.local.chat_prompt import ChatPrompt
from tests.llm.small_model import NO_SYSTEM, TEMPLATE

MESSAGES = (ChatMessage("system", "Be brief."), ChatMessage("user", "Two turns."))


@pytest.fixture
def text_of(small_model):
    def text(template: str | None) -> tuple[str, str]:
        tokenizer = AutoTokenizer.from_pretrained(small_model)
        tokenizer.chat_template = template
        prompt = ChatPrompt(tokenizer)
        return tokenizer.decode(prompt.ids(MESSAGES)), prompt.form

    return text


def test_the_models_own_template_is_used(text_of):
    text, form = text_of(TEMPLATE)
    assert text == "<|system|>\nBe brief.\n<|user|>\nTwo turns.\n<|assistant|>\n"
    assert form == "its own chat template"


@pytest.mark.parametrize(
    "template", [NO_SYSTEM + TEMPLATE, TEMPLATE.replace("messages %}", "messages if m.role != 'system' %}")]
)
def test_a_template_without_a_system_role_gets_its_text_in_the_first_message(text_of, template):
    text, form = text_of(template)
    assert text == "<|user|>\nBe brief.\n\nTwo turns.\n<|assistant|>\n"
    assert form.endswith("folded into the first message")


def test_without_a_template_messages_are_plain_text_and_that_is_said(text_of):
    text, form = text_of(None)
    assert text == "Be brief.\n\nTwo turns.\n\n"
    assert form.startswith("no chat template")


def test_a_template_that_refuses_even_that_is_told(text_of):
    with pytest.raises(InputError, match="chat template refuses these messages"):
        text_of("{{ raise_exception('never') }}")
