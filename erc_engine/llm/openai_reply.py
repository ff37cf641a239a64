"""What an OpenAI-compatible server says, whole or in pieces, read into text, finish and token counts.

    {"choices": [{"delta": {"content": "1. Ana"}, "finish_reason": null}]}      a piece of a stream
    {"choices": [{"message": {"content": "1. Ana …"}, "finish_reason": "stop"}],
     "usage": {"prompt_tokens": 310, "completion_tokens": 140}}                 a whole reply
    {"error": {"message": "model 'x' does not exist"}}                          a refusal

Servers differ in what they leave out, so nothing is taken for granted; what cannot be read is a `bad_reply`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from erc_engine.domain.generation import FailReason
from erc_engine.llm.retries import ServerFault, covered

_FINISHES = {"length": "length", "max_tokens": "length", "abort": "abort", "content_filter": "abort"}


@dataclass
class ReplySoFar:
    """Filled while a reply is read. `finish` stays empty until the server names it; `key` is never repeated."""

    finish: str = ""
    model: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    choices: int = 0
    key: str | None = field(default=None, repr=False)

    def take(self, written: str | bytes) -> str:
        """Read one event or a whole body, and give the text in it."""
        said = parsed(written, self.key)
        if not isinstance(said, dict):
            raise bad_reply("a JSON value that is no object", written, self.key)
        if said.get("error"):
            raise ServerFault(
                f"the server broke off with an error: {shown(error_message(said), key=self.key)}",
                code=FailReason.SERVER_ERROR,
                retryable=True,
                elsewhere=True,
            )
        if isinstance(said.get("model"), str):
            self.model = covered(said["model"], self.key, whole=True)
        if isinstance(usage := said.get("usage"), dict):
            self.prompt_tokens = _count(usage.get("prompt_tokens"))
            self.completion_tokens = _count(usage.get("completion_tokens"))
        choices = said.get("choices")
        if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
            raise bad_reply("no list of choices", written, self.key)
        if not choices:
            return ""
        self.choices += 1
        if isinstance(finish := choices[0].get("finish_reason"), str):
            self.finish = _FINISHES.get(finish, "stop")
        message = choices[0].get("delta") or choices[0].get("message") or {}
        return _content(message.get("content")) if isinstance(message, dict) else ""


def parsed(written: str | bytes, key: str | None = None) -> Any:
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        raise bad_reply("no JSON", written, key) from None


def bad_reply(what: str, written: str | bytes, key: str | None = None) -> ServerFault:
    text = written.decode("utf-8", errors="replace") if isinstance(written, bytes) else written
    return ServerFault(
        f"the server's reply is {what}: {shown(text, key=key)}",
        hint="is this the address of an OpenAI-compatible server? It usually ends in /v1",
        code=FailReason.BAD_REPLY,
        retryable=True,
        elsewhere=True,
    )


def error_message(said: Any) -> str:
    """The words of an error, in the shapes that servers use; empty when there are none."""
    error = said.get("error", said) if isinstance(said, dict) else said
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or ""
    return error if isinstance(error, str) else json.dumps(error)


def shown(text: str, limit: int = 300, *, key: str | None = None) -> str:
    """On one line, without control characters and key, no longer than a person reads."""
    text = covered(text[: 16 * limit], key)[: 4 * limit]
    line = covered(" ".join("".join(c if c.isprintable() else " " for c in text).split()), key)
    return (line[: limit - 1] + "…" if len(line) > limit else line) or "(nothing)"


def _content(content: Any) -> str:
    """Text as a string, or as a list of parts."""
    if isinstance(content, list):
        return "".join(_content(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _count(number: Any) -> int | None:
    return number if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else None
