"""Calls in a sliding window: nobody waits for the slowest, size 1 stays in the caller's thread."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from erc_engine.domain.generation import ChatRequest, Completion, Sampling
from erc_engine.errors import ModelError
from erc_engine.generation.window import Window
from erc_engine.llm.chat_model import Capabilities


def request(name: str) -> ChatRequest:
    return ChatRequest(name, (), Sampling(), 1)


class GatedModel:
    """Answers a request when its gate is opened."""

    spec = "gated:"
    capabilities = Capabilities(True, True, True, True, False, True, 4)

    def __init__(self) -> None:
        self.gates = {name: threading.Event() for name in "abcd"}
        self.threads: list[str] = []

    def complete(self, request: ChatRequest) -> Completion:
        self.threads.append(threading.current_thread().name)
        self.gates[request.id].wait(10)
        if request.id == "d":
            raise ModelError("no reply", code="timeout")
        return Completion(request.id)

    def stream(self, request: ChatRequest) -> Generator[str, None, Completion]:
        whole = self.complete(request)
        yield whole.text
        return whole

    def close(self) -> None:
        """Nothing is held."""


def test_an_answer_comes_back_before_slower_ones_that_were_asked_first() -> None:
    model = GatedModel()
    with Window(model, 3) as window:
        for name in "abc":
            window.submit(name, request(name))
        model.gates["b"].set()
        assert [answer.plan for answer in window.finished()] == ["b"]
        assert len(window) == 2
        window.submit("d", request("d"))
        model.gates["d"].set()
        (failed,) = window.finished()
        assert isinstance(failed.reply, ModelError)
        for gate in model.gates.values():
            gate.set()
        rest = [answer.plan for _ in range(2) if len(window) for answer in window.finished()]
        assert sorted(rest) == ["a", "c"]


def test_size_one_calls_in_the_same_thread_and_only_when_asked_for_the_answer() -> None:
    model = GatedModel()
    model.gates["a"].set()
    with Window(model, 1) as window:
        window.submit("a", request("a"))
        assert (len(window), model.threads) == (1, [])
        (answer,) = window.finished()
    assert answer.reply == Completion("a")
    assert model.threads == [threading.current_thread().name]
    assert answer.seconds >= 0


@pytest.mark.parametrize("size", [1, 3])
def test_an_error_that_is_no_model_error_reaches_the_caller(size: int) -> None:
    class BrokenModel(GatedModel):
        def complete(self, request: ChatRequest) -> Completion:
            raise ZeroDivisionError

    with Window(BrokenModel(), size) as window:
        window.submit("a", request("a"))
        with pytest.raises(ZeroDivisionError):
            window.finished()


def test_leaving_early_waits_for_nothing() -> None:
    model = GatedModel()
    with Window(model, 2) as window:
        window.submit("a", request("a"))
    assert len(window) == 1  # left behind, still gated
    model.gates["a"].set()
