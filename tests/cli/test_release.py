"""`erc release` as it is typed: exit codes, JSON, and refusals with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erc_engine.cli.main import run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ERC_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_release_that_meets_its_plan_ends_with_0_and_tells_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(
        ["release", "--out", "out", "--model", "replay:", "--utterances", "20", "--only", "meld-balanced", "--json"]
    )
    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert found["complete"] is True
    assert found["folder"] == str(tmp_path / "out")
    (made,) = found["sets"]
    assert (made["name"], made["like"], made["short"]) == ("meld-balanced", "published:meld", 0)
    index = json.loads((tmp_path / "out" / "index.json").read_text("ascii"))
    assert {**index, "folder": found["folder"]} == found


def test_a_short_release_ends_with_3_and_a_person_reads_why(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["release", "--out", "out", "--model", "replay:", "--utterances", "900", "--only", "iemocap-matched"])
    said = capsys.readouterr()
    assert code == 3
    assert "iemocap-matched" in said.out
    assert "852" in said.out
    assert "recorded text of a real model, replayed" in said.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--only", "meld"], "no set 'meld'"),
        (["--against", "meld"], "--against 'meld' cannot be read"),
        (["--recipe", "meld-balanced"], "--recipe 'meld-balanced' cannot be read"),
        (["--against", "meld=nowhere"], "no corpus 'nowhere'"),
        (["--utterances", "0"], "number of utterances cannot be 0"),
        (["--model", "nonsense:"], "nonsense"),
    ],
)
def test_what_cannot_be_released_is_refused_with_a_hint(
    more: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = [] if "--model" in more else ["--model", "replay:"]
    assert run(["release", "--out", "out", *model, *more, "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert message in error["message"]
    assert error["hint"]
    assert not list((tmp_path / "out").glob("meld-*")) if (tmp_path / "out").exists() else True
