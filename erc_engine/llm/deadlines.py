"""HTTP whose reads and writes all end when the whole request must: no server can stretch one by trickling.

    client = bounded(httpx.Client())
    with within(30.0):
        client.get(…)              # a timeout after 30 s, whatever came in between

httpx bounds each read, and a byte now and then satisfies that. Here each read gets what is left of the whole. The
bound belongs to the thread that asks.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

_thread = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What this thread reads and writes here has to be over in so many seconds."""
    before = getattr(_thread, "end", None)
    _thread.end = time.monotonic() + seconds
    try:
        yield
    finally:
        _thread.end = before


def bounded(client: httpx.Client) -> httpx.Client:
    """The same client, its connections (those of its proxies too) kept to `within`."""
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Network()  # httpx has no argument that hands one on to its pool
    return client


class _Network(httpcore.SyncBackend):
    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *rest: Any, **more: Any) -> _Stream:
        return _Stream(super().connect_tcp(host, port, _left(timeout, httpcore.ConnectTimeout), *rest, **more))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout=_left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout=_left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    """The given seconds, or what is left of the whole where that is less."""
    end = getattr(_thread, "end", None)
    if end is None:
        return timeout
    left: float = end - time.monotonic()
    if left <= 0:
        raise late("the whole request took too long")
    return left if timeout is None else min(timeout, left)
