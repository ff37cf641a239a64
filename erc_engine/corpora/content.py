"""One hash for what a set of dialogues holds, to be cited and compared.

content_hash(corpus)            # "5f1c…", 64 hexadecimal digits
content_hash(test_dialogues)    # the same for the same dialogues in any order

It covers everything in our JSON form of a dialogue: ids, split, episode, speakers, text, labels, votes and extra.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from erc_engine.corpora.jsonl import dialogue_to_json
from erc_engine.domain.conversation import Corpus, Dialogue
from erc_engine.errors import InputError


def content_hash(source: Corpus | Iterable[Dialogue]) -> str:
    """sha256 over the sorted sha256 of each dialogue's canonical JSON (sorted keys, ASCII, no spaces)."""
    dialogues = source.dialogues if isinstance(source, Corpus) else source
    each = sorted(hashlib.sha256(_canonical(dialogue)).digest() for dialogue in dialogues)
    return hashlib.sha256(b"".join(each)).hexdigest()


def _canonical(dialogue: Dialogue) -> bytes:
    try:
        return json.dumps(
            dialogue_to_json(dialogue), sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
        ).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"dialogue {dialogue.id!r} has no form in JSON: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
