"""`replay:` serves recorded dialogues of a real model: the offline default, marked as recorded everywhere.

    replay:                                             the recordings as they are
    replay:?faults=truncated:0.1,timeout:0.05           a tenth broken off, a twentieth without a reply
    replay:?faults=all:0.2&delay_ms=5                   every kind, a fifth in all; each reply takes 5 ms

A stream spreads the delay over its words.

It reads no prompt: the request names its recording, chosen by the planner from `menu`, and asks for a
protocol. Everything it does is a pure function of the request, so a run on it can be reproduced exactly.
"""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from urllib.parse import unquote

from erc_engine.domain.generation import ChatRequest, Completion, MenuItem
from erc_engine.errors import InputError
from erc_engine.llm.broken_replies import Reply, break_reply, near_text, word_count
from erc_engine.llm.chat_model import Capabilities
from erc_engine.llm.faults import FAIL_FAULTS, Faults, InjectedFault, parse_faults
from erc_engine.llm.protocol import write
from erc_engine.llm.recordings import Recordings

_PLANTABLE_WORDS = range(5, 41)  # shorter texts are no contamination, longer ones a turn that is too long


class ReplayModel:
    """A `ChatModel` without a model. `sleep` is called with seconds when the spec asks for a delay."""

    capabilities = Capabilities(
        reads_prompt=False,
        is_language_model=False,
        deterministic=True,
        seeds=True,
        streaming=True,
        local=True,
        window=1,
    )

    def __init__(
        self,
        spec: str,
        recordings: Path,
        *,
        plant: Sequence[str] = (),
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.spec = spec
        self._plant = tuple(text for text in plant if word_count(text) in _PLANTABLE_WORDS)
        self._faults, self._delay_seconds = _options(spec, self._plant)
        self._recordings = Recordings(recordings)
        self._sleep = sleep
        self._near: dict[str, str] = {}

    def menu(self, recordings_set: str) -> tuple[MenuItem, ...]:
        """All that a set can serve, in the order of its file; InputError when there is no such set."""
        return tuple(recording.item for recording in self._recordings.of(recordings_set))

    def complete(self, request: ChatRequest) -> Completion:
        self._wait(self._delay_seconds)
        return self._completion(self._reply(request))

    def stream(self, request: ChatRequest) -> Generator[str, None, Completion]:
        """The reply word by word."""
        try:
            reply = self._reply(request)
        except InjectedFault:
            self._wait(self._delay_seconds)
            raise
        words = re.findall(r"\s*\S+|\s+$", reply.text)
        if not words:
            self._wait(self._delay_seconds)
        for word in words:
            self._wait(self._delay_seconds / len(words))
            yield word
        return self._completion(reply)

    def close(self) -> None:
        """Nothing is held."""

    def _completion(self, reply: Reply) -> Completion:
        return Completion(
            reply.text, reply.finish, seconds=self._delay_seconds, model=self.spec, injected=reply.injected
        )

    def _wait(self, seconds: float) -> None:
        if seconds:
            self._sleep(seconds)

    def _reply(self, request: ChatRequest) -> Reply:
        recording = self._recordings.get(request.recording)
        kind = self._faults.draw(request.seed, request.failures)
        if kind is None:
            return Reply(write(recording.turns, request.protocol))
        if kind in FAIL_FAULTS:
            raise InjectedFault(kind)
        draw = random.Random(f"reply/{request.seed}/{request.failures}/{recording.id}")
        near = self._near_text(recording.id.rpartition("-")[0]) if kind == "near_duplicate" else ""
        return break_reply(kind, recording, request.protocol, draw, near=near, plant=self._plant)

    def _near_text(self, recordings_set: str) -> str:
        if recordings_set not in self._near:
            self._near[recordings_set] = near_text(self._recordings.of(recordings_set))
        return self._near[recordings_set]


def _options(spec: str, plant: Sequence[str]) -> tuple[Faults, float]:
    """Faults and the delay in seconds from `replay:?faults=…&delay_ms=…`."""
    name, mark, query = spec.partition("?")
    if name != "replay:" or (mark and not query):
        raise InputError(f"'{spec}' is no replay model", hint="write replay: or replay:?faults=KIND:RATE&delay_ms=5")
    faults, delay_seconds = Faults(), 0.0
    for part in filter(None, query.split("&")):
        key, _, value = part.partition("=")
        if key == "faults":
            faults = parse_faults(unquote(value), plant=plant)
        elif key == "delay_ms":
            delay_seconds = _milliseconds(value) / 1000
        else:
            raise InputError(f"replay: has no option '{key}'", hint="its options are faults and delay_ms")
    return faults, delay_seconds


def _milliseconds(value: str) -> float:
    try:
        milliseconds = float(value)
    except ValueError:
        milliseconds = math.nan
    if not 0 <= milliseconds <= 600_000:
        raise InputError(f"delay_ms={value} is no number of milliseconds", hint="a number from 0 to 600000")
    return milliseconds
