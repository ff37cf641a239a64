"""The whole life of a dataset through the command line: on real MELD and EmoryNLP, and on the demo."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from erc_engine.cli.main import run
from tests.store.conftest import server as server  # the PostgreSQL of the store's tests
from tests.store.postgres_server import Server


class Erc:
    """One workspace; `erc("describe", "meld")` gives the JSON that the command printed."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys
        monkeypatch.setenv("ERC_HOME", str(home))
        monkeypatch.delenv("ERC_DATABASE_URL", raising=False)

    def __call__(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        self.capsys.readouterr()
        ended = run([*arguments, "--json"])
        out = self.capsys.readouterr().out
        assert ended == code, out
        assert out.count("\n") == 1
        return json.loads(out)


@pytest.fixture
def erc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Erc:
    return Erc(tmp_path / "home", monkeypatch, capsys)


def faults(answer: dict[str, Any]) -> dict[str, int]:
    return {fault["code"]: fault["count"] for fault in answer["faults"]}


@pytest.mark.benchmark_data
def test_the_life_of_a_dataset_on_real_meld(erc: Erc, benchmarks: Path, tmp_path: Path) -> None:
    imported = erc("import", "meld", str(benchmarks / "MELD"), "--name", "meld")
    assert {k: (s["dialogues"], s["utterances"]) for k, s in imported["splits"].items()} == {
        "train": (1038, 9989),
        "dev": (114, 1109),
        "test": (280, 2610),
    }
    assert imported["splits"]["train"]["labels"]["fear"] == 268
    assert round(imported["imbalance_ratio"], 1) == 17.6
    assert erc("describe", "meld")["splits"] == imported["splits"]
    erc("import", "emorynlp", str(benchmarks / "EmoryNLP_full_DialogXL"), "--name", "emorynlp")

    made = erc(
        *("generate", "--recipe", "meld-balanced", "--like", "meld", "--utterances", "600", "--window", "8"),
        *("--model", "replay:?faults=all:0.3", "--seed", "1", "--name", "extra"),
    )
    parts = ("accepted", "rejected", "failed", "lost", "in_flight")
    assert made["submitted"] == sum(made[part] for part in parts)
    assert made["rejected"] > 0
    assert made["distance"] < 0.03
    found = erc("duplicates", "extra", "--against", "meld:test", "--against", "emorynlp:test")
    assert found["contaminated"] == 0

    erc("freeze", "real", "--train", "meld:train", "--dev", "meld:dev", "--test", "meld:test")
    mixed = erc(
        "freeze", "mixed", "--train", "meld:train", "--train", "extra", "--dev", "meld:dev", "--test", "meld:test"
    )
    assert [s["origin"] for s in mixed["sources"]] == ["imported", "recorded", "imported", "imported"]
    trained = erc("train", "real", "--classifier", "tfidf", "--seed", "1")
    assert trained["dev"]["weighted_f1"] >= 0.56
    assert trained["dev"]["macro_f1"] >= 0.42
    scores = erc("evaluate", trained["run"], "--split", "test")
    assert (scores["n"], scores["dialogues"], scores["test_looks"]) == (2610, 280, 1)
    low, high = scores["intervals"]["weighted_f1"]
    assert 0.5 < low < scores["weighted_f1"] < high < 0.7
    assert set(scores["per_class"]) == set(imported["splits"]["train"]["labels"])

    erc("export", "real", "--format", "jsonl", "--to", str(tmp_path / "out"))
    outside = tmp_path / "always-neutral.csv"
    write_predictions(erc, outside)
    neutral = erc("predictions", "import", "real", str(outside), "--model", "always-neutral", "--seed", "0")
    compared = erc("compare", neutral["run"], trained["run"])
    assert compared["difference"] > 0.2
    assert compared["interval"][0] < compared["difference"] < compared["interval"][1]
    assert compared["p"] < 0.001
    assert compared["n"] == 2610
    assert erc("evaluate", neutral["run"], "--split", "test")["test_looks"] == 4


def write_predictions(erc: Erc, path: Path) -> None:
    """Neutral for every test utterance, with the ids of our own export."""
    exported = erc("export", "real", "--format", "jsonl", "--to", str(path.parent / "ids"))
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["dialogue", "utterance", "label"])
        for file in (f for f in exported["files"] if f.endswith(".jsonl")):
            for line in Path(file).read_text("utf-8").split("\n")[:-1]:
                dialogue = json.loads(line)
                if dialogue["split"] == "test":
                    writer.writerows([dialogue["id"], u["id"], "neutral"] for u in dialogue["utterances"])


