"""Trying again, with patience: how often, after how long, and when there is no point.

    Retries(sleep=time.sleep).run(lambda: server.ask(request))

Waits grow by doubling, with full jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/),
so that many requests turned down together do not come back together. A server that names a time (Retry-After)
is given that time; one that asks for more than `patience_seconds` is given up at once, so that a run can pause.
"""

from __future__ import annotations

import email.utils
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import TypeVar

from erc_engine.errors import ModelError

T = TypeVar("T")
KEY_PIECE = 8  # characters of a key that are already too many to show


class ServerFault(ModelError):
    """A `ModelError` that says whether to ask again now, and how long the server wants to be left alone.

    `overloaded`: the server had too much to do. `down`: it did not work. `elsewhere`: another server may take the
    same request.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str = "",
        retryable: bool = False,
        again: bool = False,
        wait_seconds: float | None = None,
        overloaded: bool = False,
        down: bool = False,
        elsewhere: bool = False,
    ) -> None:
        super().__init__(message, hint=hint, code=code, retryable=retryable)
        self.again = again
        self.wait_seconds = wait_seconds
        self.overloaded = overloaded
        self.down = down
        self.elsewhere = elsewhere

    def without(self, key: str | None) -> ServerFault:
        """The same fault, with the key covered wherever the server's words repeat it."""
        if key:
            self.message = covered(self.message, key, whole=True)
            self.args = (self.message,)
        return self


def covered(text: str, key: str | None, *, whole: bool = False) -> str:
    """`[key]` for the key and, unless `whole`, for each piece of it, in any case and with control characters inside."""
    if not key:
        return text
    places = [place for place, c in enumerate(text) if c.isprintable()]
    plain = "".join(_lower(text[place]) for place in places)
    wanted = "".join(map(_lower, key))
    size = len(wanted) if whole else min(KEY_PIECE, len(wanted))
    pieces = {wanted[start : start + size] for start in range(len(wanted) - size + 1)}
    spans: list[tuple[int, int]] = []
    for start in range(len(plain) - size + 1):
        if plain[start : start + size] in pieces:
            first = spans.pop()[0] if spans and start < spans[-1][1] else start
            spans.append((first, start + size))
    for first, end in reversed(spans):
        text = f"{text[: places[first]]}[key]{text[places[end - 1] + 1 :]}"
    return text


def _lower(character: str) -> str:
    return character.lower() if character.isascii() else character


@dataclass(frozen=True)
class Retries:
    """`sleep` is called with seconds; `jitter` gives numbers in [0, 1)."""

    sleep: Callable[[float], object]
    times: int = 4
    first_seconds: float = 0.5
    longest_seconds: float = 20.0
    patience_seconds: float = 60.0
    jitter: Callable[[], float] = field(default=random.random)

    def run(self, call: Callable[[], T], *, at_once: Callable[[ServerFault], bool] = lambda fault: False) -> T:
        """`at_once` says of a fault that the next try can follow without a pause, as at another server."""
        for failed in range(self.times):
            try:
                return call()
            except ServerFault as fault:
                if at_once(fault):
                    continue
                if not fault.again or (fault.wait_seconds or 0.0) > self.patience_seconds:
                    raise
                self.sleep(self.wait(failed, fault.wait_seconds))
        return call()

    def wait(self, failed: int, wanted: float | None) -> float:
        """Seconds before the next try after `failed` + 1 failures: the server's wish, or the growing wait."""
        backoff = min(self.longest_seconds, self.first_seconds * 2**failed)
        if wanted is not None:
            return wanted + self.first_seconds * self.jitter()
        return backoff * (0.5 + 0.5 * self.jitter())


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date; None when it holds neither."""
    if not header:
        return None
    try:
        return max(0.0, float(header)) if header.strip()[:1].isdigit() else _until(header, now)
    except (ValueError, OverflowError):
        return None


def _until(header: str, now: float) -> float:
    date = email.utils.parsedate_to_datetime(header)
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
