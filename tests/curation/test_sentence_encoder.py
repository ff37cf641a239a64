"""A sentence-transformers model from a folder, made here so that nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from erc_engine.curation.sentence_encoder import SentenceEncoder
from erc_engine.errors import UnavailableError


def test_a_folder_gives_rows_of_length_one(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({"tea": 0, "rain": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu").save(str(tmp_path / "m"))
    encoder = SentenceEncoder(str(tmp_path / "m"))
    found = encoder.encode(["tea", "rain", "tea"])
    assert found.shape == (3, encoder.dimensions) == (3, 8)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1)
    assert found[0] @ found[2] == pytest.approx(1)
    assert encoder.encode([]).shape == (0, 8)


def test_a_model_that_is_not_there_says_what_to_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        SentenceEncoder(str(tmp_path / "empty"))
