"""Runs side by side and one run looked at closely: the same numbers on every list, and test behind its look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.domain.conversation import Split
from erc_engine.errors import InputError
from erc_engine.workflows.experiments import dev_scores, evaluate, leaderboard, train
from erc_engine.workflows.leaderboard import import_upload, inspect, inspect_dev, looks_at_test, standings
from erc_engine.workflows.overview import overview
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace


@pytest.fixture
def frozen(sitcom: Workspace) -> Workspace:
    freeze(sitcom, "v1", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    return sitcom


def joy_everywhere(workspace: Workspace, split: Split) -> bytes:
    dialogues = workspace.store.versions.dialogues("v1", split)
    lines = [f"{d.id},{u.id},joy" for d in dialogues for u in d.utterances if u.label]
    return "\n".join(["dialogue,utterance,label", *lines]).encode()


def test_the_best_on_dev_stands_first_and_runs_without_dev_last(frozen):
    tfidf = train(frozen, "v1", "tfidf", seed=1)
    majority = train(frozen, "v1", "majority", seed=1)
    outside = import_upload(frozen, "v1", "mine.csv", joy_everywhere(frozen, Split.TEST), model="mine")
    rows = standings(frozen)
    assert [r.run for r in rows] == [tfidf.id, majority.id, outside.id]
    assert rows[0].dev.value > rows[1].dev.value
    assert (rows[2].dev, rows[2].classifier, rows[2].seed) == (None, "mine", None)


def test_home_the_leaderboard_and_one_run_give_the_same_numbers(frozen):
    train(frozen, "v1", "majority", seed=1)
    import_upload(frozen, "v1", "mine.csv", joy_everywhere(frozen, Split.DEV), model="mine", seed=4, split=Split.DEV)
    listed = {r.run: (r.weighted_f1, r.interval, r.n) for r in leaderboard(frozen)}
    stood = {r.run: (r.dev.value, r.dev.interval, r.dev.n) for r in standings(frozen)}
    home = {t.run.id: (t.weighted_f1, t.interval, t.n) for t in overview(frozen).trained}
    looked = {}
    for run in listed:
        found = inspect_dev(frozen, run).evaluation
        interval = found.intervals["weighted_f1"].interval
        looked[run] = (found.scores.weighted_f1, interval, found.scores.n)
    assert len(listed) == 2
    assert listed == stood == home == looked


def test_dev_scores_of_predictions_on_test_alone_are_empty_and_take_no_look(frozen):
    run = import_upload(frozen, "v1", "mine.csv", joy_everywhere(frozen, Split.TEST), model="mine")
    assert dev_scores(frozen, run) == {}
    assert looks_at_test(frozen, "v1") == 0


def test_dev_needs_no_look_and_every_look_at_test_is_counted_before_the_scores(frozen):
    run = train(frozen, "v1", "majority", seed=1)
    assert inspect_dev(frozen, run.id) is inspect_dev(frozen, run.id)  # computed once
    assert looks_at_test(frozen, "v1") == 0
    assert inspect(frozen, run.id, Split.TEST, who="ana").evaluation.test_looks == 1
    assert inspect(frozen, run.id, Split.TEST, who="bo").evaluation.test_looks == 2
    assert looks_at_test(frozen, "v1") == 2


def test_wrong_turns_are_those_off_the_diagonal_with_the_turns_before_them(frozen):
    run = train(frozen, "v1", "tfidf", seed=1)
    found = inspect_dev(frozen, run.id)
    confusion = found.evaluation.scores.confusion
    off = sum(n for i, row in enumerate(confusion) for j, n in enumerate(row) if i != j)
    assert len(found.wrong()) == off > 0
    sure = [t.confidence for t in found.wrong()]
    assert sure == sorted(sure, reverse=True)
    late = next(t for t in found.turns if t.number == 3)
    dialogue = next(d for d in frozen.store.versions.dialogues("v1", Split.DEV) if d.id == late.dialogue)
    assert late.before == tuple((u.speaker, u.text) for u in dialogue.utterances[:2])
    gold, predicted = found.wrong()[0].gold, found.wrong()[0].predicted
    cell = confusion[found.scheme.index(gold)][found.scheme.index(predicted)]
    assert len(found.wrong(gold, predicted)) == cell


def test_f1_by_label_is_that_of_the_evaluation(frozen):
    run = train(frozen, "v1", "tfidf", seed=1)
    found = inspect_dev(frozen, run.id)
    scores = evaluate(frozen, run.id, Split.DEV).scores.per_class
    for name, measured in found.per_class.items():
        if measured.value is not None:
            assert measured.value == pytest.approx(scores[name].f1)
            low, high = measured.interval or (measured.value, measured.value)  # one dialogue alone has no interval
            assert low <= measured.value <= high
    assert any(measured.interval for measured in found.per_class.values())


def test_a_file_that_is_no_prediction_file_is_refused(frozen):
    with pytest.raises(InputError, match="not a prediction file"):
        import_upload(frozen, "v1", "mine.xlsx", b"x", model="mine")


def test_an_unfinished_run_is_listed_and_not_usable(frozen, tmp_path: Path):
    run = train(frozen, "v1", "majority", seed=1)
    frozen.store.training.update(replace(run, state="failed"))
    assert [r.usable for r in standings(frozen)] == [False]
