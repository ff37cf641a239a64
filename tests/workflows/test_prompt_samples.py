"""Samples of the prompt studio: replies as they are written, stopped, broken off, or read and judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from erc_engine.domain.generation import PromptRecipe
from erc_engine.errors import InputError
from erc_engine.workflows.prompt_samples import SampleBatch, SampleState, sample_plans, try_samples
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.workspace import Workspace
from tests.llm.fake_server import FakeServer, event, pauses, piece, raw, stalls_after, status, streamed


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


@pytest.fixture
def recipe(workspace: Workspace) -> PromptRecipe:
    return find_recipe(workspace, "meld-balanced")


@pytest.fixture
def ask(workspace: Workspace, recipe: PromptRecipe, server: FakeServer) -> Iterator[Callable[..., SampleBatch]]:
    begun: list[SampleBatch] = []

    def begin(count: int = 1, model: str = "") -> SampleBatch:
        spec = model or f"openai:{server.url}#tiny-chat"
        begun.append(try_samples(workspace, recipe, like=None, model=spec, seed=3, count=count))
        return begun[-1]

    yield begin
    for batch in begun:
        batch.stop()


def until(batch: SampleBatch, seen: Callable[[SampleBatch], bool]) -> None:
    deadline = time.monotonic() + 10
    while not seen(batch):
        assert time.monotonic() < deadline, batch.samples
        batch.wait(0.01)


def obeying(workspace: Workspace, recipe: PromptRecipe) -> str:
    """A reply that does what the first sample's plan asks for."""
    plan = sample_plans(workspace, recipe, None, seed=3)[0]
    labels = [label for label, n in plan.budget.items() for _ in range(n)]
    names = [speaker.name for speaker in plan.speakers]
    said = ("The ferry left at noon today.", "Nobody told the harbour office.", "My coat is still on board.")
    return "\n".join(
        f"{n + 1}. {names[n % len(names)]} [{label}]: {said[n % 3]} Pier {n + 1} was shut then."
        for n, label in enumerate(labels)
    )


def test_a_reply_is_seen_before_it_is_complete(ask, server):
    server.will(pauses("1. Ana [joy]: The ferry", " was early."))
    batch = ask()
    until(batch, lambda b: any(s.raw for s in b.samples))
    [sample] = batch.samples
    assert (sample.raw, sample.state, sample.words) == ("1. Ana [joy]: The ferry", SampleState.WRITING, 5)
    assert not batch.done
    server.released.set()
    assert batch.wait(10)
    [sample] = batch.samples
    assert sample.raw == "1. Ana [joy]: The ferry was early."
    assert (sample.prompt_tokens, sample.completion_tokens) == (31, 14)


def test_a_reply_to_the_plan_is_accepted_and_another_is_rejected_with_its_reason(workspace, recipe, ask, server):
    server.will(streamed(obeying(workspace, recipe)))
    batch = ask()
    assert batch.wait(10)
    assert [s.state for s in batch.samples] == [SampleState.ACCEPTED]
    server.will(streamed("1. Ana [joy]: The ferry was early."))
    batch = ask()
    assert batch.wait(10)
    assert [(s.state, s.reason) for s in batch.samples] == [(SampleState.REJECTED, "turn_count")]
    assert batch.samples[0].turns[0].text == "The ferry was early."


def test_several_replies_are_written_side_by_side(ask, server):
    server.will(pauses("1. Ana [joy]: The ferry", " was early."))
    batch = ask(3)
    until(batch, lambda b: [s.words for s in b.samples] == [5, 5, 5])  # none is complete, all have begun
    assert len(server.seen) == 3


def test_a_stop_keeps_what_came_and_sends_nothing_more(ask, server):
    server.will(pauses("1. Ana [joy]: The ferry was early.\n2. Bo", " [neutral]: Late."))
    batch = ask(6)
    until(batch, lambda b: len(b.samples) == 4 and all(s.raw for s in b.samples))
    batch.stop()
    assert batch.done
    assert {s.state for s in batch.samples} == {SampleState.STOPPED}
    assert batch.samples[0].raw == "1. Ana [joy]: The ferry was early.\n2. Bo"
    server.released.set()
    for thread in batch._threads:
        thread.join(10)
    assert len(server.seen) == 4
    assert {s.state for s in batch.samples} == {SampleState.STOPPED}


BEGUN = event(piece("1. Ana [joy]: You came."))
BROKEN = event({"error": {"message": "no memory"}})


@pytest.mark.parametrize(
    ("behaviour", "reason", "said"),
    [
        (raw(BEGUN), "connection", "broke off in the middle"),
        (raw(BEGUN, BROKEN), "server_error", "no memory"),
    ],
    ids=["broke off", "error in the stream"],
)
def test_a_broken_stream_keeps_what_came_and_says_why(ask, server, behaviour, reason, said):
    server.will(behaviour)
    batch = ask()
    assert batch.wait(10)
    [sample] = batch.samples
    assert (sample.state, sample.reason, sample.raw) == (SampleState.FAILED, reason, "1. Ana [joy]: You came.")
    assert said in sample.detail
    assert [turn.text for turn in sample.turns] == ["You came."]


def test_a_request_that_is_turned_down_says_what_to_do(ask, server):
    server.will(status(404, {"error": {"message": "no such model"}}))
    batch = ask()
    assert batch.wait(10)
    [sample] = batch.samples
    assert (sample.state, sample.raw) == (SampleState.FAILED, "")
    assert "no such model" in sample.detail
    assert "does it serve 'tiny-chat'" in sample.hint


def test_a_silent_server_can_be_stopped_at_once(ask, server):
    server.will(stalls_after())
    batch = ask(2)
    until(batch, lambda b: len(server.seen) == 2)
    batch.stop()
    assert batch.done
    assert [s.state for s in batch.samples] == [SampleState.STOPPED] * 2


def test_recorded_text_comes_word_by_word_and_stays_marked_as_recorded(ask):
    batch = ask(2, model="replay:?delay_ms=400")
    until(batch, lambda b: any(0 < s.words < 20 for s in b.samples))
    assert not batch.reads_prompt
    assert len(batch.samples) == 1  # it suits one request at a time
    assert batch.wait(10)
    assert [s.state for s in batch.samples] == [SampleState.ACCEPTED] * 2


def test_a_repair_is_kept_with_its_turn(ask):
    batch = ask(1, model="replay:?faults=noise_preamble:1")
    assert batch.wait(10)
    [sample] = batch.samples
    assert sample.accepted
    assert sample.injected == "noise_preamble"
    assert sample.repairs


def test_too_many_samples_are_refused(workspace, recipe):
    with pytest.raises(InputError, match="17 samples"):
        try_samples(workspace, recipe, like=None, model="replay:", seed=1, count=17)
