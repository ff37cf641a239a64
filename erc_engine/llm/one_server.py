"""One OpenAI-compatible server over HTTP: a request in, the pieces of its reply out, one try.

    server = OneServer(address, closed=threading.Event())
    reply = ReplySoFar()
    "".join(server.pieces(request, reply, seconds=120))

The whole never takes longer than `seconds`, however the server spreads it out; no piece longer than half of that. One
pool of connections serves all threads. No redirect is followed, so a key never goes to another address.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from erc_engine.domain.generation import ChatRequest, FailReason
from erc_engine.llm.deadlines import bounded, within
from erc_engine.llm.event_stream import events
from erc_engine.llm.openai_reply import ReplySoFar, bad_reply, error_message, shown
from erc_engine.llm.retries import ServerFault, retry_after
from erc_engine.llm.server_address import Server

CONNECT_SECONDS = 10.0
SLACK = 0.05  # seconds before its end in which a request counts as over
SEEDS = 2**31  # the range that every server takes
REPLY_BYTES = 16_000_000  # a longer reply is broken off as a bad one
OF_THE_REQUEST = (400, 413, 422)  # what is wrong is in the request, so that another server would say the same
OPTIONAL_FIELDS = ("stream_options", "stream")  # left out for a server that refuses them by name


@dataclass(frozen=True)
class Clocks:
    """`elapsed` measures, `today` dates (seconds since 1970)."""

    elapsed: Callable[[], float] = time.monotonic
    today: Callable[[], float] = time.time


@dataclass(frozen=True)
class Bound:
    """How long a request may take, and when that is over."""

    seconds: float
    end: float


def client(server: Server) -> httpx.Client:
    """A client that sends the server's key and follows nothing elsewhere."""
    made = httpx.Client(
        headers={"Content-Type": "application/json", "Accept-Encoding": "identity"}
        | ({"Authorization": f"Bearer {server.key}"} if server.key else {}),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=2 * server.most_at_once),
        follow_redirects=False,
        trust_env=not server.loopback,  # a proxy from the environment is for other machines
    )
    return bounded(made)


