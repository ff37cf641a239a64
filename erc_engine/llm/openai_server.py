"""Any OpenAI-compatible server, or several behind one name: vLLM, SGLang, llama.cpp, Ollama, or a hosted one.

    servers = find_servers("http://127.0.0.1:8000/v1#qwen3-4b", {}, {})
    with closing(OpenAIServer("openai:…", servers)) as model:
        model.complete(request).text

Replies are streamed even where they are wanted whole, because only a stream shows a stall. Each request goes where
there is room (`routing`). Asked again: a connection refused or broken off, 408, 409, 429 and 5xx, at another server at
once, at the same one after a pause. What took too long or is refused is asked again only at another server, and only
where that may help. However often it is asked, a request gives one reply or one failure.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from erc_engine.domain.generation import ChatRequest, Completion
from erc_engine.llm.chat_model import Capabilities
from erc_engine.llm.one_server import REPLY_BYTES, Clocks, OneServer
from erc_engine.llm.openai_reply import ReplySoFar
from erc_engine.llm.retries import Retries, ServerFault
from erc_engine.llm.routing import Route, Router
from erc_engine.llm.server_address import Server


@dataclass
class Try:
    """What one try found out beside the text, and the model that it asked for."""

    reply: ReplySoFar = field(default_factory=ReplySoFar)
    model: str = ""


class OpenAIServer:
    """A `ChatModel` over HTTP. Replies of more than `max_bytes` are broken off as bad ones."""

    def __init__(
        self,
        spec: str,
        servers: Sequence[Server],
        *,
        retries: Retries | None = None,
        clocks: Clocks | None = None,
        max_bytes: int = REPLY_BYTES,
    ) -> None:
        self.spec = spec
        self.capabilities = Capabilities(
            reads_prompt=True,
            is_language_model=True,
            deterministic=False,
            seeds=True,
            streaming=True,
            local=all(server.local for server in servers),
            window=sum(server.most_at_once for server in servers),
        )
        self._closed = threading.Event()
        self._retries = retries or Retries(sleep=self._closed.wait)
        self._clocks = clocks or Clocks()
        self.router = Router(servers, now=self._clocks.elapsed, patience=self._retries.patience_seconds)
        shared: dict[str, Any] = {"closed": self._closed, "clocks": self._clocks, "max_bytes": max_bytes}
        patience = self._retries.patience_seconds
        self._ask = {r: OneServer(r.server, patience_seconds=patience, **shared) for r in self.router.routes}

    def complete(self, request: ChatRequest) -> Completion:
        started = self._clocks.elapsed()
        failed_at: list[Route] = []

        def ask() -> tuple[str, Try]:
            this = Try()
            return "".join(self._texts(request, this, failed_at)), this

        text, this = self._retries.run(ask, at_once=lambda fault: self._elsewhere(fault, failed_at))
        return self._completion(text, this, started)

    def stream(self, request: ChatRequest) -> Generator[str, None, Completion]:
        """Pieces as they come; asked again only while none has come."""
        started = self._clocks.elapsed()
        failed_at: list[Route] = []

        def begin() -> tuple[str, Generator[str, None, None], Try]:
            this = Try()
            pieces = self._texts(request, this, failed_at)
            return next(pieces, ""), pieces, this

        first, rest, this = self._retries.run(begin, at_once=lambda fault: self._elsewhere(fault, failed_at))
        with closing(rest):
            texts = [first]
            if first:
                yield first
            for piece in rest:
                texts.append(piece)
                yield piece
        return self._completion("".join(texts), this, started)

    def close(self) -> None:
        """Ends what is under way: those requests fail as a lost connection."""
        self._closed.set()
        self.router.close()
        for server in self._ask.values():
            server.close()

    def _texts(self, request: ChatRequest, this: Try, failed_at: list[Route]) -> Generator[str, None, None]:
        """One try at the server that has room for it, which learns how it ended."""
        place = self.router.enter(failed_at)
        this.model, this.reply.key = place.route.server.model, place.route.server.key
        try:
            yield from self._ask[place.route].pieces(request, this.reply, place.seconds)
        except ServerFault as fault:
            failed_at.append(place.route)
            self.router.leave(place, fault)
            raise
        except BaseException:
            self.router.leave(place, given_up=True)
            raise
        self.router.leave(place)

    def _elsewhere(self, fault: ServerFault, failed_at: Sequence[Route]) -> bool:
        return fault.elsewhere and self.router.ready_elsewhere(failed_at)

    def _completion(self, text: str, this: Try, started: float) -> Completion:
        return Completion(
            text=text,
            finish=this.reply.finish or "stop",
            prompt_tokens=this.reply.prompt_tokens,
            completion_tokens=this.reply.completion_tokens,
            seconds=self._clocks.elapsed() - started,
            model=this.reply.model or this.model,
        )
