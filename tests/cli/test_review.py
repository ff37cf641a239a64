"""`erc review status`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erc_engine.cli.main import run
from erc_engine.domain.review import ReviewAction, ReviewEvent
from erc_engine.workflows import review
from erc_engine.workflows.workspace import open_workspace
from tests.cli.conftest import Erc


@pytest.fixture
def imported(erc: Erc, tmp_path: Path) -> Erc:
    turns = [{"id": "d1:0", "speaker": "Ana", "text": "You came!", "label": "joy"}]
    file = tmp_path / "made.jsonl"
    file.write_text(json.dumps({"id": "d1", "split": "train", "utterances": turns}) + "\n")
    code, answer = erc("import", "jsonl", str(file), "--name", "made", "--scheme", "meld")
    assert code == 0, answer
    return erc


def test_the_status_says_who_labelled_how_much(imported: Erc, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported("review", "status", "made")[1]["annotators"] == []
    with open_workspace() as workspace:
        place = workspace.store.review.text("made", "d1").utterances[0].id
        review.record(workspace, [ReviewEvent("op-1", "made", "d1", "ana", ReviewAction.LABEL, place, "joy")])
    code, status = imported("review", "status", "made")
    assert code == 0
    assert (status["dialogues"], status["begun"], status["overlap"]) == (1, 1, 3)
    assert [(a["annotator"], a["mode"], a["labelled"], a["finished"]) for a in status["annotators"]] == [
        ("ana", "blind", 1, 1)
    ]
    assert run(["review", "status", "made"]) == 0
    assert "ana" in capsys.readouterr().out


def test_an_unknown_corpus_is_said_so(imported: Erc) -> None:
    code, answer = imported("review", "status", "melt")
    assert (code, answer["error"]["code"]) == (1, "not_found")
