"""The floor."""

from __future__ import annotations

import numpy as np
import pytest

from erc_engine.classifiers.majority import MajorityClassifier
from erc_engine.domain.experiment import TrainingData
from tests.builders import dialogue
from tests.classifiers.invented import MELD


def test_it_gives_the_shares_of_train_and_so_predicts_its_most_frequent_label() -> None:
    train = (dialogue("Ana: A. [joy]", "Bo: B. [joy]", "Ana: C. [joy]", "Bo: D. [anger]", id="d1"),)
    dev = (dialogue("Ana: E. [joy]", "Bo: F. [anger]", id="d2"),)
    model = MajorityClassifier()
    report = model.fit(TrainingData(MELD, train, dev))
    rows = model.predict_proba(dev)[0]
    assert rows[0, [MELD.index("joy"), MELD.index("anger")]] == pytest.approx([0.75, 0.25], abs=1e-5)
    assert np.array_equal(rows[0], rows[1])
    assert report.chosen == {"label": "joy"}
    # joy: right 1, predicted 2, gold 1 → F1 2/3; anger 0; each weighs a half
    assert report.dev is not None
    assert report.dev.weighted_f1 == pytest.approx(1 / 3)
