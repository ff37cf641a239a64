"""Keys are found wherever they stand: new, settled, or merged."""

from __future__ import annotations

import random

import numpy as np
import pytest

from erc_engine.curation import number_index
from erc_engine.curation.number_index import NumberIndex


def keys(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


def test_numbers_come_once_and_in_order() -> None:
    index = NumberIndex()
    index.add(keys(5, 7), 0)
    index.add(keys(7, 2**64 - 1), 1)
    assert index.find(keys(7, 5)) == [0, 1]
    assert index.find(keys(2**64 - 1)) == [1]
    assert index.find(keys(6)) == []


def test_what_was_merged_is_found_as_a_dictionary_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_index, "WAITING", 8)
    draw, index = random.Random(1), NumberIndex()
    held: dict[int, set[int]] = {}
    for number in range(300):
        given = [draw.randrange(200) for _ in range(5)]
        index.add(keys(*given), number)
        for key in given:
            held.setdefault(key, set()).add(number)
        asked = [draw.randrange(200) for _ in range(3)]
        assert index.find(keys(*asked)) == sorted(set().union(*(held.get(key, set()) for key in asked)))
    assert len(index._sorted) < 10
