"""Texts as vectors whose dot product says how alike they are.

    vectors = HashingEncoder().encode(["You came!", "you came", "Barely."])   # (3, 2048), rows of length 1
    vectors @ vectors.T                                                       # 1.0 for the first two

The hashing encoder needs no model and no training: it knows spelling, not meaning. An encoder of sentence
embeddings has the same shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from erc_engine.corpora.text import normalise

_MULTIPLIERS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], np.uint64
)


class Encoder(Protocol):
    """Texts in, one float32 row of length 1 for each out."""

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> np.ndarray: ...


class HashingEncoder:
    """Which runs of 3, 4 and 5 characters a text has, hashed with a sign into `dimensions` numbers.

    Feature hashing (Weinberger et al. 2009, arXiv 0902.2206): the dot product of two rows is, but for hashing
    noise of about 1/√dimensions, the cosine of the two texts' sets of character runs. Presence and not counts,
    because with counts any two long English texts look alike (cosine .78 at 4,000 words, against .60). A text
    without a letter or digit becomes the zero vector and is like nothing. The same on every machine.
    """

    def __init__(self, dimensions: int = 2048, sizes: Sequence[int] = (3, 4, 5)) -> None:
        if dimensions < 2 or not sizes or not all(1 <= size <= len(_MULTIPLIERS) for size in sizes):
            raise ValueError(f"dimensions of at least 2 and sizes from 1 to 5 are needed, seen {dimensions}, {sizes}")
        self._dimensions = dimensions
        self._sizes = tuple(sizes)

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self._dimensions), np.float32)
        for row, text in enumerate(texts):
            hashes = self._hashes(normalise(text))
            if len(hashes):
                places = (hashes % np.uint64(self._dimensions)).astype(np.int64)
                signs = np.where(hashes >> np.uint64(63), 1.0, -1.0)
                vector = np.bincount(places, signs, self._dimensions)
                length = np.sqrt(vector @ vector)
                vectors[row] = vector / length if length else vector
        return vectors

    def _hashes(self, text: str) -> np.ndarray:
        """64-bit hashes of the different character runs of a normalised text."""
        if not text:
            return np.zeros(0, np.uint64)
        characters = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
        runs = []
        for size in self._sizes:
            windows = len(characters) - size + 1
            if windows > 0:
                mixed = np.full(windows, size, np.uint64)
                for place in range(size):
                    mixed += characters[place : place + windows] * _MULTIPLIERS[place]
                runs.append(mixed)
        return _scramble(np.unique(np.concatenate(runs)))


def _scramble(hashes: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64: every bit of the sum reaches place and sign."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
