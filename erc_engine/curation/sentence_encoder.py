"""Texts as vectors of meaning, by a sentence-transformers model on this machine.

    SentenceEncoder("all-MiniLM-L6-v2").encode(["You came!", "He arrived."])     # (2, 384), rows of length 1

A name is looked up, and fetched if it is not there, by sentence-transformers; a folder is read as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from erc_engine.errors import UnavailableError


class SentenceEncoder:
    def __init__(self, model: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(model)
        except (OSError, ValueError, RuntimeError) as error:
            raise UnavailableError(
                f"the sentence model '{model}' cannot be loaded: {str(error).splitlines()[0] if str(error) else error}",
                hint="give the folder of a sentence-transformers model, or a name that can be fetched",
            ) from None

    @property
    def dimensions(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        found = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, np.float32)
