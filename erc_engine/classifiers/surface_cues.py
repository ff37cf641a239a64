"""What the form of a turn says without its words: marks, capitals, drawn-out letters, length, place, turn-taking.

surface_cues(["WHAT?!"], position=[0], again=[False])      # shape (1, 21), values from 0 to 1; names in NAMES
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from erc_engine.classifiers.base import Floats

_WORDS = re.compile(r"[^\W\d_]{2,}")
_DRAWN_OUT = re.compile(r"(\w)\1\1")
_DASH = re.compile(r"--|—")
_ASIDE = re.compile(r"[*(\[]")
FAR = 20


def surface_cues(texts: Sequence[str], *, position: Sequence[int], again: Sequence[bool]) -> Floats:
    """One row of cues per turn; `again` says that the speaker also spoke the turn before."""
    if not texts:
        return np.zeros((0, CUES))
    places = np.asarray(position, dtype=np.float64)
    place = np.column_stack([places == 0, np.minimum(places, FAR) / FAR, np.asarray(again, dtype=np.float64)])
    return np.hstack([np.array([_cues(text) for text in texts], dtype=np.float64), place])


def _cues(text: str) -> list[float]:
    words = _WORDS.findall(text)
    loud = sum(word.isupper() for word in words)
    length = len(text.split())
    end = text.rstrip()[-1:]
    return [
        "!" in text,
        min(text.count("!"), 4) / 4,
        "?" in text,
        min(text.count("?"), 3) / 3,
        "?!" in text or "!?" in text,
        "..." in text or "…" in text,
        loud > 0,
        loud / max(1, len(words)),
        _DRAWN_OUT.search(text) is not None,
        _DASH.search(text) is not None,
        _ASIDE.search(text) is not None,
        min(length, 40) / 40,
        length <= 2,
        length <= 4,
        length >= 15,
        end == "!",
        end == "?",
        end == ".",
    ]


NAMES = (
    "an exclamation mark",
    "number of exclamation marks",
    "a question mark",
    "number of question marks",
    "?! or !?",
    "dots (...)",
    "a word in capitals",
    "share of words in capitals",
    "a drawn-out letter",
    "a dash",
    "an aside in * ( or [",
    "length",
    "one or two words",
    "up to four words",
    "fifteen words or more",
    "ends with !",
    "ends with ?",
    "ends with .",
    "opens the dialogue",
    "far into the dialogue",
    "same speaker as the turn before",
)
CUES = len(NAMES)
