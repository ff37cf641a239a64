"""Dialogues as Parquet, one row a turn, for tools that read tables.

    dialogue, turn, utterance, speaker, text, label, attributes        (attributes: the dialogue's, as JSON)

    found = parquet_bytes(dialogues)
    found.data, found.mended       # the file, and how many texts had half a surrogate pair, which Parquet cannot hold

Exact to the last character is JSONL (`jsonl`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

from erc_engine.domain.conversation import Dialogue
from erc_engine.errors import UnavailableError

COLUMNS = ("dialogue", "turn", "utterance", "speaker", "text", "label", "attributes")


@dataclass(frozen=True)
class Parquet:
    data: bytes
    rows: int
    mended: int


def parquet_bytes(dialogues: Iterable[Dialogue]) -> Parquet:
    """UnavailableError where pyarrow is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UnavailableError("Parquet needs pyarrow, which is not installed", hint="pip install pyarrow") from None
    text = pyarrow.string()
    types = {**dict.fromkeys(COLUMNS, text), "turn": pyarrow.int32()}
    rows = [
        (
            d.id,
            turn,
            u.id,
            u.speaker,
            u.text,
            u.label,
            json.dumps(dict(d.extra.get("attributes") or {}), sort_keys=True),
        )
        for d in dialogues
        for turn, u in enumerate(d.utterances)
    ]
    whole = [tuple(_whole(value) if isinstance(value, str) else value for value in row) for row in rows]
    columns = list(zip(*whole, strict=True)) if whole else [()] * len(COLUMNS)
    table = pyarrow.table(
        {name: pyarrow.array(list(column), types[name]) for name, column in zip(COLUMNS, columns, strict=True)}
    )
    out = io.BytesIO()
    parquet.write_table(table, out)
    return Parquet(out.getvalue(), len(rows), sum(a != b for a, b in zip(rows, whole, strict=True)))


def _whole(text: str) -> str:
    """Text without half surrogate pairs: each is a replacement character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
