"""`erc quality`: one line of JSON, tables for people, a page for others."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.cli.main import run
from tests.cli.conftest import Erc


@pytest.fixture
def made(erc: Erc, assets: Path) -> Erc:
    recordings = assets / "recordings"
    assert erc("import", "jsonl", str(recordings / "meld-matched.jsonl"), "--name", "made")[0] == 0
    assert erc("votes", "import", "made", str(recordings / "votes.jsonl"), "--kind", "llm", "--skip-unknown")[0] == 0
    return erc


def test_the_card_is_printed_as_json_and_written_as_a_page(made: Erc, tmp_path: Path) -> None:
    code, card = made("quality", "made", "--against", "meld", "--html", str(tmp_path / "card.html"))
    assert code == 0
    assert card["set"]["dialogues"] == 120
    assert card["against"]["reason"] == "meld is not in this workspace"
    fidelity = card["sections"]["fidelity"]["measures"]
    assert fidelity["human"]["set"] == {
        "value": None,
        "reason": "not measured because nobody has reviewed it blind",
    }
    assert fidelity["llm"]["set"]["value"] == pytest.approx(0.98, abs=0.01)
    assert fidelity["llm"]["set"]["n"] == 945
    # matched to MELD's train split, whose published counts stand in
    assert card["sections"]["marginals"]["measures"]["total_variation"]["compared"]["value"] < 0.01
    page = (tmp_path / "card.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "Quality of made:train" in page


def test_the_card_is_printed_as_tables(made: Erc, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["quality", "made"]) == 0
    printed = capsys.readouterr().out
    assert "words an utterance, mean" in printed
    assert "macro F1 by single words" in printed


def test_an_unknown_benchmark_is_an_error(made: Erc) -> None:
    code, answer = made("quality", "made", "--against", "mled")
    assert (code, answer["error"]["code"]) == (1, "not_found")
