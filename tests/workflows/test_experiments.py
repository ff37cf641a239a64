"""Training, outside predictions, evaluation and comparison: what is kept, what is refused, and each look at test."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from erc_engine.classifiers.majority import MajorityClassifier
from erc_engine.corpora.content import content_hash
from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Corpus, Dialogue, Origin, Split
from erc_engine.domain.experiment import Evaluation
from erc_engine.errors import ConflictError, InputError, NotFoundError, RefusedError, UnavailableError
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.experiments import compare, evaluate, import_predictions, leaderboard, train
from erc_engine.workflows.run_lock import only_one
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

TEST = [
    dialogue("Ana: The train was late. [neutral]", "Bo: We missed the cake! [joy]", id="e1", split=Split.TEST),
    dialogue("Cy: It rained on the tent. [neutral]", "Di: I like the rain. [joy]", id="e2", split=Split.TEST),
]
GOLD = {"e1:0": "neutral", "e1:1": "joy", "e2:0": "neutral", "e2:1": "joy"}


def small(name: str = "small", test: Sequence[Dialogue] = TEST, **changes: Any) -> Corpus:
    """Mostly neutral train, a dev of four turns, a test of four turns."""
    made = corpus(
        dialogue("Ana: Pass the salt. [neutral]", "Bo: Here. [neutral]", "Ana: Lovely! [joy]", id="t1"),
        dialogue("Cy: The gate is open. [neutral]", "Di: I know. [neutral]", "Cy: Close it! [anger]", id="t2"),
        dialogue("Ana: Is it six? [neutral]", "Bo: Half past. [neutral]", id="d1", split=Split.DEV),
        dialogue("Cy: We won! [joy]", "Di: By an inch. [neutral]", id="d2", split=Split.DEV),
        *test,
        name=name,
    )
    return replace(made, **changes)


def add(workspace: Workspace, *corpora: Corpus) -> None:
    for each in corpora:
        save_corpus(workspace, Loaded(each, (), "a file"))


def freeze_all(workspace: Workspace, version: str, name: str, *more: str, demo: bool = False) -> None:
    train = [f"{name}:train", *more]
    freeze(workspace, version, train=train, dev=f"{name}:dev", test=f"{name}:test", demo=demo)


@pytest.fixture
def frozen(workspace: Workspace) -> Workspace:
    """The small corpus as version `v`."""
    add(workspace, small())
    freeze_all(workspace, "v", "small")
    return workspace


def predicted(path: Path, labels: dict[str, str]) -> Path:
    """A CSV with one label for each of these utterances; `e1:0` is of dialogue `e1`."""
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["dialogue", "utterance", "label"])
        writer.writerows([turn.split(":")[0], turn, label] for turn, label in labels.items())
    return path


def always(label: str) -> dict[str, str]:
    return dict.fromkeys(GOLD, label)


def looks(workspace: Workspace, version: str = "v") -> int:
    return workspace.store.training.looks(content_hash(workspace.store.versions.dialogues(version, Split.TEST)))


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds with which a majority classifier was fitted, in order."""
    seeds: list[int] = []
    fit = MajorityClassifier.fit

    def counted(self: MajorityClassifier, *arguments: Any, **more: Any) -> Any:
        seeds.append(self.seed)
        return fit(self, *arguments, **more)

    monkeypatch.setattr(MajorityClassifier, "fit", counted)
    return seeds


def breaks(error: BaseException) -> Callable[..., None]:
    def fit(*arguments: Any, **more: Any) -> None:
        raise error

    return fit


# ---- training


def test_a_trained_run_is_kept_with_its_scores_on_dev(frozen: Workspace) -> None:
    run = train(frozen, "v", "majority", 3)
    assert (run.version, run.settings.classifier, run.settings.seed, run.state) == ("v", "majority", 3, "done")
    # neutral for all four: precision 3/4, recall 1, F1 6/7, weighted by 3/4
    assert run.dev["weighted_f1"] == pytest.approx(0.75 * 6 / 7)
    assert (run.dev["accuracy"], run.dev["n"], run.dev["split"], run.dev["test_looks"]) == (0.75, 4, "dev", 0)
    assert run.chosen == {"label": "neutral"}
    assert frozen.store.training.get(run.id) == run
    assert (frozen.home / "models" / run.id).is_dir()
    assert frozen.store.training.predictions(run.id, Split.TEST) is None
    assert looks(frozen) == 0


def test_the_same_command_again_answers_with_the_same_run(frozen: Workspace, fits: list[int]) -> None:
    assert train(frozen, "v", "majority", 1) == train(frozen, "v", "majority", 1)
    assert fits == [1]
    assert train(frozen, "v", "majority", 2).id != train(frozen, "v", "majority", 1).id
    assert fits == [1, 2]