class OneServer:
    """`patience_seconds`: of a longer Retry-After the fault says what to do."""

    def __init__(
        self,
        server: Server,
        *,
        closed: threading.Event,
        patience_seconds: float = 60.0,
        clocks: Clocks | None = None,
        max_bytes: int = REPLY_BYTES,
    ) -> None:
        self._server = server
        self._closed = closed
        self._patience = patience_seconds
        self._clocks = clocks or Clocks()
        self._max_bytes = max_bytes
        self._unwanted: frozenset[str] = frozenset()
        self._client = client(server)

    def close(self) -> None:
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

    def pieces(self, request: ChatRequest, reply: ReplySoFar, seconds: float) -> Iterator[str]:
        """One try: the text as it comes, everything else into `reply`."""
        return self._pieces(request, reply, Bound(seconds, self._clocks.elapsed() + seconds))

    def _pieces(self, request: ChatRequest, reply: ReplySoFar, bound: Bound) -> Iterator[str]:
        body = self._body(request)
        with self._sent(body, bound) as response:
            if response.is_success:
                yield from self._read(response, bound, reply)
                return
            words = self._words(response, bound)
            fault = self._turned_down(response, words).without(self._server.key)
        named = [field for field in OPTIONAL_FIELDS if field in body and re.search(rf"\b{field}\b", words)]
        if response.status_code not in (400, 422) or not named:
            raise fault
        self._unwanted |= {"stream_options", named[0]}
        yield from self._pieces(request, reply, bound)

    @contextmanager
    def _sent(self, body: dict[str, Any], bound: Bound) -> Iterator[httpx.Response]:
        """The response to a body, its content still to be read; foreign errors become ours."""
        whole = bound.seconds
        silence = whole / 2 if body.get("stream") else whole
        limits = httpx.Timeout(silence, connect=min(CONNECT_SECONDS, whole), pool=None)
        try:
            if self._closed.is_set():
                raise RuntimeError("closed")
            url = f"{self._server.url}/chat/completions"
            asking = self._client.build_request("POST", url, content=json.dumps(body), timeout=limits)
            with within(self._left(bound)):
                response = self._client.send(asking, stream=True)
            with closing(response):
                yield response
        except ServerFault as fault:
            raise fault.without(self._server.key) from None
        except httpx.ConnectTimeout:
            raise self._unreachable("did not answer the call", again=True) from None
        except httpx.TimeoutException:
            late = self._left(bound) < SLACK
            raise self._too_late(
                f"took longer than {whole:g} s" if late else f"sent nothing for {silence:g} s"
            ) from None
        except (httpx.DecodingError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise self._bad_reply("not readable", str(error)) from None
        except httpx.HTTPError as error:
            raise self._unreachable(f"cannot be reached or broke off ({self._shown(str(error))})", again=True) from None
        except RuntimeError:
            if not self._closed.is_set():
                raise
            raise self._unreachable("was closed here while it answered", again=False) from None

    def _left(self, bound: Bound) -> float:
        return bound.end - self._clocks.elapsed()

    def _read(self, response: httpx.Response, bound: Bound, reply: ReplySoFar) -> Iterator[str]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        chunks = self._bounded(response, bound)
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

    def _bounded(self, response: httpx.Response, bound: Bound) -> Iterator[bytes]:
        size = 0
        chunks = response.iter_bytes()
        while True:
            with within(self._left(bound)):
                chunk = next(chunks, None)
            if chunk is None:
                return
            size += len(chunk)
            if size > self._max_bytes:
                raise self._bad_reply(f"longer than {self._max_bytes} bytes", chunk)
            if self._left(bound) < 0:
                raise self._too_late(f"took longer than {bound.seconds:g} s")
            yield chunk

    def _words(self, response: httpx.Response, bound: Bound) -> str:
        """What an error says of itself."""
        body = b""
        for chunk in self._bounded(response, bound):
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
            if wait is not None and wait > self._patience:
                hint = f"it asks to be left alone for {wait:g} s; go on with the run after that"
            return ServerFault(
                f"{self._server.url} answers {what}",
                hint=hint,
                code=code,
                retryable=True,
                again=True,
                wait_seconds=wait,
                overloaded=status in (408, 429, 503),
                down=status >= 500,
                elsewhere=True,
            )
        if 300 <= status < 400:
            what = f"HTTP {status}: elsewhere ({self._shown(response.headers.get('location', ''))})"
            hint = "redirects are not followed: give the final address"
        elif status in (401, 403):
            hint = "name the endpoint in config.toml with key_env, the variable that holds its key"
        elif status == 404:
            hint = f"does it serve '{self._server.model}', and does its address end as it should (/v1)?"
        elsewhere = status not in OF_THE_REQUEST
        message = f"{self._server.url} answers {what}"
        return ServerFault(message, hint=hint, code=FailReason.REFUSED_REQUEST, elsewhere=elsewhere)

    def _shown(self, text: str) -> str:
        return shown(text, key=self._server.key)

    def _bad_reply(self, what: str, written: str | bytes) -> ServerFault:
        return bad_reply(what, written, self._server.key)

    def _unreachable(self, what: str, *, again: bool) -> ServerFault:
        hint = "is it running, and is this its address?"
        return ServerFault(
            f"{self._server.url} {what}",
            hint=hint,
            code=FailReason.CONNECTION,
            retryable=True,
            again=again,
            down=again,
            elsewhere=again,
        )

    def _too_late(self, what: str) -> ServerFault:
        hint = "ask for fewer requests at once (window), or give its endpoint a longer timeout_seconds"
        return ServerFault(
            f"{self._server.url} {what}",
            hint=hint,
            code=FailReason.TIMEOUT,
            retryable=True,
            overloaded=True,
            elsewhere=True,
        )
