"""Frozen versions come back exactly and never change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.domain.conversation import Split
from erc_engine.domain.experiment import DatasetVersion, Source
from erc_engine.domain.labels import scheme
from erc_engine.errors import ConflictError, NotFoundError
from erc_engine.store.database import Store
from tests.builders import dialogue

SOURCE = Source("c", "train", "train", "h", 2, 3, "imported", "CC0", True, True, {"dropped": 1})
VERSION = DatasetVersion("v1", "hash", scheme("meld"), "gold", (SOURCE,), demo=True, notes=("a note",))
TRAIN = (dialogue("Ana: You came! [joy]", id="2"), dialogue("Bo: Barely. [neutral]", "Ana: Oh. [sadness]", id="1"))
TEST = (dialogue("Cy: Hello? [fear]", id="2", split=Split.TEST),)
SOFT = {Split.TRAIN: {("2", "2:0"): {"joy": 0.6, "fear": 0.4}, ("1", "1:1"): {"sadness": 1 / 3, "anger": 2 / 3}}}


def test_a_version_comes_back_with_its_dialogues_and_soft_labels(store: Store) -> None:
    assert store.versions.add(VERSION, {Split.TRAIN: TRAIN, Split.TEST: TEST}, SOFT) is True
    assert store.versions.get("v1") == VERSION
    assert store.versions.names() == ("v1",)
    assert store.versions.dialogues("v1", Split.TRAIN) == TRAIN
    assert store.versions.dialogues("v1", Split.TEST) == TEST
    assert store.versions.dialogues("v1", Split.DEV) == ()
    assert store.versions.soft("v1", Split.TRAIN) == SOFT[Split.TRAIN]
    assert store.versions.soft("v1", Split.TEST) == {}


def test_a_version_never_changes(store: Store) -> None:
    store.versions.add(VERSION, {Split.TRAIN: TRAIN}, {})
    assert store.versions.add(VERSION, {Split.TRAIN: TRAIN}, {}) is False
    with pytest.raises(ConflictError, match="already frozen with other content"):
        store.versions.add(replace(VERSION, hash="other"), {Split.TRAIN: TEST}, {})
    assert store.versions.dialogues("v1", Split.TRAIN) == TRAIN


def test_a_version_that_is_not_there_is_answered_with_those_that_are(store: Store) -> None:
    store.versions.add(VERSION, {}, {})
    with pytest.raises(NotFoundError, match="no dataset version 'v2'") as missing:
        store.versions.dialogues("v2", Split.TRAIN)
    assert missing.value.hint == "versions in this workspace: v1"
