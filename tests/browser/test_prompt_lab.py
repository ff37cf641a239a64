"""An A/B in a browser with a model of this machine: real weights, a reply as it is written, and the better version."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.generation import ChatMessage
from erc_engine.llm.local.training import SmallModel, train
from erc_engine.settings import Settings
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.prompt_studio import draft, save
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.browser.conftest import STILL, chosen
from tests.builders import corpus, dialogue

SYSTEM = "You write dialogues."
BADLY, WELL = "Mumble, please.", "A dialogue, please."
MUMBLED = "Hm hm hm hm hm hm hm hm hm hm hm hm."
SYLLABLES = ("ba", "lo", "ki", "mu", "te", "ran")
RECIPE = """
recipe: two-turns
scheme: meld
target: matched
label_mode: free
protocol: lines/1
names: [Ana, Bo]
sampling: {temperature: 0.2, top_p: 0.9, max_tokens: 120}
system: |
  You write dialogues.
user: |
  Mumble, please.
"""
SHAPE = SmallModel(hidden=64, layers=2, heads=4, vocabulary=300, context=256, epochs=250, tokens_per_step=512, seed=3)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows two prompts: to one it mumbles, to the other it writes dialogues, no two alike."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("taught") / "model"
    prompts = {text: (ChatMessage("system", SYSTEM), ChatMessage("user", text)) for text in (BADLY, WELL)}
    draw = random.Random(5)

    def lessons(epoch: int) -> list[Any]:
        return [(prompts[BADLY], MUMBLED), *((prompts[WELL], said(draw)) for _ in range(7))]

    texts = [SYSTEM, BADLY, WELL, MUMBLED, *(said(draw) for _ in range(50))]
    train(lessons, lessons(0), folder, SHAPE, texts=texts, say=lambda text: None)
    return folder


def said(draw: random.Random) -> str:
    words = ["".join(draw.choices(SYLLABLES, k=3)) for _ in range(12)]
    return f"1. Ana [joy]: {' '.join(words[:6])}!\n2. Bo [neutral]: {' '.join(words[6:])}."


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(Settings.from_environment({"ERC_HOME": str(tmp_path / "workspace")})) as opened:
        lines = ("Ana: You came [joy]", "Bo: I did [neutral]")
        pairs = [dialogue(*lines, id=f"d{n}") for n in range(6)]
        save_corpus(opened, Loaded(corpus(*pairs, name="pairs"), (), "x"))
        yield opened


def test_a_local_model_streams_and_the_better_of_two_versions_is_found_and_promoted(
    workspace: Workspace,
    taught: Path,
    model_hosts: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    serve: Any,
    tab: Any,
    tmp_path: Path,
) -> None:
    file = tmp_path / "two-turns.yaml"
    file.write_text(RECIPE)
    bad = find_recipe(workspace, str(file))
    save(workspace, bad, bad)
    made = draft(bad, SYSTEM, WELL).recipe
    assert made is not None
    save(workspace, bad, made)
    for name in ("ERC_MODEL_HOSTS", "ERC_MODEL_IDLE_SECONDS", "ERC_MODEL_THREADS"):
        monkeypatch.setenv(name, model_hosts[name])
    shutil.copytree(taught, workspace.home / "models" / "taught")
    served = serve(workspace.home)
    page = tab()
    page.goto(served.address)
    page.wait_for_selector("h1")
    page.goto(f"{served.address}/prompt_studio?recipe={made.hash}")
    page.get_by_text("All versions, and what differs between two").wait_for()
    page.wait_for_selector(STILL)
    chosen(page, "Model", "local model taught")
    page.get_by_text("114 thousand parameters on cpu").first.wait_for()
    page.get_by_role("button", name="Run samples").click()
    page.get_by_text("1. Ana [joy]:").first.wait_for()
    page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
    chosen(page, "Model", "local model taught", last=True)
    plans = page.get_by_label("Plans", exact=True)
    plans.fill("20")
    plans.press("Enter")
    page.get_by_text("20 plans show a difference of").wait_for()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text("B is accepted more often than A").wait_for()
    page.get_by_role("button", name="Promote B").click()
    page.wait_for_selector(STILL)
    assert find_recipe(workspace, "two-turns").hash == made.hash
    [lab] = workspace.store.labs.list()
    assert (lab.settings.a, lab.settings.b, lab.settings.plans) == (bad.hash, made.hash, 20)
