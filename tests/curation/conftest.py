"""The bundled recordings as dialogues: real text of a language model, free of benchmark text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erc_engine.domain.conversation import Dialogue, Split, Utterance


@pytest.fixture(scope="session")
def recordings(assets: Path) -> list[Dialogue]:
    found = []
    for file in sorted((assets / "recordings").glob("*-*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            record = json.loads(line)
            turns = [
                Utterance(f"{record['id']}:{n}", turn["speaker"], turn["text"], turn["emotion"])
                for n, turn in enumerate(record["turns"])
            ]
            found.append(Dialogue(record["id"], Split.TRAIN, tuple(turns)))
    assert len(found) == 700
    return found
