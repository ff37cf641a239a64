"""A workspace in a temporary folder, with a small recorded corpus in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded, load
from erc_engine.domain.conversation import Origin, Split
from erc_engine.settings import Settings
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    settings = Settings.from_environment({"ERC_HOME": str(tmp_path / "home")})
    with open_workspace(settings) as opened:
        yield opened


def add_sitcom(workspace: Workspace, assets: Path, name: str = "sitcom") -> None:
    """The matched recordings as if they were an imported benchmark: 60 train, 20 dev, 40 test dialogues."""
    loaded = load("jsonl", assets / "recordings" / "meld-matched.jsonl", name)
    splits = [Split.TRAIN] * 60 + [Split.DEV] * 20 + [Split.TEST] * 40
    dialogues = tuple(replace(d, split=s) for d, s in zip(loaded.corpus.dialogues, splits, strict=True))
    corpus = replace(loaded.corpus, dialogues=dialogues, origin=Origin.IMPORTED)
    save_corpus(workspace, Loaded(corpus, (), "recordings"))


@pytest.fixture
def sitcom(workspace: Workspace, assets: Path) -> Workspace:
    add_sitcom(workspace, assets)
    return workspace
