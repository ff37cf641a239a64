"""What a sliding window is worth where answers take ragged times, and least-loaded routing beside a slow server.

The same requests, with the same latencies, go through our window twice: kept full at 32 all the time, and in batches
of 32 that wait for their slowest. Then 16 at a time to two servers of which one is five times slower: where the fewest
are under way, and in turns. Pairs are interleaved; a ratio stands with its interval over the pairs (t, 95 %).
"""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from statistics import mean, stdev
from typing import cast

from benchmarks.measurement import ROOT, Measurement
from erc_engine.domain.generation import ChatMessage, ChatRequest, Completion, Sampling
from erc_engine.generation.window import Window
from erc_engine.llm.chat_model import ChatModel
from erc_engine.llm.openai_server import OpenAIServer
from erc_engine.llm.server_address import Server

AT_ONCE, REQUESTS, PAIRS, MEDIAN = 32, 192, 7, 0.05
T_95 = 2.447  # Student's t, 6 degrees of freedom
ROUTED_AT_ONCE, ROUTED, SLOWER = 16, 64, 5


def measure() -> Iterator[Measurement]:
    with server(MEDIAN) as fast, server(SLOWER * MEDIAN) as slow:
        yield from _sliding(fast)
        yield from _routing(fast, slow)


def _sliding(url: str) -> Iterator[Measurement]:
    with closing(_model(url)) as model:
        sliding(model, _requests(0)[:AT_ONCE], AT_ONCE)  # opens the connections
        pairs = [
            (in_batches(model, _requests(n), AT_ONCE), sliding(model, _requests(n), AT_ONCE)) for n in range(PAIRS)
        ]
    yield _ratio("sliding_window_speedup", pairs, 2.0)


def _routing(fast: str, slow: str) -> Iterator[Measurement]:
    with ExitStack() as stack:
        routed, alone_fast, alone_slow = (
            stack.enter_context(closing(_model(*urls))) for urls in ((fast, slow), (fast,), (slow,))
        )
        in_turns = cast(ChatModel, InTurns([alone_fast, alone_slow]))
        few = [_requests(n)[:ROUTED] for n in range(PAIRS)]
        pairs = [(sliding(in_turns, r, ROUTED_AT_ONCE), sliding(routed, r, ROUTED_AT_ONCE)) for r in few]
    yield _ratio("least_loaded_over_round_robin", pairs, 1.0)


class InTurns:
    """Round robin: each request to the next model, however busy it is."""

    def __init__(self, models: Sequence[ChatModel]) -> None:
        self._next = itertools.cycle(models)

    def complete(self, request: ChatRequest) -> Completion:
        return next(self._next).complete(request)


def sliding(model: ChatModel, requests: Sequence[ChatRequest], size: int) -> float:
    return _timed(model, size, lambda window: _kept_full(window, requests, size))


def in_batches(model: ChatModel, requests: Sequence[ChatRequest], size: int) -> float:
    def batches(window: Window) -> int:
        return sum(_kept_full(window, requests[at : at + size], size) for at in range(0, len(requests), size))

    return _timed(model, size, batches)


def _kept_full(window: Window, requests: Sequence[ChatRequest], size: int) -> int:
    done = 0
    for request in requests:
        if len(window) == size:
            done += _answered(window)
        window.submit(request.id, request)
    while window:
        done += _answered(window)
    return done


def _answered(window: Window) -> int:
    answers = window.finished()
    for answer in answers:
        if not isinstance(answer.reply, Completion):
            raise answer.reply
    return len(answers)


def _timed(model: ChatModel, size: int, work: Callable[[Window], int]) -> float:
    with Window(model, size) as window:
        start = time.perf_counter()
        work(window)
        return time.perf_counter() - start


def _requests(pair: int) -> list[ChatRequest]:
    messages = (ChatMessage("user", "Two turns, please."),)
    return [ChatRequest(f"p{n:05d}", messages, Sampling(), seed=1_000 * pair + n) for n in range(REQUESTS)]


def _model(*urls: str) -> OpenAIServer:
    """Windows that neither grow nor shrink: here it is about order and place alone."""
    servers = [Server(url, "ragged", True, True, 60.0, least_at_once=AT_ONCE, most_at_once=AT_ONCE) for url in urls]
    return OpenAIServer("openai:ragged", servers)


def _ratio(name: str, pairs: Sequence[tuple[float, float]], goal: float) -> Measurement:
    logs = [math.log(slower / faster) for slower, faster in pairs]
    half = T_95 * stdev(logs) / math.sqrt(len(logs))
    low, middle, high = (math.exp(mean(logs) + by) for by in (-half, 0.0, half))
    print(f"# {name}: seconds of each pair " + ", ".join(f"{a:.2f} / {b:.2f}" for a, b in pairs))
    return Measurement(name, middle, goal, at_least=True, interval=(low, high))


@contextmanager
def server(median: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.ragged_server", str(median)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()
