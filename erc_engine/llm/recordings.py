"""The recorded dialogues that `replay:` serves: one JSONL file per set, one dialogue a line.

    {"id": "meld-balanced-0000", "scheme": "meld",
     "request": {"turns": 2, "emotions": {"joy": 1, "neutral": 1}, "relationship": "…", "setting": "…",
                 "speakers": [{"name": "Ana", "trait": "warm"}, …]},
     "turns": [{"speaker": "Ana", "emotion": "joy", "text": "You came!"}, …]}

Speakers, order, labels and text are the recording's, never renamed or relabelled. A set is named by its
file; the id of a recording is the name of its set, a dash and a number.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.domain.generation import FailReason, MenuItem, ParsedTurn, Speaker
from erc_engine.domain.labels import LabelScheme, scheme
from erc_engine.errors import InputError, ModelError


@dataclass(frozen=True)
class Recording:
    """A recorded dialogue, with its request as the planner sees it."""

    scheme: LabelScheme
    turns: tuple[ParsedTurn, ...]
    item: MenuItem

    @property
    def id(self) -> str:
        return self.item.recording


class Recordings:
    """The sets of a folder, each read once, when it is first asked for; safe for many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sets: dict[str, Mapping[str, Recording]] = {}
        self._reading = threading.Lock()

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in self._folder.glob("*.jsonl") if _holds_recordings(path)))

    def of(self, name: str) -> tuple[Recording, ...]:
        """A set in the order of its file; InputError when there is none of that name."""
        return tuple(self._set(name).values())

    def get(self, recording: str | None) -> Recording:
        """One recording by id; without it there is no reply, which is a ModelError."""
        if not recording:
            raise ModelError(
                "replay: answers only requests for a recording, and this one names none",
                hint="choose a recipe that has recordings, or a live model such as openai:NAME#model",
                code=FailReason.REFUSED_REQUEST,
            )
        name = recording.rpartition("-")[0]
        found = self._set(name).get(recording) if name in self._sets or name in self.names() else None
        if found is None:
            raise ModelError(
                f"recording '{recording}' is not in {self._folder}",
                hint=f"the sets there are: {', '.join(self.names()) or 'none'}",
                code=FailReason.REFUSED_REQUEST,
            )
        return found

    def _set(self, name: str) -> Mapping[str, Recording]:
        with self._reading:
            if name not in self._sets:
                known = self.names()
                if name not in known:
                    raise InputError(
                        f"there are no recordings named '{name}' in {self._folder}",
                        hint=f"the sets there are: {', '.join(known) or 'none'}",
                    )
                self._sets[name] = _read(self._folder / f"{name}.jsonl")
            return self._sets[name]


def _holds_recordings(path: Path) -> bool:
    """Votes on recordings lie in the same folder and are no set of dialogues."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        return '"turns"' in lines.readline()


def _read(path: Path) -> Mapping[str, Recording]:
    found: dict[str, Recording] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            recording = _recording(json.loads(line))
        except (ValueError, KeyError, TypeError, InputError) as error:
            raise InputError(
                f"line {number} of {path} is no recording: {error}",
                hint="the bundled sets come with the package; install it again",
            ) from None
        found[recording.id] = recording
    return found


def _recording(row: Mapping[str, Any]) -> Recording:
    labels = scheme(row["scheme"])
    turns = tuple(ParsedTurn(turn["speaker"], turn["emotion"], turn["text"]) for turn in row["turns"])
    outside = [turn.label for turn in turns if turn.label not in labels.names]
    if outside:
        raise ValueError(f"label '{outside[0]}' is outside scheme '{labels.name}'")
    request = row["request"]
    item = MenuItem(
        recording=row["id"],
        turns=len(turns),
        labels=dict(Counter(turn["emotion"] for turn in row["turns"])),
        speakers=tuple(Speaker(speaker["name"], speaker.get("trait", "")) for speaker in request["speakers"]),
        attributes={key: value for key, value in request.items() if isinstance(value, str)},
    )
    return Recording(labels, turns, item)
