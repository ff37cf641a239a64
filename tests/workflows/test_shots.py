"""A run whose prompts show examples: what is stored and exported of them, and that copying one is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Split
from erc_engine.domain.generation import ChatRequest
from erc_engine.domain.generation_runs import RunState
from erc_engine.workflows.datasets import export, save_corpus
from erc_engine.workflows.generation import generate, rerun
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue
from tests.generation.builders import PLAN_AS_TEXT, ObedientModel

HAT = "The goat ate my very best hat."
RECIPE = f"""
recipe: showing
scheme: meld
names: [Ana, Bo]
attributes: {{setting: [in a kitchen]}}
style: {{words: like, openers: 4}}
shots: {{from: farm, k: 2}}
checks: {{near_duplicate: 1.0}}
system: "{{% for shot in shots %}}{{{{ shot.text }}}} {{% endfor %}}{{{{ words.said }}}}"
user: "{PLAN_AS_TEXT}"
"""


@pytest.fixture
def farm(workspace: Workspace) -> Workspace:
    labels = ("joy", "fear", "anger", "neutral", "sadness", "surprise", "disgust")
    train = [
        dialogue(f"Cy: {HAT} [{label}]", f"Di: Which {label} hat do you mean? [{label}]", id=f"g{n}")
        for n, label in enumerate(labels * 2)
    ]
    test = [dialogue("Eve: The boat is gone again. [joy]", "Flo: So it is. [joy]", id="t1", split=Split.TEST)]
    save_corpus(workspace, Loaded(corpus(*train, *test, name="farm"), (), "invented"))
    return workspace


def run(
    workspace: Workspace, folder: Path, model: ObedientModel, monkeypatch: pytest.MonkeyPatch, **more: object
) -> object:
    monkeypatch.setattr("erc_engine.workflows.generation._open", lambda *given, **named: model)
    path = folder / "showing.yaml"
    path.write_text(RECIPE)
    return generate(
        workspace, recipe=str(path), like="farm", utterances=30, model="test:", seed=1, name="made", **more  # type: ignore[arg-type]
    )  # fmt: skip


def test_ids_are_kept_and_exported_and_the_text_is_in_the_prompt_alone(
    farm: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ObedientModel()
    assert run(farm, tmp_path, model, monkeypatch).state is RunState.COMPLETE  # type: ignore[attr-defined]
    assert all(HAT in request.messages[0].content for request in model.requests)
    assert all("a turn" in request.messages[0].content for request in model.requests)
    train = {f"farm:{d.id}" for d in farm.store.corpora.get("farm").split(Split.TRAIN)}
    for plan in farm.store.ledger.plans("made"):
        assert len(set(plan.shots)) == 2
        assert set(plan.shots) <= train
        assert len(plan.words) == plan.turns
    export(farm, "made", "jsonl", tmp_path / "made.jsonl")
    lines = (tmp_path / "made.jsonl").read_text().splitlines()
    assert "hat" not in "".join(lines)
    assert all(len(json.loads(line)["extra"]["shots"]) == 2 for line in lines)
    assert "examples of train of farm" in farm.store.corpora.stored("made").licence.note
    assert all(len(a.prompt_hash) == 64 for a in farm.store.runs.attempts("made"))


def test_a_reply_that_copies_an_example_is_refused(
    farm: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copies(request: ChatRequest, draw: random.Random) -> str | None:
        return None if request.id.endswith("/1") else copied(request)

    def copied(request: ChatRequest) -> str:
        from tests.generation.builders import obey

        first, *others = obey(request).splitlines()
        return "\n".join([first.split(": ")[0] + f": {HAT}", *others])

    found = run(farm, tmp_path, ObedientModel(copies), monkeypatch)
    assert found.reasons["near_duplicate"] == found.books.accepted  # type: ignore[attr-defined]
    rejected = [a for a in farm.store.runs.attempts("made") if a.state == "rejected"]
    assert {a.detail.split(" example ")[0] for a in rejected} == {"turn 1 repeats the"}


def test_a_ledger_run_again_with_its_model_shows_the_same_examples(
    farm: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, again = ObedientModel(), ObedientModel()
    run(farm, tmp_path, first, monkeypatch)
    monkeypatch.setattr("erc_engine.workflows.generation._open", lambda *given, **named: again)
    rerun(farm, "made", name="again", model="same")
    assert [r.messages for r in again.requests] == [r.messages for r in first.requests]
