"""The contract that every classifier keeps."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from erc_engine.classifiers.base import CLASSIFIERS, Classifier, build, load_classifier, targets
from erc_engine.classifiers.model_files import DOCUMENT, WEIGHTS, read_model, write_model
from erc_engine.domain.experiment import TrainingData, TrainingSettings
from erc_engine.errors import InputError, UnavailableError
from tests.builders import dialogue
from tests.classifiers.invented import MELD, invented, training_data

every_classifier = pytest.mark.parametrize("name", CLASSIFIERS)


@pytest.fixture(scope="session")
def fitted() -> Callable[[str], tuple[Classifier, TrainingSettings]]:
    """One trained classifier per name, shared by tests that only read it."""
    made: dict[str, tuple[Classifier, TrainingSettings]] = {}

    def get(name: str) -> tuple[Classifier, TrainingSettings]:
        if name not in made:
            settings = TrainingSettings(name, seed=1)
            model = build(settings)
            model.fit(training_data())
            made[name] = (model, settings)
        return made[name]

    return get


Fitted = Callable[[str], tuple[Classifier, TrainingSettings]]


@every_classifier
def test_every_turn_gets_a_distribution_labelled_or_not(name: str, fitted: Fitted) -> None:
    dialogues = [dialogue("Ana: A lovely day!", "Bo: So you say. [neutral]", "Ana: ", id="x"), *invented(2, seed=9)]
    found = fitted(name)[0].predict_proba(dialogues)
    assert [rows.shape for rows in found] == [(3, 7), (6, 7), (6, 7)]
    for rows in found:
        assert rows.min() >= 0
        assert np.allclose(rows.sum(1), 1)


@every_classifier
def test_no_dialogues_and_an_empty_dialogue_give_no_rows(name: str, fitted: Fitted) -> None:
    model = fitted(name)[0]
    assert model.predict_proba([]) == []
    assert [rows.shape for rows in model.predict_proba([dialogue(id="empty")])] == [(0, 7)]


@every_classifier
def test_a_prediction_does_not_depend_on_the_other_dialogues(name: str, fitted: Fitted) -> None:
    model, dialogues = fitted(name)[0], invented(4, seed=5)
    together = model.predict_proba(dialogues)
    for alone, rows in zip(dialogues, together, strict=True):
        assert np.allclose(model.predict_proba([alone])[0], rows, rtol=0, atol=1e-12)


@every_classifier
def test_gold_labels_of_what_is_predicted_are_not_looked_at(name: str, fitted: Fitted) -> None:
    model, given = fitted(name)[0], invented(2, seed=6)
    masked = [d.with_labels([None] * len(d)) for d in given]
    for seen, unseen in zip(model.predict_proba(given), model.predict_proba(masked), strict=True):
        assert np.array_equal(seen, unseen)


@every_classifier
def test_saved_and_loaded_it_gives_the_same_numbers(name: str, fitted: Fitted, tmp_path: Path) -> None:
    model, settings = fitted(name)
    model.save(tmp_path / "m")
    assert sorted(os.listdir(tmp_path / "m")) == [DOCUMENT, WEIGHTS]
    loaded = load_classifier(settings, tmp_path / "m")
    for before, after in zip(
        model.predict_proba(invented(5, seed=3)), loaded.predict_proba(invented(5, seed=3)), strict=True
    ):
        assert np.array_equal(before, after)


@every_classifier
def test_the_same_seed_gives_the_same_model(name: str, fitted: Fitted) -> None:
    again = build(TrainingSettings(name, seed=1))
    again.fit(training_data())
    for one, two in zip(again.predict_proba(invented(3)), fitted(name)[0].predict_proba(invented(3)), strict=True):
        assert np.array_equal(one, two)


@every_classifier
def test_a_label_that_train_does_not_have_gets_almost_nothing(name: str, fitted: Fitted) -> None:
    rows = np.vstack(fitted(name)[0].predict_proba(invented(3)))
    absent = [MELD.index(label) for label in ("surprise", "disgust", "fear")]
    assert 0 < rows[:, absent].max() <= 1e-6


@every_classifier
@pytest.mark.parametrize(
    "train",
    [(), (dialogue("Ana: Yes. [joy]", "Bo: No. [joy]", id="d1"),), (dialogue("Ana: Yes.", "Bo: No.", id="d1"),)],
    ids=["nothing", "one label", "no label"],
)
def test_fewer_than_two_labels_in_train_are_refused(name: str, train: tuple) -> None:
    with pytest.raises(InputError, match="nothing to tell apart"):
        build(TrainingSettings(name, 0)).fit(TrainingData(MELD, train, ()))


@every_classifier
def test_two_turns_are_enough_to_fit(name: str) -> None:
    model = build(TrainingSettings(name, 0))
    report = model.fit(TrainingData(MELD, (dialogue("Ana: Hooray! [joy]", "Bo: Liar. [anger]", id="d1"),), ()))
    assert report.dev is None
    assert model.predict_proba(invented(1))[0].shape == (6, 7)


@every_classifier
def test_labels_outside_the_scheme_are_named(name: str) -> None:
    data = training_data()
    for wrong in (
        replace(data, train=(*data.train, dialogue("Ana: Hm. [bliss]", id="w"))),
        replace(data, dev=(dialogue("Ana: Hm. [bliss]", id="w"),)),
    ):
        with pytest.raises(InputError, match=r"outside the scheme: bliss|not in scheme 'meld': 'bliss'"):
            build(TrainingSettings(name, 0)).fit(wrong)


@every_classifier
def test_an_untrained_classifier_neither_predicts_nor_saves(name: str, tmp_path: Path) -> None:
    for act in (lambda m: m.predict_proba([]), lambda m: m.save(tmp_path)):
        with pytest.raises(InputError, match="not trained"):
            act(build(TrainingSettings(name, 0)))


def _without(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


def _cut(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).write_bytes((folder / file).read_bytes()[:-9])


def _flipped(folder: Path) -> None:
    weights = bytearray((folder / WEIGHTS).read_bytes())
    weights[-2] ^= 0x40
    (folder / WEIGHTS).write_bytes(bytes(weights))


def _edited(folder: Path) -> None:
    text = (folder / DOCUMENT).read_text()
    (folder / DOCUMENT).write_text(text.replace('"seed": 1', '"seed": 2'))


def _written(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / DOCUMENT).write_text(text)

    return write


def _other_weights(folder: Path) -> None:
    """Hashes that fit, weights that do not."""
    document = json.loads((folder / DOCUMENT).read_text())
    write_model(folder, document, {"shares": np.zeros(3), "present": np.array([9])})


@every_classifier
@pytest.mark.parametrize(
    "damage",
    [
        _without(DOCUMENT),
        _without(WEIGHTS),
        _cut(DOCUMENT),
        _cut(WEIGHTS),
        _flipped,
        _edited,
        _written("[]"),
        _written("[" * 100_000),
        _written('{"format": "erc-model/0"}'),
        _other_weights,
    ],
)
def test_a_broken_or_edited_folder_is_refused(
    name: str, damage: Callable[[Path], None], fitted: Fitted, tmp_path: Path
) -> None:
    model, settings = fitted(name)
    model.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match=r"is broken|not a whole model"):
        load_classifier(settings, tmp_path)


def test_the_folder_of_another_classifier_is_refused(fitted: Fitted, tmp_path: Path) -> None:
    fitted("majority")[0].save(tmp_path)
    with pytest.raises(InputError, match="holds a 'majority' model, not 'tfidf'"):
        load_classifier(TrainingSettings("tfidf", 1), tmp_path)


def test_a_hash_over_other_content_does_not_pass_as_a_model(tmp_path: Path) -> None:
    write_model(tmp_path, {"classifier": "tfidf"}, {"a": np.array([np.inf])})
    with pytest.raises(InputError, match="not numbers"):
        read_model(tmp_path, "tfidf")


def test_a_folder_that_cannot_be_written_says_so(fitted: Fitted, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match="cannot be written"):
        fitted("majority")[0].save(tmp_path / "file" / "m")


def test_an_unknown_classifier_is_told_the_known_ones() -> None:
    with pytest.raises(InputError, match="'oracle' is not known") as caught:
        build(TrainingSettings("oracle", 0))
    assert "tfidf, majority" in caught.value.hint


@every_classifier
def test_an_unknown_option_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"'{name}' has no option depth"):
        build(TrainingSettings(name, 0, {"depth": 3}))


def test_a_soft_label_is_learnt_as_each_of_its_labels_by_share() -> None:
    train = (dialogue("Ana: Oh. [joy]", "Bo: Ah. [anger]", id="d"),)
    found = targets(TrainingData(MELD, train, (), {("d", "d:0"): {"joy": 3, "surprise": 1, "fear": 0}}))
    assert found.turns.tolist() == [0, 0, 1]
    assert [MELD.names[i] for i in found.labels] == ["joy", "surprise", "anger"]
    assert found.weights.tolist() == [0.75, 0.25, 1.0]
    assert found.mass(7).tolist() == [0, 0.75, 0.25, 1, 0, 0, 0]


def test_a_tied_turn_is_context_whatever_its_shares() -> None:
    train = (dialogue("Ana: Oh.", "Bo: Ah. [anger]", "Ana: Ha. [joy]", id="d"),)
    found = targets(TrainingData(MELD, train, (), {("d", "d:0"): {"joy": 0.5, "fear": 0.5}}))
    assert found.turns.tolist() == [1, 2]
    assert found.hard.tolist() == [-1, MELD.index("anger"), MELD.index("joy")]


@pytest.mark.parametrize("shares", [{"bliss": 1.0}, {"joy": -1.0, "anger": 2.0}, {"joy": float("nan")}, {"joy": 0.0}])
def test_a_soft_label_that_is_no_distribution_is_refused(shares: dict[str, float]) -> None:
    train = (dialogue("Ana: Oh. [joy]", "Bo: Ah. [anger]", id="d"),)
    with pytest.raises(InputError, match="d / d:0 is not a distribution"):
        targets(TrainingData(MELD, train, (), {("d", "d:0"): shares}))