@pytest.mark.parametrize("error", [UnavailableError("the disk is full"), KeyboardInterrupt(), MemoryError()])
def test_a_fit_that_breaks_is_a_failed_run_that_can_be_repeated(
    frozen: Workspace, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(MajorityClassifier, "fit", breaks(error))
        with pytest.raises(type(error)):
            train(frozen, "v", "majority", 1)
    (failed,) = frozen.store.training.list()
    assert failed.state == "failed"
    with pytest.raises(RefusedError, match="failed") as refused:
        evaluate(frozen, failed.id, Split.TEST)
    assert "erc train v --classifier majority --seed 1" in refused.value.hint
    assert looks(frozen) == 0
    again = train(frozen, "v", "majority", 1)
    assert (again.id, again.state) == (failed.id, "done")


def test_a_dev_split_without_labels_leaves_no_run_half_done(workspace: Workspace) -> None:
    mute = dialogue("Ana: Is it six?", "Bo: Half past.", id="d", split=Split.DEV)
    add(workspace, small(dialogues=(*small().split(Split.TRAIN), mute, *TEST)))
    freeze_all(workspace, "v", "small")
    with pytest.raises(InputError, match="no labelled utterance"):
        train(workspace, "v", "majority", 1)
    assert [run.state for run in workspace.store.training.list()] == ["failed"]


@pytest.mark.parametrize(("classifier", "options", "word"), [("svm", {}, "svm"), ("majority", {"depth": 3}, "depth")])
def test_an_unknown_classifier_or_option_leaves_no_run(
    frozen: Workspace, classifier: str, options: dict[str, int], word: str
) -> None:
    with pytest.raises(InputError, match=word):
        train(frozen, "v", classifier, 1, options=options)
    assert frozen.store.training.list() == ()


def test_training_on_an_unknown_version_names_those_there_are(frozen: Workspace) -> None:
    with pytest.raises(NotFoundError) as error:
        train(frozen, "w", "majority", 1)
    assert "v" in error.value.hint


@pytest.mark.parametrize("gone", ["the folder", "the weights"])
def test_a_model_that_was_deleted_or_damaged_is_trained_again(frozen: Workspace, fits: list[int], gone: str) -> None:
    run = train(frozen, "v", "majority", 1)
    before = frozen.store.training.predictions(run.id, Split.DEV)
    folder = frozen.home / "models" / run.id
    if gone == "the folder":
        shutil.rmtree(folder)
    else:
        (folder / "weights.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match=run.id) as error:
        evaluate(frozen, run.id, Split.TEST)
    assert "train it again" in error.value.hint
    assert looks(frozen) == 0
    assert train(frozen, "v", "majority", 1) == run
    assert fits == [1, 1]
    assert frozen.store.training.predictions(run.id, Split.DEV) == before
    assert evaluate(frozen, run.id, Split.TEST).test_looks == 1


def test_a_trained_tfidf_beats_the_floor_on_dev_and_shows_its_progress(sitcom: Workspace) -> None:
    freeze_all(sitcom, "v", "sitcom")
    said: list[str] = []
    floor, run = train(sitcom, "v", "majority", 1), train(sitcom, "v", "tfidf", 1, progress=said.append)
    assert run.dev["weighted_f1"] > floor.dev["weighted_f1"] + 0.2
    assert said
    (pair,) = compare(sitcom, [floor.id, run.id], Split.DEV, resamples=500)
    assert pair.difference == pytest.approx(run.dev["weighted_f1"] - floor.dev["weighted_f1"])
    assert pair.p < 0.01
    assert pair.interval[0] > 0
    assert looks(sitcom) == 0


# ---- evaluation and looks


def test_scores_on_test_are_made_when_somebody_looks(frozen: Workspace) -> None:
    run = train(frozen, "v", "majority", 1)
    found = evaluate(frozen, run.id, Split.TEST, who="ana")
    # neutral for all four: precision 1/2, recall 1, F1 2/3, weighted by 1/2
    assert found.scores.weighted_f1 == pytest.approx(1 / 3)
    assert found.scores.macro_f1 == pytest.approx(1 / 3)
    assert (found.scores.accuracy, found.scores.n, found.dialogues, found.demo) == (0.5, 4, 2, False)
    assert found.scores.per_class["neutral"].support == 2
    assert found.intervals["accuracy"].interval == (0.5, 0.5)  # each dialogue has one of two right
    assert len(frozen.store.training.predictions(run.id, Split.TEST) or ()) == 4


def test_every_look_at_test_is_counted_once_and_shown(frozen: Workspace) -> None:
    first, second = train(frozen, "v", "majority", 1), train(frozen, "v", "majority", 2)
    assert [evaluate(frozen, first.id, Split.TEST).test_looks for _ in range(3)] == [1, 2, 3]
    assert evaluate(frozen, first.id, Split.DEV).test_looks == 0
    assert looks(frozen) == 3
    compare(frozen, [first.id, second.id], resamples=50)  # one look for each of the two
    compare(frozen, [first.id, second.id], Split.DEV, resamples=50)
    assert evaluate(frozen, second.id, Split.TEST).test_looks == 6


def test_looks_belong_to_the_content_of_a_test_split_whatever_the_version_is_called(frozen: Workspace) -> None:
    freeze_all(frozen, "same-test", "small")
    one, other = train(frozen, "v", "majority", 1), train(frozen, "same-test", "majority", 1)
    evaluate(frozen, one.id, Split.TEST)
    assert evaluate(frozen, other.id, Split.TEST).test_looks == 2


def test_scores_on_train_are_refused(frozen: Workspace) -> None:
    run = train(frozen, "v", "majority", 1)
    with pytest.raises(RefusedError, match="train"):
        evaluate(frozen, run.id, Split.TRAIN)
    with pytest.raises(RefusedError, match="train"):
        compare(frozen, [run.id, train(frozen, "v", "majority", 2).id], Split.TRAIN)


def test_an_unknown_run_names_those_there_are(frozen: Workspace) -> None:
    run = train(frozen, "v", "majority", 1)
    with pytest.raises(NotFoundError) as error:
        evaluate(frozen, "no-run", Split.TEST)
    assert run.id in error.value.hint


def test_one_dialogue_has_scores_but_no_interval(workspace: Workspace) -> None:
    add(workspace, small(dialogues=tuple(d for d in small().dialogues if d.id not in ("d2", "e2"))))
    freeze_all(workspace, "v", "small")
    run = train(workspace, "v", "majority", 1)
    assert run.dev["weighted_f1"] == 1.0
    assert run.dev["intervals"]["weighted_f1"]["value"] is None
    found = evaluate(workspace, run.id, Split.TEST)
    assert found.intervals["weighted_f1"].interval is None
    assert [row.interval for row in leaderboard(workspace)] == [None]


# ---- predictions from outside


def test_imported_labels_are_scored_like_any_run(frozen: Workspace, tmp_path: Path) -> None:
    run = import_predictions(frozen, "v", predicted(tmp_path / "gold.csv", GOLD), model="oracle", seed=7)
    assert (run.id, run.settings.classifier, run.settings.seed, run.state) == ("v-oracle-s7", "outside", 7, "done")
    assert evaluate(frozen, run.id, Split.TEST).scores.weighted_f1 == 1.0
    assert (frozen.store.training.predictions(run.id, Split.TEST) or ())[0].probabilities is None


def distributions(turn: str, joy: float) -> dict[str, Any]:
    return {"dialogue": turn.split(":")[0], "utterance": turn, "probabilities": {"joy": joy, "neutral": 1 - joy}}


def test_the_file_may_name_the_model_and_its_seed(frozen: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    rows = [{"model": "roberta", "seed": 3}, *(distributions(t, 0.9 if g == "joy" else 0.2) for t, g in GOLD.items())]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = import_predictions(frozen, "v", file)
    assert (run.id, run.settings.options["model"], run.settings.seed) == ("v-roberta-s3", "roberta", 3)
    first, second, *_ = frozen.store.training.predictions(run.id, Split.TEST) or ()
    assert (first.label, first.probabilities) == ("neutral", (0.8, 0.2, 0, 0, 0, 0, 0))
    assert (second.label, second.probabilities) == ("joy", pytest.approx((0.1, 0.9, 0, 0, 0, 0, 0)))


def test_probabilities_may_stand_in_columns_named_by_label(frozen: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    rows = [
        f"{turn[:2]},{turn},{0.25 if gold == 'joy' else 0.75},{0.75 if gold == 'joy' else 0.25}"
        for turn, gold in GOLD.items()
    ]
    file.write_text("\n".join(["dialogue,utterance,neutral,joy", *rows]))
    run = import_predictions(frozen, "v", file, model="columns")
    assert run.id == "v-columns-snone"
    assert evaluate(frozen, run.id, Split.TEST).scores.accuracy == 1.0


def test_the_same_predictions_again_are_no_error_and_others_are(frozen: Workspace, tmp_path: Path) -> None:
    file = predicted(tmp_path / "p.csv", GOLD)
    first = import_predictions(frozen, "v", file, model="m", seed=1)
    assert import_predictions(frozen, "v", file, model="m", seed=1) == first
    other = predicted(tmp_path / "q.csv", GOLD | {"e2:1": "neutral"})
    with pytest.raises(ConflictError, match="other predictions"):
        import_predictions(frozen, "v", other, model="m", seed=1)
    assert import_predictions(frozen, "v", other, model="m", seed=2).id == "v-m-s2"
    assert evaluate(frozen, first.id, Split.TEST).scores.accuracy == 1.0


def test_misaligned_predictions_are_counted_and_nothing_is_stored(frozen: Workspace, tmp_path: Path) -> None:
    file = predicted(tmp_path / "p.csv", {"e1:0": "neutral", "e1:1": "bliss", "e9:0": "joy", "e9:1": "joy"})
    file.write_text(file.read_text() + "e1,e1:0,neutral\n")
    with pytest.raises(InputError) as error:
        import_predictions(frozen, "v", file, model="m")
    for told in (
        "1 labels are not in scheme 'meld' ('bliss' at e1 / e1:1)",
        "2 predictions are for utterances that are not there",
        "1 predictions are given twice (e1 / e1:0)",
        "2 labelled utterances have no prediction (e2 / e2:0, e2 / e2:1)",
    ):
        assert told in error.value.message
    assert frozen.store.training.list() == ()


def test_predictions_without_a_model_name_are_refused(frozen: Workspace, tmp_path: Path) -> None:
    file = predicted(tmp_path / "p.csv", GOLD)
    with pytest.raises(InputError, match="which model"):
        import_predictions(frozen, "v", file)
    with pytest.raises(InputError, match="model name"):
        import_predictions(frozen, "v", file, model="../m")


def test_a_run_without_predictions_on_a_split_says_how_to_give_them_and_is_no_look(
    frozen: Workspace, tmp_path: Path
) -> None:
    dev = predicted(tmp_path / "dev.csv", {"d1:0": "neutral", "d1:1": "neutral", "d2:0": "joy", "d2:1": "neutral"})
    run = import_predictions(frozen, "v", dev, model="m", seed=1, split=Split.DEV)
    assert evaluate(frozen, run.id, Split.DEV).scores.accuracy == 1.0
    with pytest.raises(NotFoundError, match="no predictions on test") as error:
        evaluate(frozen, run.id, Split.TEST)
    assert "erc predictions import v FILE --split test --model m" in error.value.hint
    with pytest.raises(NotFoundError):
        compare(frozen, [train(frozen, "v", "majority", 1).id, run.id])
    assert looks(frozen) == 0
    same = import_predictions(frozen, "v", predicted(tmp_path / "test.csv", GOLD), model="m", seed=1)
    assert same.id == run.id
    assert evaluate(frozen, run.id, Split.TEST).test_looks == 1


# ---- comparison


@pytest.fixture
def three(frozen: Workspace, tmp_path: Path) -> list[str]:
    """Runs that are right on half, on three quarters and on all of a larger test split of version `w`."""
    turns = [f"x{n}:{turn}" for n in range(12) for turn in range(2)]
    rooms = [
        dialogue(f"Ana: Room {n} is empty. [neutral]", f"Bo: Room {n} is ours! [joy]", id=f"x{n}", split=Split.TEST)
        for n in range(12)
    ]
    add(frozen, small("rooms", rooms))
    freeze_all(frozen, "w", "rooms")
    gold = {turn: "joy" if turn.endswith("1") else "neutral" for turn in turns}
    half = dict.fromkeys(turns, "neutral")
    most = half | {turn: "joy" for turn in turns[:12] if turn.endswith("1")}
    return [
        import_predictions(frozen, "w", predicted(tmp_path / f"{name}.csv", labels), model=name).id
        for name, labels in (("half", half), ("most", most), ("all", gold))
    ]


def test_a_difference_is_the_later_run_minus_the_earlier_one(frozen: Workspace, three: list[str]) -> None:
    (pair,) = compare(frozen, [three[0], three[2]], resamples=500)
    assert (pair.a, pair.b, pair.n, pair.dialogues, pair.split) == (three[0], three[2], 24, 12, Split.TEST)
    assert pair.difference == pytest.approx(1 - 1 / 3)
    assert pair.interval == pytest.approx((2 / 3, 2 / 3))  # the same in every dialogue
    (turned,) = compare(frozen, [three[2], three[0]], resamples=500)
    assert turned.difference == pytest.approx(-2 / 3)
    assert turned.p == pair.p
    assert "approximate randomisation" in pair.test


def test_all_pairs_of_the_named_runs_are_one_family_for_holm(frozen: Workspace, three: list[str]) -> None:
    pairs = compare(frozen, three, resamples=500)
    assert [(p.a, p.b) for p in pairs] == [(three[0], three[1]), (three[0], three[2]), (three[1], three[2])]
    smallest, middle, largest = sorted(p.p for p in pairs)
    corrected = [3 * smallest, max(3 * smallest, 2 * middle), max(3 * smallest, 2 * middle, largest)]
    assert sorted(p.p_holm for p in pairs) == pytest.approx(corrected)
    assert all(p.p_holm > p.p for p in pairs if p.p < largest)
    assert looks(frozen, "w") == 3


def test_versions_that_share_one_test_can_be_compared(frozen: Workspace) -> None:
    extra = dialogue(*(f"Eve: Cake number {n}! [joy]" for n in range(6)), id="g")
    add(frozen, corpus(extra, name="made", origin=Origin.GENERATED))
    freeze_all(frozen, "mixed", "small", "made")
    real, mixed = train(frozen, "v", "majority", 1), train(frozen, "mixed", "majority", 1)
    assert mixed.chosen == {"label": "joy"}
    (pair,) = compare(frozen, [real.id, mixed.id], resamples=200)
    assert (pair.difference, pair.p) == (0.0, 1.0)  # each right on one of two labels, in every dialogue


def test_runs_on_different_tests_are_refused_and_no_look(frozen: Workspace) -> None:
    other = [replace(d, id=f"other-{d.id}") for d in TEST]
    add(frozen, small("other", other))
    freeze_all(frozen, "other", "other")
    runs = [train(frozen, version, "majority", 1).id for version in ("v", "other")]
    with pytest.raises(RefusedError, match="same test dialogues"):
        compare(frozen, runs)
    assert (looks(frozen), looks(frozen, "other")) == (0, 0)
    compare(frozen, runs, Split.DEV, resamples=50)


def test_a_comparison_needs_different_runs(frozen: Workspace) -> None:
    one, two = (train(frozen, "v", "majority", seed).id for seed in (1, 2))
    for runs in ([], [one], [one, one]):
        with pytest.raises(InputError, match="two different runs"):
            compare(frozen, runs)
    with pytest.raises(InputError, match="named twice"):
        compare(frozen, [one, two, one])


# ---- leaderboard


def test_the_leaderboard_has_finished_runs_by_dev_score_and_no_demo(
    frozen: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happy = [
        replace(d, utterances=tuple(replace(u, label="joy") for u in d.utterances)) for d in small().split(Split.DEV)
    ]
    add(frozen, small("happy", dialogues=(*small().split(Split.TRAIN), *happy, *TEST)))
    freeze_all(frozen, "happy", "happy")
    freeze_all(frozen, "shown", "small", demo=True)
    worse, better = train(frozen, "happy", "majority", 1), train(frozen, "v", "majority", 1)
    assert train(frozen, "shown", "majority", 1).state == "done"
    import_predictions(frozen, "v", predicted(tmp_path / "gold.csv", GOLD), model="oracle")
    monkeypatch.setattr(MajorityClassifier, "fit", breaks(UnavailableError("the disk is full")))
    with pytest.raises(UnavailableError):
        train(frozen, "v", "majority", 9)
    rows = leaderboard(frozen)
    assert [row.run for row in rows] == [better.id, worse.id]
    assert (rows[0].version, rows[0].classifier, rows[0].seed, rows[0].n) == ("v", "majority", 1, 4)
    assert rows[0].weighted_f1 == pytest.approx(0.75 * 6 / 7)
    assert rows[1].weighted_f1 == 0.0


def test_an_evaluation_of_a_demo_version_says_so(frozen: Workspace) -> None:
    freeze_all(frozen, "shown", "small", demo=True)
    found: Evaluation = evaluate(frozen, train(frozen, "shown", "majority", 1).id, Split.TEST)
    assert found.demo
    assert found.to_json()["demo"] is True


def test_a_run_that_another_process_trains_is_left_alone(frozen: Workspace, fits: list[int]) -> None:
    run = train(frozen, "v", "majority", seed=1)
    shutil.rmtree(frozen.home / "models" / run.id)
    frozen.store.training.update(replace(run, state="running"))
    with only_one(frozen, "train", run.id), pytest.raises(ConflictError, match="another process is at work"):
        train(frozen, "v", "majority", seed=1)
    assert frozen.store.training.get(run.id).state == "running"
    assert train(frozen, "v", "majority", seed=1).state == "done"
    assert fits == [1, 1]
    assert not list((frozen.home / "models").rglob("*.part"))
