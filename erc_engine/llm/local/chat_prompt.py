"""From messages to the tokens that a model reads, by its own chat template.

    prompt = ChatPrompt(tokenizer)
    prompt.ids(messages)      # [1, 529, 29989, …]
    prompt.form               # "its own template", or what is done without one

A template that knows no system role gets the system text at the head of the first user message. A model without a
template was not trained to answer messages; it gets them as plain text. Templates that offer a thinking mode are asked
to leave it off: a dialogue needs none, and the thoughts would use up its tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from erc_engine.domain.generation import ChatMessage
from erc_engine.errors import InputError


class ChatPrompt:
    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        if not tokenizer.chat_template:
            self.form = "no chat template: messages are sent as plain text"
        elif self._knows_system():
            self.form = "its own chat template"
        else:
            self.form = "its own chat template, system text folded into the first message"

    def ids(self, messages: Sequence[ChatMessage]) -> list[int]:
        rows = [{"role": m.role, "content": m.content} for m in messages]
        if not self._tokenizer.chat_template:
            text = "\n\n".join(row["content"] for row in rows) + "\n\n"
            return list(self._tokenizer(text)["input_ids"])
        if "folded" in self.form:
            rows = folded(rows)
        return list(self._tokenizer(self._rendered(rows), add_special_tokens=False)["input_ids"])

    def _knows_system(self) -> bool:
        rows = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}]
        try:
            return "Be brief." in self._rendered(rows)
        except InputError:
            return False

    def _rendered(self, rows: list[dict[str, str]]) -> str:
        from jinja2 import TemplateError

        try:
            text = self._tokenizer.apply_chat_template(
                rows, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        except (TemplateError, ValueError, TypeError) as error:
            raise InputError(f"the model's chat template refuses these messages: {error}") from None
        return str(text)


def folded(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Without a system message: its text stands before that of the first user message."""
    system = "\n\n".join(row["content"] for row in rows if row["role"] == "system")
    rest = [dict(row) for row in rows if row["role"] != "system"]
    if system and rest:
        rest[0]["content"] = f"{system}\n\n{rest[0]['content']}"
    return rest
