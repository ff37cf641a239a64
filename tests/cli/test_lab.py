"""`erc lab A B`, `erc lab show LAB`, and promoting the winner by `erc recipes promote`."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.cli.main import run
from erc_engine.workflows.workspace import open_workspace
from tests.cli.conftest import Erc
from tests.workflows.conftest import add_sitcom
from tests.workflows.two_versions import CAREFUL, LIVE, TellsTokens, add_versions, forgetful

PLAIN = "You write dialogues."


@pytest.fixture
def live(erc: Erc, assets: Path, monkeypatch: pytest.MonkeyPatch) -> Erc:
    """A workspace with two versions of a recipe, and a model that forgets turns under the first."""
    monkeypatch.setattr("erc_engine.workflows.prompt_lab.open_model", lambda spec, **given: TellsTokens(forgetful))
    with open_workspace() as workspace:
        add_sitcom(workspace, assets)
        add_versions(workspace, PLAIN, f"{PLAIN} {CAREFUL}")
    return erc


def test_two_versions_are_compared_shown_again_and_the_winner_promoted(live: Erc) -> None:
    versions = [r["version"] for r in live("recipes")[1]["recipes"] if r["name"] == "meld-balanced"]
    assert versions == [1, 2, 3]
    code, lab = live("lab", "meld-balanced@2", "meld-balanced@3", "--like", "sitcom", "--model", LIVE, "--plans", "30")
    assert code == 0
    assert (lab["difference_shown"], lab["complete"], lab["asked"]) == (True, True, 60)
    [accepted, *_] = lab["outcomes"]
    assert (accepted["name"], accepted["b"], accepted["difference"]["n"]) == ("accepted", 1.0, 30)
    assert live("lab", "show", lab["lab"]) == (0, lab)
    assert live("lab")[1]["labs"] == [lab]
    code, promoted = live("recipes", "promote", "meld-balanced", "3", "--why", lab["lab"], "--who", "Ana")
    assert (code, promoted["hash"], promoted["why"], promoted["who"]) == (0, lab["b"], lab["lab"], "Ana")
    marked = [r["version"] for r in live("recipes")[1]["recipes"] if r["promoted"]]
    assert marked == [3]
    assert live("recipes", "diff", "meld-balanced", "meld-balanced@3")[1]["diff"] == ""
    assert f"+system: {PLAIN} {CAREFUL}" in live("recipes", "diff", "meld-balanced@2", "meld-balanced@3")[1]["diff"]


def test_people_read_beforehand_what_can_be_shown_and_then_the_verdict(
    live: Erc, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["lab", "meld-balanced@2", "meld-balanced@3", "--like", "sitcom", "--model", LIVE, "--plans", "30"]
    assert run(asked) == 0
    printed = capsys.readouterr()
    assert printed.err.splitlines()[0].startswith("30 plans show a difference of ")
    assert "60 of 60 replies" in printed.err
    assert "B is accepted more often than A: accepted " in printed.out
    assert "label fidelity" in printed.out


def test_what_cannot_be_compared_is_an_error_with_a_hint(live: Erc) -> None:
    asked = ("lab", "meld-balanced@2", "meld-balanced@3", "--like", "sitcom", "--model", LIVE)
    code, answer = live(*asked, "--plans", "0")
    assert (code, answer["error"]["message"]) == (1, "0 plans cannot be asked for")
    code, answer = live("lab", "show", "lab-nothing")
    assert (code, answer["error"]["code"], answer["error"]["hint"]) == (1, "not_found", "labs: none yet")
    code, answer = live("recipes", "promote", "meld-balanced", "9")
    assert code == 1
    assert answer["error"]["message"] == "recipe 'meld-balanced' has no version '9'"
