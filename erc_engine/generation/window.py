"""A sliding window of model calls: up to `size` at once, each handed back as soon as it is there.

    with Window(model, size=8) as window:
        window.submit("p00003", request, then=lambda reply: …)    # work on a reply in its own thread
        window.finished()        # [("p00003", Completion(…) or ModelError(…), seconds)]

Size 1 calls the model in the caller's own thread, so that a run is reproduced exactly, and has no use for `then`.
Leaving early (an exception, or a generator that is closed) waits for nothing: calls under way are abandoned, and the
ledger has them in flight.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from erc_engine.domain.generation import ChatRequest, Completion
from erc_engine.errors import ModelError
from erc_engine.llm.chat_model import ChatModel


@dataclass(frozen=True)
class Answer:
    """What a call gave: a reply, or the error that says why there is none."""

    plan: str
    reply: Completion | ModelError
    seconds: float


class Window:
    def __init__(self, model: ChatModel, size: int) -> None:
        self._model = model
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="chat") if size > 1 else None
        self._futures: dict[Future[Answer], str] = {}
        self._inline: list[tuple[str, ChatRequest]] = []

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=not self._futures, cancel_futures=True)

    def __len__(self) -> int:
        return len(self._futures) + len(self._inline)

    def submit(self, plan: str, request: ChatRequest, then: Callable[[Completion], None] | None = None) -> None:
        if self._pool is None:
            self._inline.append((plan, request))
        else:
            self._futures[self._pool.submit(self._call, plan, request, then)] = plan

    def finished(self) -> Sequence[Answer]:
        """Waits for at least one answer; those that are there together come in the order of their plans."""
        if self._inline:
            return [self._call(*self._inline.pop())]
        done = wait(self._futures, return_when=FIRST_COMPLETED).done
        in_order = sorted(done, key=lambda future: self._futures[future])
        for future in in_order:
            del self._futures[future]
        return [future.result() for future in in_order]

    def _call(self, plan: str, request: ChatRequest, then: Callable[[Completion], None] | None = None) -> Answer:
        started = time.perf_counter()
        try:
            reply: Completion | ModelError = self._model.complete(request)
        except ModelError as error:
            reply = error
        answer = Answer(plan, reply, time.perf_counter() - started)
        if then is not None and not isinstance(reply, ModelError):
            then(reply)
        return answer
