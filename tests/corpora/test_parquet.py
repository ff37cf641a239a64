"""Dialogues as Parquet."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace

import pytest
from pyarrow import parquet

from erc_engine.corpora.parquet import COLUMNS, parquet_bytes
from erc_engine.errors import UnavailableError
from tests.builders import dialogue


def test_one_row_a_turn_in_order() -> None:
    d = replace(dialogue("Ana: “Äh?” [joy]", "Bo: No."), extra={"attributes": {"setting": "on a ferry"}})
    found = parquet_bytes([d])
    table = parquet.read_table(io.BytesIO(found.data))
    assert tuple(table.column_names) == COLUMNS
    assert table.to_pylist() == [
        {"dialogue": "d1", "turn": n, "utterance": f"d1:{n}", "speaker": who, "text": text, "label": label,
         "attributes": json.dumps({"setting": "on a ferry"})}
        for n, (who, text, label) in enumerate([("Ana", "“Äh?”", "joy"), ("Bo", "No.", None)])
    ]  # fmt: skip
    assert (found.rows, found.mended) == (2, 0)


def test_half_a_surrogate_pair_is_replaced_and_counted() -> None:
    found = parquet_bytes([dialogue("Ana: half \ud83d of it [joy]", "Bo: 🙂 [joy]")])
    assert [row["text"] for row in parquet.read_table(io.BytesIO(found.data)).to_pylist()] == [
        "half \ufffd of it",
        "🙂",
    ]
    assert found.mended == 1


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnavailableError, match="pyarrow"):
        parquet_bytes([dialogue("Ana: a [joy]")])
