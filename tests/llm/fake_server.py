"""A real HTTP server on this machine that speaks the chat protocol, and misbehaves when it is told to.

    with FakeServer() as server:
        server.will(status(429, headers={"Retry-After": "2"}), streamed("1. Ana [joy]: ", "You came!"))
        server.url        # http://127.0.0.1:49213/v1
        server.seen[0].body["seed"]

Each request is answered by the next behaviour; the last one stays. A behaviour writes to the handler.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Seen:
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class FakeServer:
    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.released = threading.Event()
        self._behaviours: list[Behaviour] = [streamed("1. Ana [joy]: You came!")]
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                fake.seen.append(Seen(self.path, dict(self.headers), body))
                behaviour = fake._behaviours.pop(0) if len(fake._behaviours) > 1 else fake._behaviours[0]
                try:
                    behaviour(self, fake)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        self._http = _Http(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def will(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()


Behaviour = Callable[[BaseHTTPRequestHandler, FakeServer], None]
FINISHED = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 31, "completion_tokens": 14}}


def piece(text: str) -> dict[str, Any]:
    return {"model": "tiny-chat", "choices": [{"delta": {"content": text}, "finish_reason": None}]}


def event(data: dict[str, Any] | str) -> bytes:
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


def _begin(handler: BaseHTTPRequestHandler, code: int, kind: str, headers: Mapping[str, str] | None = None) -> None:
    handler.send_response(code)
    handler.send_header("Content-Type", kind)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.flush()


def streamed(*texts: str, finish: str = "stop") -> Behaviour:
    last = {"choices": [{"delta": {}, "finish_reason": finish}]}
    return raw(*(event(piece(text)) for text in texts), event(last), event(USAGE), event("[DONE]"))


def raw(*chunks: bytes, kind: str = "text/event-stream", headers: Mapping[str, str] | None = None) -> Behaviour:
    """These bytes, then the end of the connection."""

    def behave(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        _begin(handler, 200, kind, headers)
        for chunk in chunks:
            handler.wfile.write(chunk)
            handler.wfile.flush()

    return behave


def whole(said: dict[str, Any], kind: str = "application/json") -> Behaviour:
    return raw(json.dumps(said).encode(), kind=kind)


def status(code: int, said: dict[str, Any] | str = "", headers: Mapping[str, str] | None = None) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        _begin(handler, code, "application/json", headers)
        handler.wfile.write((said if isinstance(said, str) else json.dumps(said)).encode())

    return behave


def stalls_after(*chunks: bytes) -> Behaviour:
    """Some bytes, then silence until the test is over."""

    def behave(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        raw(*chunks)(handler, fake)
        fake.released.wait(20)

    return behave


def pauses(first: str, *rest: str) -> Behaviour:
    """The first piece at once, the others when the test sets `released`."""

    def behave(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        raw(event(piece(first)))(handler, fake)
        fake.released.wait(20)
        last = (event(FINISHED), event(USAGE), event("[DONE]"))
        for chunk in (*(event(piece(text)) for text in rest), *last):
            handler.wfile.write(chunk)

    return behave


def cut_short(chunk: bytes) -> Behaviour:
    """Promises more bytes than it sends."""
    return raw(chunk, headers={"Content-Length": str(len(chunk) + 100)})


def trickles(start: str, *, every: float) -> Behaviour:
    """This, then a letter every so many seconds."""

    def behave(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        handler.close_connection = True
        handler.wfile.write(start.encode())
        while not fake.released.wait(every):
            handler.wfile.write(b"x")

    return behave


def drips_for_ever(chunk: bytes) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        _begin(handler, 200, "text/event-stream")
        while not fake.released.is_set():
            handler.wfile.write(chunk)

    return behave


def hangs_up(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
    """Closes the connection without a word."""
    handler.close_connection = True
