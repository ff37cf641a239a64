"""Training runs, their predictions, and the count of looks at a test split."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.domain.conversation import Split
from erc_engine.domain.experiment import Prediction, TrainingRun, TrainingSettings
from erc_engine.errors import ConflictError, NotFoundError
from erc_engine.store.database import Store

RUN = TrainingRun("r1", "v1", TrainingSettings("tfidf", 2**64 - 1, {"c": [0.1, 1.0]}), "running")
PREDICTIONS = (Prediction("2", "2:0", "joy", (0.1, 1 / 3, 0.5667)), Prediction("1", "1:0", "fear"))


def test_a_training_run_is_followed_to_its_end(store: Store) -> None:
    store.training.add(RUN)
    ended = replace(RUN, state="done", dev={"weighted_f1": 0.57}, chosen={"c": 0.1}, notes=("one",))
    store.training.update(ended)
    store.training.add(replace(RUN, id="r0"))
    assert store.training.get("r1") == ended
    assert [run.id for run in store.training.list()] == ["r1", "r0"]


def test_a_run_is_added_once_and_keeps_its_version(store: Store) -> None:
    store.training.add(RUN)
    with pytest.raises(ConflictError, match="already a training run 'r1'"):
        store.training.add(RUN)
    with pytest.raises(ConflictError, match="is of version 'v1'"):
        store.training.update(replace(RUN, version="v2"))
    with pytest.raises(NotFoundError, match="no training run 'r2'"):
        store.training.update(replace(RUN, id="r2"))


def test_predictions_come_back_in_order_and_exactly(store: Store) -> None:
    store.training.add(RUN)
    assert store.training.predictions("r1", Split.TEST) is None
    store.training.save_predictions("r1", Split.DEV, PREDICTIONS[:1])
    store.training.save_predictions("r1", Split.TEST, [])
    assert store.training.predictions("r1", Split.TEST) == ()
    store.training.save_predictions("r1", Split.TEST, PREDICTIONS)
    assert store.training.predictions("r1", Split.TEST) == PREDICTIONS
    assert store.training.predictions("r1", Split.DEV) == PREDICTIONS[:1]
    with pytest.raises(NotFoundError):
        store.training.save_predictions("r2", Split.TEST, PREDICTIONS)


def test_looks_are_counted_by_the_content_of_the_test_split(store: Store) -> None:
    look = store.training.add_look
    assert [
        look("t1", "r1", "ana", "evaluate"),
        look("t2", "r1", "ana", "evaluate"),
        look("t1", "r2", "bo", "compare"),
    ] == [
        1,
        1,
        2,
    ]
    assert (store.training.looks("t1"), store.training.looks("t3")) == (2, 0)
