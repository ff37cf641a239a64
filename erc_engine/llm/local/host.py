"""The process that holds one local model for everybody on this machine: `python -m erc_engine.llm.local.host`.

It speaks OpenAI's chat protocol on a port of 127.0.0.1 of its own, to who knows the token in its 0600 file:

    POST /shared/v1/chat/completions    a reply, written together with others
    POST /alone/v1/chat/completions     a repeatable reply, which shares no step with another
    GET  /about                         what the model is, what it runs on, how much is under way

Who starts it, and how it is found: `host_process`. It ends by itself after some time without a request.
"""

from __future__ import annotations

import hmac
import json
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from erc_engine.domain.generation import ChatMessage, FailReason, Sampling
from erc_engine.errors import ErcError, InputError, ModelError
from erc_engine.llm.local.batching import Batching
from erc_engine.llm.local.lane import Writing
from erc_engine.llm.local.loading import LoadedModel

PIECE_SECONDS = 0.05  # between two pieces of a text while few are written; longer with many, which nobody reads along
SIGN_OF_LIFE_SECONDS = 2.0
READ_SECONDS = 30.0
MOST_BYTES = 4_000_000  # of a request
MANY = 4


@dataclass(frozen=True)
class Asked:
    messages: tuple[ChatMessage, ...]
    sampling: Sampling
    seed: int


class Host(ThreadingHTTPServer):
    """`last_used` is the monotonic time when something was last under way."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, loaded: LoadedModel, batching: Batching, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.loaded, self.batching, self.token = loaded, batching, token
        self.last_used = time.monotonic()
        self.loaded_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.open_requests = 0
        self._counting = threading.Lock()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def count(self, change: int) -> None:
        with self._counting:
            self.open_requests += change
            self.last_used = time.monotonic()

    def idle_seconds(self) -> float:
        return 0.0 if self.open_requests else time.monotonic() - self.last_used

    def writing(self, asked: Asked, *, alone: bool) -> Writing:
        """Begin a reply; InputError when the prompt leaves no room for one."""
        prompt = tuple(self.loaded.prompt.ids(asked.messages))
        most = asked.sampling.max_tokens
        if self.loaded.context is not None:
            most = min(most, self.loaded.context - len(prompt))
        if most < 1:
            raise InputError(
                f"the prompt has {len(prompt):,} tokens, and the model takes {self.loaded.context:,} with its reply",
                hint="a recipe with a shorter prompt, or a model with a longer context",
            )
        sampling = Sampling(asked.sampling.temperature, asked.sampling.top_p, most)
        writing = Writing(prompt, sampling, asked.seed, alone)
        self.batching.submit(writing)
        return writing

    def pieces(self, writing: Writing) -> Iterator[str]:
        """The text as it grows; an empty piece after some seconds without news. ModelError when it fails."""
        from tokenizers.decoders import DecodeStream

        decoder, tokenizer = DecodeStream(skip_special_tokens=True), self.loaded.tokenizer.backend_tokenizer
        told = 0
        while True:
            over = writing.over
            new = writing.tokens[told:]
            told += len(new)
            text = "".join(decoder.step(tokenizer, token) or "" for token in new)
            if text:
                yield text
            if writing.error is not None:
                raise writing.error
            if over:
                return
            time.sleep(PIECE_SECONDS * max(1.0, self.open_requests / MANY) if text else 0)
            writing.news.clear()
            if len(writing.tokens) == told and not writing.over and not writing.news.wait(SIGN_OF_LIFE_SECONDS):
                yield ""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Door(BaseHTTPRequestHandler):
    server: Host
    timeout = READ_SECONDS

    def do_GET(self) -> None:
        if not self._known():
            return
        if self.path != "/about":
            self._answer(404, _error("there is only /about"))
            return
        batching = self.server.batching
        now = {
            "pid": os.getpid(),
            "loaded_at": self.server.loaded_at,
            "at_once": batching.at_once,
            "under_way": batching.under_way,
            "words": batching.words,
        }
        self._answer(200, {**self.server.loaded.about, **now})

    def do_POST(self) -> None:
        if not self._known():
            return
        alone = {"/alone/v1/chat/completions": True, "/shared/v1/chat/completions": False}.get(self.path)
        if alone is None:
            self._answer(404, _error(f"there is no {self.path}"))
            return
        self.server.count(+1)
        try:
            writing = self.server.writing(_asked(self._body()), alone=alone)
            try:
                self._stream(writing)
            finally:
                writing.cancelled = not writing.over
        except ErcError as error:
            self._answer(400, _error(f"{error.message}. {error.hint}".removesuffix(". ")))
        finally:
            self.server.count(-1)

    def _known(self) -> bool:
        given = self.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {self.server.token}".encode()):
            return True
        self._answer(401, _error("this model belongs to another user"))
        return False

    def _body(self) -> dict[str, Any]:
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or int(size) > MOST_BYTES:
            raise InputError("a request of no or too great a length")
        try:
            body = json.loads(self.rfile.read(int(size)))
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise InputError("the request is no JSON object")
        return body

    def _stream(self, writing: Writing) -> None:
        model = short_name(self.server.loaded.about)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for piece in self.server.pieces(writing):
                if self._gone():
                    return
                self._event({"choices": [{"index": 0, "delta": {"content": piece}}]} if piece else None)
        except ModelError as error:
            self._event(_error(f"{error.message}. {error.hint}".removesuffix(". ")))
            return
        usage = {"prompt_tokens": len(writing.prompt), "completion_tokens": len(writing.tokens)}
        choice = {"index": 0, "delta": {}, "finish_reason": writing.finish}
        self._event({"model": model, "choices": [choice], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, event: dict[str, Any] | None) -> None:
        """An event, or a comment as a sign of life."""
        self.wfile.write(b": writing\n\n" if event is None else f"data: {json.dumps(event)}\n\n".encode())

    def _gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Requests are not logged: they are the run's, and its ledger has them."""


def short_name(about: dict[str, str]) -> str:
    """Which model wrote a reply, in one word for the ledger: name, first digits of the hash, device and format."""
    weights = about.get("weights_sha256") or about.get("weights_headers_sha256", "")
    return f"{about['model']}@{weights[:12]} {about['device']} {about['dtype']}"


def _asked(body: dict[str, Any]) -> Asked:
    try:
        rows = body["messages"]
        messages = tuple(ChatMessage(str(row["role"]), str(row["content"])) for row in rows)
        sampling = Sampling(
            float(body.get("temperature", 1.0)), float(body.get("top_p", 1.0)), int(body.get("max_tokens", 256))
        )
        seed = int(body.get("seed", 0))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"the request lacks something or has it in another form: {error}") from None
    if not messages or not 0 <= sampling.temperature <= 100 or not 0 < sampling.top_p <= 1 or sampling.max_tokens < 1:
        raise InputError("the request has no message, or a number out of its range")
    return Asked(messages, sampling, seed)


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "code": str(FailReason.SERVER_ERROR)}}
