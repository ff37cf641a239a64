"""Pairs of close rows, found tile by tile."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.curation import neighbours
from erc_engine.curation.neighbours import close_pairs


def test_pairs_come_once_with_their_cosine() -> None:
    rows = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    assert list(close_pairs(rows, 0.7)) == [(1, 2, pytest.approx(0.8))]


def test_equal_rows_are_found_at_threshold_one_and_empty_rows_never() -> None:
    row = np.full(7, 7**-0.5, np.float32)
    rows = np.stack([row, np.zeros(7, np.float32), row, np.zeros(7, np.float32)])
    assert list(close_pairs(rows, 1.0)) == [(0, 2, pytest.approx(1))]


def test_tiles_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(2).normal(size=(50, 4)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    whole = sorted((i, j) for i, j, _ in close_pairs(rows, 0.8))
    monkeypatch.setattr(neighbours, "TILE", 7)
    assert sorted((i, j) for i, j, _ in close_pairs(rows, 0.8)) == whole
    assert whole == [(i, j) for i in range(50) for j in range(i + 1, 50) if rows[i] @ rows[j] >= 0.8 - 1e-6]


def test_no_rows_have_no_pairs() -> None:
    assert list(close_pairs(np.zeros((0, 4), np.float32), 0.5)) == []
