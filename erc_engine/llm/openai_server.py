"""Any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, `transformers serve`, or a hosted one.

    server = find_server("http://127.0.0.1:8000/v1#qwen3-4b", {}, {})
    with closing(OpenAIServer("openai:…", server)) as model:
        model.complete(request).text

One pool of connections serves all threads. Replies are streamed even where they are wanted whole, because only a
stream shows a stall: no piece may take longer than half of the endpoint's `timeout_seconds`, the whole not
longer than all of it. Asked again at once: a connection refused or broken off, 408, 409, 429 and 5xx. Not
asked again: what took too long (the run's ledger decides that) and every other refusal. No redirect is
followed, so a key never goes to another address.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from erc_engine.domain.generation import ChatRequest, Completion, FailReason
from erc_engine.llm.chat_model import Capabilities
from erc_engine.llm.event_stream import events
from erc_engine.llm.openai_reply import ReplySoFar, bad_reply, error_message, shown
from erc_engine.llm.retries import Retries, ServerFault, retry_after
from erc_engine.llm.server_address import Server

CONNECT_SECONDS = 10.0
SEEDS = 2**31  # the range that every server takes
REQUESTS_AT_ONCE = 16
OPTIONAL_FIELDS = ("stream_options", "stream")  # left out for a server that refuses them by name


@dataclass(frozen=True)
class Clocks:
    """`elapsed` measures, `today` dates (seconds since 1970)."""

    elapsed: Callable[[], float] = time.monotonic
    today: Callable[[], float] = time.time


class OpenAIServer:
    """A `ChatModel` over HTTP. Replies of more than `max_bytes` are broken off as bad ones."""

    def __init__(
        self,
        spec: str,
        server: Server,
        *,
        retries: Retries | None = None,
        clocks: Clocks | None = None,
        max_bytes: int = 16_000_000,
    ) -> None:
        self.spec = spec
        self.capabilities = Capabilities(
            reads_prompt=True,
            is_language_model=True,
            deterministic=False,
            seeds=True,
            streaming=True,
            local=server.local,
            window=REQUESTS_AT_ONCE,
        )
        self._server = server
        self._closed = threading.Event()
        self._retries = retries or Retries(sleep=self._closed.wait)
        self._clocks = clocks or Clocks()
        self._max_bytes = max_bytes
        self._unwanted: frozenset[str] = frozenset()
        self._client = httpx.Client(
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"}
            | ({"Authorization": f"Bearer {server.key}"} if server.key else {}),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=2 * REQUESTS_AT_ONCE),
            follow_redirects=False,
            trust_env=not server.loopback,  # a proxy from the environment is for other machines
        )

    def complete(self, request: ChatRequest) -> Completion:
        started = self._clocks.elapsed()

        def ask() -> tuple[str, ReplySoFar]:
            reply = ReplySoFar(key=self._server.key)
            return "".join(self._pieces(request, reply)), reply

        text, reply = self._retries.run(ask)
        return self._completion(text, reply, started)

    def stream(self, request: ChatRequest) -> Generator[str, None, Completion]:
        """Pieces as they come; asked again only while none has come."""
        started = self._clocks.elapsed()

        def begin() -> tuple[str, Iterator[str], ReplySoFar]:
            reply = ReplySoFar(key=self._server.key)
            pieces = self._pieces(request, reply)
            return next(pieces, ""), pieces, reply

        first, rest, reply = self._retries.run(begin)
        texts = [first]
        if first:
            yield first
        for piece in rest:
            texts.append(piece)
            yield piece
        return self._completion("".join(texts), reply, started)

    def _completion(self, text: str, reply: ReplySoFar, started: float) -> Completion:
        return Completion(
            text=text,
            finish=reply.finish or "stop",
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=self._clocks.elapsed() - started,
            model=reply.model or self._server.model,
        )

    def close(self) -> None:
        """Ends what is under way: those requests fail as a lost connection."""
        self._closed.set()
        self._client.close()

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        body = {
            "model": self._server.model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
            "max_tokens": request.sampling.max_tokens,
            "seed": request.seed % SEEDS,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return {key: value for key, value in body.items() if key not in self._unwanted}

    def _pieces(self, request: ChatRequest, reply: ReplySoFar) -> Iterator[str]:
        """One try: the text as it comes, everything else into `reply`."""
        deadline = self._clocks.elapsed() + self._server.timeout_seconds
        body = self._body(request)
        with self._sent(body) as response:
            if response.is_success:
                yield from self._read(response, deadline, reply)
                return
            words = self._words(response, deadline)
            fault = self._turned_down(response, words).without(self._server.key)
        named = [field for field in OPTIONAL_FIELDS if field in body and re.search(rf"\b{field}\b", words)]
        if response.status_code not in (400, 422) or not named:
            raise fault
        self._unwanted |= {"stream_options", named[0]}
        yield from self._pieces(request, reply)

    @contextmanager
    def _sent(self, body: dict[str, Any]) -> Iterator[httpx.Response]:
        """The response to a body, its content still to be read; foreign errors become ours."""
        whole = self._server.timeout_seconds
        limits = httpx.Timeout(
            whole / 2 if body.get("stream") else whole, connect=min(CONNECT_SECONDS, whole), pool=None
        )
        try:
            if self._closed.is_set():
                raise RuntimeError("closed")
            url = f"{self._server.url}/chat/completions"
            with self._client.stream("POST", url, content=json.dumps(body), timeout=limits) as response:
                yield response
        except ServerFault as fault:
            raise fault.without(self._server.key) from None
        except httpx.ConnectTimeout:
            raise self._unreachable("did not answer the call", again=True) from None
        except httpx.TimeoutException:
            raise self._too_late(f"sent nothing for {limits.read:g} s") from None
        except (httpx.DecodingError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise self._bad_reply("not readable", str(error)) from None
        except httpx.HTTPError as error:
            raise self._unreachable(f"cannot be reached or broke off ({self._shown(str(error))})", again=True) from None
        except RuntimeError:
            if not self._closed.is_set():
                raise
            raise self._unreachable("was closed here while it answered", again=False) from None

    def _read(self, response: httpx.Response, deadline: float, reply: ReplySoFar) -> Iterator[str]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        chunks = self._bounded(response, deadline)
        if kind == "text/event-stream":
            yield from self._streamed(chunks, reply)
        elif kind == "application/json":
            body = b"".join(chunks)
            yield reply.take(body)
            if not reply.choices:
                raise self._bad_reply("without a choice", body)
        else:
            raise self._bad_reply(f"{self._shown(kind) if kind else 'of no type'} instead of JSON", next(chunks, b""))

    def _streamed(self, chunks: Iterator[bytes], reply: ReplySoFar) -> Iterator[str]:
        """The reply ends with [DONE]; the line is not read further, as some servers keep it open."""
        done = False
        for event in events(chunks):
            if done := event.strip() == "[DONE]":
                break
            if piece := reply.take(event):
                yield piece
        if not done and not reply.finish:
            raise self._unreachable("broke off in the middle of its reply", again=True)
        if not reply.choices:
            raise self._bad_reply("without a choice", "[DONE]")

    def _bounded(self, response: httpx.Response, deadline: float) -> Iterator[bytes]:
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self._max_bytes:
                raise self._bad_reply(f"longer than {self._max_bytes} bytes", chunk)
            if self._clocks.elapsed() > deadline:
                raise self._too_late(f"took longer than {self._server.timeout_seconds:g} s")
            yield chunk

    def _words(self, response: httpx.Response, deadline: float) -> str:
        """What an error says of itself."""
        body = b""
        for chunk in self._bounded(response, deadline):
            body += chunk
            if len(body) > 10_000:
                break
        try:
            return error_message(json.loads(body))
        except (ValueError, RecursionError):
            return body.decode("utf-8", errors="replace")

    def _turned_down(self, response: httpx.Response, words: str) -> ServerFault:
        """A status of 300 or more as a fault: what it means, what to do, and whether to ask again."""
        status, what, hint = response.status_code, f"HTTP {response.status_code}: {self._shown(words)}", ""
        if status in (408, 409, 429) or status >= 500:
            code = {408: FailReason.TIMEOUT, 429: FailReason.RATE_LIMITED}.get(status, FailReason.SERVER_ERROR)
            wait = retry_after(response.headers.get("retry-after"), self._clocks.today())
            if wait is not None and wait > self._retries.patience_seconds:
                hint = f"it asks to be left alone for {wait:g} s; go on with the run after that"
            return ServerFault(
                f"{self._server.url} answers {what}",
                hint=hint,
                code=code,
                retryable=True,
                again=True,
                wait_seconds=wait,
            )
        if 300 <= status < 400:
            what = f"HTTP {status}: elsewhere ({self._shown(response.headers.get('location', ''))})"
            hint = "redirects are not followed: give the final address"
        elif status in (401, 403):
            hint = "name the endpoint in config.toml with key_env, the variable that holds its key"
        elif status == 404:
            hint = f"does it serve '{self._server.model}', and does its address end as it should (/v1)?"
        return ServerFault(f"{self._server.url} answers {what}", hint=hint, code=FailReason.REFUSED_REQUEST)

    def _shown(self, text: str) -> str:
        return shown(text, key=self._server.key)

    def _bad_reply(self, what: str, written: str | bytes) -> ServerFault:
        return bad_reply(what, written, self._server.key)

    def _unreachable(self, what: str, *, again: bool) -> ServerFault:
        hint = "is it running, and is this its address?"
        return ServerFault(
            f"{self._server.url} {what}", hint=hint, code=FailReason.CONNECTION, retryable=True, again=again
        )

    def _too_late(self, what: str) -> ServerFault:
        hint = "ask for fewer requests at once (window), or give its endpoint a longer timeout_seconds"
        return ServerFault(f"{self._server.url} {what}", hint=hint, code=FailReason.TIMEOUT, retryable=True)
