"""Replies that are written together by one thread: memory that runs out, faults, those that are cancelled."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from erc_engine.domain.generation import Sampling
from erc_engine.llm.local.batching import Batching, read_together
from erc_engine.llm.local.lane import Writing

WAIT = 60.0


class Limited:
    """A model that runs out of memory with more than `rows` rows or `tokens` tokens in a row, or fails outright."""

    def __init__(self, model: Any, rows: int = 10**6, tokens: int = 10**6, fault: str = "") -> None:
        self.model, self.device, self.forward = model, model.device, model.forward
        self.rows, self.tokens, self.fault, self.most = rows, tokens, fault, 0

    def __call__(self, **given: Any) -> Any:
        rows = given["input_ids"].shape[0]
        if self.fault:
            raise RuntimeError(self.fault)
        if rows > self.rows or given["input_ids"].shape[1] > self.tokens:
            raise torch.OutOfMemoryError("no more memory here")
        self.most = max(self.most, rows)
        return self.model(**given)


@pytest.fixture(scope="module")
def model(small_model):
    torch.set_num_threads(1)
    return AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.float32).eval()


@pytest.fixture
def batching() -> Iterator[Callable[..., Batching]]:
    started: list[Batching] = []

    def start(model: Any, **more: int) -> Batching:
        started.append(Batching(model, frozenset(), **more))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def writings(count: int = 9, **more: bool) -> list[Writing]:
    return [Writing((11, 12, 13 + n), Sampling(0.0, 1.0, 20), n, **more) for n in range(count)]


def end_of(writing: Writing) -> str:
    while not writing.over:
        writing.news.clear()
        assert writing.over or writing.news.wait(WAIT)
    return writing.finish or str(writing.error)


def submit_all(to: Batching, these: list[Writing]) -> list[str]:
    for writing in these:
        to.submit(writing)
    return [end_of(writing) for writing in these]


def test_memory_that_runs_out_makes_fewer_at_once_and_loses_no_reply(model, batching):
    wide, narrow = Limited(model), Limited(model, rows=3)
    expected, found = writings(), writings()
    assert submit_all(batching(wide), expected) == ["length"] * 9
    small = batching(narrow)
    assert submit_all(small, found) == ["length"] * 9
    assert [w.tokens for w in found] == [w.tokens for w in expected]
    assert narrow.most <= 3
    assert small.at_once <= 4
    assert "out of memory with" in small.words


def test_a_reply_that_does_not_fit_alone_fails_with_a_word_on_what_to_do(model, batching):
    small = batching(Limited(model, tokens=2))
    (writing,) = writings(1)
    assert submit_all(small, [writing]) == ["out of memory with one reply of 3 tokens"]
    assert writing.error is not None
    assert "device=cpu" in writing.error.hint
    assert not writing.error.retryable


def test_a_fault_of_the_model_fails_the_replies_and_not_the_thread(model, batching, capsys):
    faulty = Limited(model, fault="a matrix went missing")
    running = batching(faulty)
    assert submit_all(running, writings(2)) == ["RuntimeError: a matrix went missing"] * 2
    faulty.fault = ""
    assert submit_all(running, writings(2)) == ["length"] * 2
    assert "a matrix went missing" in capsys.readouterr().err


def test_prompts_of_like_length_are_read_together_within_a_bound():
    lengths = [3000, 10, 1400, 12, 1300, 1500]
    groups = read_together([Writing((1,) * n, Sampling(), 0) for n in lengths])
    assert [[len(w.prompt) for w in group] for group in groups] == [[10, 12, 1300], [1400, 1500], [3000]]


def test_no_more_than_asked_for_are_written_at_once(model, batching):
    limited = Limited(model)
    assert submit_all(batching(limited, at_once=2), writings()) == ["length"] * 9
    assert limited.most == 2


def test_replies_alone_share_no_step(model, batching):
    limited = Limited(model)
    assert submit_all(batching(limited), writings(alone=True)) == ["length"] * 9
    assert limited.most == 1


def test_a_cancelled_reply_is_dropped_before_it_is_begun(model, batching):
    running = batching(Limited(model), at_once=1)
    first, second, third = writings(3)
    second.cancelled = True
    for writing in (first, second, third):
        running.submit(writing)
    assert [end_of(first), end_of(third)] == ["length", "length"]
    assert second.tokens == []


def test_what_is_unfinished_when_the_model_is_unloaded_may_be_asked_for_again(model):
    running = Batching(Limited(model), frozenset())
    (writing,) = writings(1)
    writing.sampling = Sampling(0.0, 1.0, 450)
    running.submit(writing)
    assert writing.news.wait(WAIT)
    running.stop()
    assert writing.error is not None
    assert (writing.error.code, writing.error.retryable) == ("connection", True)
