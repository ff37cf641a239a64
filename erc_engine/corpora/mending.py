"""Mends the texts and speakers of a source, keeps what was there, and counts.

mending = Mending()
mending.turn("It\\x92s you", "Ana", "train/3:0")    # ("It’s you", "Ana", {"text_as_found": "It\\x92s you"})
mending.faults                                       # (Fault("mojibake", 1, ("train/3:0",), "mended; …"),)
"""

from __future__ import annotations

from erc_engine.corpora.faults import noted
from erc_engine.corpora.text import mend
from erc_engine.domain.reports import Fault


class Mending:
    def __init__(self) -> None:
        self._mended: list[str] = []

    def turn(self, text: str, speaker: str, utterance: str) -> tuple[str, str, dict[str, str]]:
        """Text and speaker as they should be, and what was found where that differs."""
        if text.isascii() and speaker.isascii():
            return text, speaker, {}
        found: dict[str, str] = {}
        whole_text, changed = mend(text)
        if changed:
            found["text_as_found"] = text
        whole_speaker, changed = mend(speaker)
        if changed:
            found["speaker_as_found"] = speaker
        if found:
            self._mended.append(utterance)
        return whole_text, whole_speaker, found

    @property
    def faults(self) -> tuple[Fault, ...]:
        done = "mended; what was found is kept in extra"
        return (noted("mojibake", self._mended, done),) if self._mended else ()
