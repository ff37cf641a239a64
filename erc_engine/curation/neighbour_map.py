"""Dialogues as points of a plane by UMAP: neighbours stay neighbours, distances say little.

    neighbour_map(HashingEncoder().encode(texts))       # (n, 2)

McInnes, Healy & Melville 2018, arXiv:1802.03426. It tears a set into islands whose distance and size mean nothing, so
`projection` (principal components) stays the default. Optional: pip install "erc-studio[umap]".
"""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np
from numpy.typing import NDArray

from erc_engine.errors import InputError, UnavailableError

MOST_POINTS = 5_000  # a minute or so on one core
NEIGHBOURS = 15
_FEWEST = 4  # the spectral start needs more rows than two dimensions and their constant


def installed() -> bool:
    return importlib.util.find_spec("umap") is not None


def neighbour_map(vectors: NDArray[np.floating], *, seed: int = 0) -> NDArray[np.float64]:
    """Rows to two numbers each; equal seeds give equal maps on one machine. All at 0 for fewer than four rows."""
    rows = len(vectors)
    if rows > MOST_POINTS:
        raise InputError(
            f"{rows:,} dialogues are too many for a map by neighbours", hint=f"it is for {MOST_POINTS:,} at most"
        )
    try:
        from umap import UMAP
    except ImportError:
        raise UnavailableError(
            "UMAP is not installed", hint='pip install "erc-studio[umap]", or take principal components'
        ) from None
    if rows < _FEWEST:
        return np.zeros((rows, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that a seed makes it use one core, which is wanted
        reducer = UMAP(
            n_neighbors=min(NEIGHBOURS, rows - 1),
            metric="cosine",
            init="spectral" if rows > NEIGHBOURS else "random",
            random_state=seed,
        )
        return np.asarray(reducer.fit_transform(np.asarray(vectors, np.float32)), np.float64)
