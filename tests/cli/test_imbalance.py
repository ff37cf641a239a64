"""`erc imbalance` and `erc disagreement`: one line of JSON, tables for people, errors with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.cli.main import run
from tests.cli.conftest import Erc


@pytest.fixture
def sitcom(erc: Erc, assets: Path) -> Erc:
    recordings = assets / "recordings"
    assert erc("import", "jsonl", str(recordings / "meld-matched.jsonl"), "--name", "sitcom")[0] == 0
    assert erc("votes", "import", "sitcom", str(recordings / "votes.jsonl"), "--kind", "llm", "--skip-unknown")[0] == 0
    return erc


def test_imbalance_gives_shares_dynamics_and_the_gap(sitcom: Erc) -> None:
    code, answer = sitcom("imbalance", "sitcom")
    (part,) = answer["parts"]
    assert code == 0
    assert part["name"] == "sitcom:train"
    assert part["imbalance_ratio"]["n"] == part["utterances"] == 1159
    assert part["dynamics"]["same_speaker"]["value"] == pytest.approx(2 / 1039)
    assert part["gap"]["uniform"]["distance_after"] == 0


def test_imbalance_prints_tables(sitcom: Erc, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["imbalance", "sitcom", "--against", "sitcom:all"]) == 0
    printed = capsys.readouterr().out
    assert "distance to sitcom:all" in printed
    assert "inertia" in printed


def test_disagreement_gives_entropy_reference_and_confusion(sitcom: Erc) -> None:
    code, answer = sitcom("disagreement", "sitcom", "--hardest", "3")
    assert code == 0
    assert answer["kind"] == "llm"
    assert answer["entropy"]["votes"] == {"3": 315}
    assert [row["rows"] for row in answer["leave_one_out"]] == ["all", "with a majority", "without a majority"]
    assert answer["leave_one_out"][2]["weighted_f1"] == {"value": None, "reason": "no utterance is of this kind"}
    assert len(answer["hardest"]) == 3
    assert answer["perceived"]["columns"] == "majority of llm"


def test_disagreement_prints_tables(sitcom: Erc, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["disagreement", "sitcom"]) == 0
    assert "most disputed" in capsys.readouterr().out


def test_a_corpus_without_votes_says_how_to_get_some(erc: Erc, assets: Path) -> None:
    erc("import", "jsonl", str(assets / "recordings" / "meld-matched.jsonl"), "--name", "quiet")
    code, answer = erc("disagreement", "quiet")
    assert (code, answer["error"]["code"]) == (1, "not_found")
    assert "erc votes import quiet FILE" in answer["error"]["hint"]
