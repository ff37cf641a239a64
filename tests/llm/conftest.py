"""Requests, a fake server, and models that talk to it, for the tests of chat models."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from erc_engine.domain.generation import ChatMessage, ChatRequest, Protocol, Sampling
from erc_engine.llm.one_server import Clocks
from erc_engine.llm.openai_server import OpenAIServer
from erc_engine.llm.retries import Retries
from erc_engine.llm.server_address import Server
from tests.llm.fake_server import FakeServer

MESSAGES = (ChatMessage("system", "You write dialogues."), ChatMessage("user", "Two turns, please."))


def asked(
    recording: str | None = "meld-matched-0003",
    *,
    seed: int = 7,
    failures: int = 0,
    protocol: Protocol = Protocol.LINES,
) -> ChatRequest:
    return ChatRequest("run/p00001/0", MESSAGES, Sampling(max_tokens=24), seed, protocol, recording, failures)


@pytest.fixture
def recordings(assets: Path) -> Path:
    return assets / "recordings"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


@pytest.fixture
def slept() -> list[float]:
    """Seconds that a model wanted to wait; nothing really does."""
    return []


@pytest.fixture
def connect(server: FakeServer, slept: list[float]) -> Iterator[Callable[..., OpenAIServer]]:
    """Models of the fake server, or of those given, closed after the test. Their clock knows what was slept."""
    opened: list[OpenAIServer] = []

    def open_one(
        *others: FakeServer, timeout_seconds: float = 20.0, key: str | None = None, today: float = 0.0, **more: object
    ) -> OpenAIServer:
        urls = [one.url for one in (server, *others)]
        servers = [Server(url, "tiny-chat", True, True, timeout_seconds, key) for url in urls]
        retries = Retries(sleep=slept.append, jitter=lambda: 0.0)
        clocks = Clocks(elapsed=lambda: time.monotonic() + sum(slept), today=lambda: today)
        model = OpenAIServer(f"openai:{server.url}#tiny-chat", servers, retries=retries, clocks=clocks, **more)
        opened.append(model)
        return model

    yield open_one
    for model in opened:
        model.close()