@pytest.mark.benchmark_data
def test_the_audit_gives_the_published_and_measured_figures(erc: Erc, benchmarks: Path) -> None:
    erc("import", "meld", str(benchmarks / "MELD"), "--name", "meld")
    erc("import", "emorynlp", str(benchmarks / "EmoryNLP_full_DialogXL"), "--name", "emorynlp")
    meld, emory = erc("audit", "meld", "emorynlp")["reports"]
    assert meld["version"] is not None
    assert emory["version"] is not None
    assert faults(meld)["one-turn-dialogue"] == 88
    between = [
        o["count"]
        for o in meld["overlaps"]
        if o["left"] == "meld:test" and o["right"] == "emorynlp:train" and "5" in o["unit"]
    ]
    assert between == [356]


@pytest.mark.benchmark_data
def test_emorynlp_is_audited_trained_and_evaluated(erc: Erc, benchmarks: Path) -> None:
    imported = erc("import", "emorynlp", str(benchmarks / "EmoryNLP_csv"), "--name", "emorynlp", "--version", "reduced")
    assert {k: s["utterances"] for k, s in imported["splits"].items()} == {"train": 7551, "dev": 954, "test": 984}
    erc("freeze", "emory", "--train", "emorynlp:train", "--dev", "emorynlp:dev", "--test", "emorynlp:test")
    trained = erc("train", "emory", "--classifier", "tfidf", "--seed", "1")
    assert trained["dev"]["weighted_f1"] > 0.3
    assert erc("evaluate", trained["run"], "--split", "test")["n"] == 984


@pytest.mark.benchmark_data
def test_the_votes_of_friends_give_fleiss_kappa_338(erc: Erc, benchmarks: Path) -> None:
    erc("import", "emotionlines", str(benchmarks / "EmotionX2018_Friends"), "--name", "friends")
    agreed = erc("agreement", "friends")
    assert round(agreed["fleiss"]["value"], 3) == 0.338
    assert agreed["cohen"]["value"] is None
    assert "anonymous" in agreed["cohen"]["reason"]


def test_the_demo_builds_goes_on_and_says_that_it_is_recorded(erc: Erc) -> None:
    first = erc("demo")
    assert first["corpus"]["origin"] == "recorded"
    assert first["run"]["recorded"] is True
    assert first["run"]["injected"] > 0
    assert first["duplicates"]["clusters"] == 6
    assert first["duplicates"]["contaminated"] == 3
    assert len(first["evaluations"]) == 2
    assert all(e["demo"] for e in first["evaluations"])
    again = erc("demo")
    assert again["run"] == first["run"]
    assert again["comparison"] == first["comparison"]
    board = erc("leaderboard")
    assert board["runs"] == []
    assert [run.startswith("demo-") for run in board["left_out"]] == [True, True]


def test_the_demo_gives_the_same_result_on_postgresql(
    erc: Erc, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_sqlite = erc("demo")
    monkeypatch.setenv("ERC_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("ERC_DATABASE_URL", server.new_database())
    on_postgresql = erc("demo")
    assert on_postgresql["comparison"] == on_sqlite["comparison"]
    assert on_postgresql["duplicates"] == on_sqlite["duplicates"]
    assert on_postgresql["agreement"] == on_sqlite["agreement"]
