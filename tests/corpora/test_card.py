from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from erc_engine.corpora.card import Card, card_json, card_path, read_card
from erc_engine.domain.conversation import Licence, Origin
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError
from tests.builders import corpus, dialogue

LICENCE = Licence("CC BY 4.0", may_leave_machine=True, note="ours")
CORPUS = corpus(dialogue("Ana: Hi. [joy]"), origin=Origin.GENERATED, licence=LICENCE)


def test_a_card_brings_back_scheme_licence_and_origin(tmp_path: Path) -> None:
    data = tmp_path / "mine.jsonl"
    assert card_path(data).name == "mine.corpus.json"
    card_path(data).write_text(json.dumps(card_json(CORPUS, "abc")))
    assert read_card(data) == Card(scheme("meld"), LICENCE, Origin.GENERATED, None)


def test_counts_stand_in_it_for_people() -> None:
    data = card_json(CORPUS, "abc")
    assert (data["hash"], data["dialogues"], data["utterances"]) == ("abc", {"train": 1}, {"train": 1})


def test_no_card_is_no_fault(tmp_path: Path) -> None:
    assert read_card(tmp_path / "mine.jsonl") is None
    assert read_card(tmp_path / ("x" * 250 + ".jsonl")) is None


@pytest.mark.parametrize(
    "change",
    [
        {"licence": None},
        {"licence": {"name": "x"}},
        {"licence": {"name": "x", "may_leave_machine": "yes"}},
        {"scheme": {"name": "x", "labels": [], "neutral": None, "aliases": {}}},
        {"scheme": {"name": "x", "labels": [{"name": 1}, {"name": 2}], "neutral": None, "aliases": {}}},
        {"scheme": {"name": "x", "labels": [{"name": "a"}, {"name": "b"}], "neutral": None, "aliases": []}},
        {"scheme": {"name": "x", "labels": [{"name": "a"}, {"name": "b"}], "neutral": None, "aliases": {"c": 1}}},
        {"origin": "found"},
        {"version": 3},
    ],
)
def test_a_broken_card_is_refused_not_passed_over(tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "mine.corpus.json").write_text(json.dumps(card_json(CORPUS, "abc") | change))
    with pytest.raises(InputError):
        read_card(tmp_path / "mine.jsonl")
