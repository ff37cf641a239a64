"""What every chat model is: messages in, text out, and a plain word on what it can do.

    model = open_model("replay:", endpoints={}, recordings=Path("assets/recordings"))
    model.capabilities.is_language_model      # False: recorded text, never shown as a live model's
    model.complete(request).text              # "1. Ana [joy]: You came!\\n2. Bo [neutral]: Barely."

`complete` and `stream` may be called from many threads at once. No reply is a `ModelError` whose `code` is a
`FailReason` and whose `retryable` says whether the same request may succeed later. What a reply is worth
is judged in `generation`; a model never looks into it.

Specs: `replay:` recorded dialogues, with faults on demand (`replay`, `faults`); `openai:NAME#model` or
`openai:http://127.0.0.1:8000/v1#model` any OpenAI-compatible server (`openai_server`); `hf:FOLDER` a model of this
machine (`local.local_model`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from erc_engine.domain.generation import ChatRequest, Completion, MenuItem
from erc_engine.errors import InputError
from erc_engine.settings import Endpoint


@dataclass(frozen=True)
class Capabilities:
    """What a model can do.

    `deterministic`: the same request gives the same text, always. `seeds`: it is given the request's seed.
    `local`: texts that may not leave this machine may be sent to it. `window`: how many requests at once suit it.
    """

    reads_prompt: bool
    is_language_model: bool
    deterministic: bool
    seeds: bool
    streaming: bool
    local: bool
    window: int


class ChatModel(Protocol):
    """A model behind its spec. `stream` yields the text of what `complete` would return in pieces, and returns it."""

    @property
    def spec(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def complete(self, request: ChatRequest) -> Completion: ...

    def stream(self, request: ChatRequest) -> Generator[str, None, Completion]: ...

    def close(self) -> None: ...


@runtime_checkable
class RecordedModel(ChatModel, Protocol):
    """A model that only plays back: what it can serve is a finite menu, and the planner picks from it."""

    def menu(self, recordings_set: str) -> tuple[MenuItem, ...]: ...


def watched(model: ChatModel, request: ChatRequest, piece: Callable[[str], object]) -> Completion:
    """The reply, each piece handed on as it comes; in one piece from a model that does not stream.

    What `piece` raises breaks the request off and is raised here.
    """
    if not model.capabilities.streaming:
        whole = model.complete(request)
        piece(whole.text)
        return whole
    with closing(model.stream(request)) as pieces:
        while True:
            try:
                text = next(pieces)
            except StopIteration as end:
                reply: Completion = end.value
                return reply
            piece(text)


@runtime_checkable
class DescribedModel(ChatModel, Protocol):
    """A model that can say exactly which one it is. What ends in `_sha256` differs only if the model does."""

    def about(self) -> Mapping[str, str]: ...


def open_model(
    spec: str,
    *,
    endpoints: Mapping[str, Endpoint],
    recordings: Path,
    environment: Mapping[str, str] | None = None,
    plant: Sequence[str] = (),
    allow_address: bool = False,
    models: Mapping[str, str] | None = None,
    repeatable: bool = False,
) -> ChatModel:
    """The model of a spec; nothing is sent or loaded yet.

    `plant` are texts of a test split that the copying faults of `replay:` may use. Keys of named endpoints are
    read from `environment`. A typed address beyond this machine is refused unless `allow_address`. `models` are the
    names that `hf:` knows. `repeatable` asks that the same request give the same text, at the cost of speed; whether
    a model can is said by its capabilities.
    """
    kind, colon, rest = spec.partition(":")
    if colon and kind == "replay":
        from erc_engine.llm.replay import ReplayModel

        return ReplayModel(spec, recordings, plant=plant)
    if colon and kind == "openai":
        from erc_engine.llm.openai_server import OpenAIServer
        from erc_engine.llm.server_address import find_servers

        given = os.environ if environment is None else environment
        return OpenAIServer(spec, find_servers(rest, endpoints, given, allow_address=allow_address))
    if colon and kind == "hf":
        from erc_engine.llm.local.local_model import open_local

        return open_local(spec, models=models or {}, environment=environment, repeatable=repeatable)
    raise InputError(
        f"model '{spec}' is not known",
        hint="write replay: for recorded dialogues, openai:NAME#model for a server named in config.toml, "
        "openai:http://127.0.0.1:8000/v1#model for one on this machine, or hf:FOLDER for a local model",
    )
