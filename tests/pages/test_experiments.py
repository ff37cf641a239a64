"""The Experiments page: runs, one run looked at closely, comparisons, on an empty and on a full workspace."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.domain.conversation import Split
from erc_engine.workflows import jobs, leaderboard
from ui import resources


def opened(app: AppTest, **query: str) -> AppTest:
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/experiments.py").run()
    assert not app.exception
    assert not app.error
    return app


def words(app: AppTest) -> str:
    shown = (*app.caption, *app.info, *app.success, *app.error, *app.warning, *app.markdown, *app.subheader)
    return " ".join(e.value for e in shown).replace("\\", "")


def runs() -> list[str]:
    return [r.run for r in leaderboard.standings(resources.workspace())]


def test_an_empty_workspace_says_what_belongs_here(empty_app: AppTest) -> None:
    assert "They need a frozen version" in opened(empty_app).info[0].value


def test_demo_runs_stand_apart_and_say_so(demo_app: AppTest) -> None:
    app = opened(demo_app)
    assert "Runs on your own versions belong here" in app.info[0].value
    assert "no benchmark result" in words(app)
    assert list(app.dataframe[0].value["mark"]) == ["demo", "demo"]


def test_the_form_queues_a_training_job(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.number_input(key="experiments.train.seed").set_value(7)
    app.selectbox(key="experiments.train.classifier").select("majority")
    app.button(key="experiments.train.go").click().run()
    assert not app.exception
    (job,) = jobs.under_way(resources.workspace())
    assert (job.kind, dict(job.arguments)) == (
        "train",
        {"version_name": "demo-mixed", "classifier": "majority", "seed": 7},
    )


def test_looking_at_test_is_recorded_once_and_drawing_again_is_no_look(demo_app: AppTest) -> None:
    space, run = resources.workspace(), runs()[0]
    before = leaderboard.looks_at_test(space, "demo-mixed")
    app = opened(demo_app, section="run", run=run)
    assert f"looked at {before} times so far" in words(app)
    assert "Scores on dev" in words(app)  # dev needs no look
    assert leaderboard.looks_at_test(space, "demo-mixed") == before
    app.button(key="experiments.test").click().run()
    assert not app.exception
    assert leaderboard.looks_at_test(space, "demo-mixed") == before + 1
    assert f"looked at {before + 1} times so far" in words(app)
    assert "Scores on test" in words(app)
    app.selectbox(key="experiments.gold").select("joy").run()
    assert leaderboard.looks_at_test(space, "demo-mixed") == before + 1


def test_wrong_turns_are_filtered_by_gold_and_predicted(demo_app: AppTest) -> None:
    found = leaderboard.inspect(resources.workspace(), runs()[0], Split.DEV)
    worst = found.wrong()[0]
    app = opened(demo_app, section="run", run=runs()[0])
    app.selectbox(key="experiments.gold").select(worst.gold).run()
    app.selectbox(key="experiments.predicted").select(worst.predicted).run()
    assert not app.exception
    rows = next(d.value for d in app.dataframe if "predicted" in d.value and "text" in d.value)
    assert set(zip(rows["gold"], rows["predicted"], strict=True)) == {(worst.gold, worst.predicted)}
    assert len(rows) == len(found.wrong(worst.gold, worst.predicted))
    assert worst.text in words(app)


def test_two_runs_are_compared_on_dev(demo_app: AppTest) -> None:
    app = opened(demo_app, section="compare")
    app.multiselect(key="experiments.compared").set_value(runs()).run()
    app.button(key="experiments.compare").click().run()
    assert not app.exception
    assert "Weighted F1 on dev, pair by pair" in words(app)
    assert "Holm-corrected over 1 pair;" in words(app)


@pytest.mark.parametrize("run", ["nosuch", "*x*` <b>"])
def test_an_unknown_run_in_the_address_is_said(demo_app: AppTest, run: str) -> None:
    app = opened(demo_app, section="run", run=run)
    assert f"There is no finished run {run}" in words(app)


def test_outside_predictions_arrive_by_upload(demo_app: AppTest) -> None:
    space = resources.workspace()
    dialogues = space.store.versions.dialogues("demo-mixed", Split.DEV)
    lines = [f"{d.id},{u.id},joy" for d in dialogues for u in d.utterances if u.label]
    data = "\n".join(["dialogue,utterance,label", *lines]).encode()
    app = opened(demo_app)
    app.file_uploader(key="experiments.import.file").upload("mine.csv", data, "text/csv")
    app.text_input(key="experiments.import.model").set_value("mine")
    app.button(key="experiments.import.go").click().run()
    assert not app.exception
    assert "demo-mixed-mine-snone has these predictions now" in words(app)
    mine = next(r for r in leaderboard.standings(space) if r.run == "demo-mixed-mine-snone")
    assert (mine.classifier, mine.seed, mine.outside) == ("mine", None, True)
    assert mine.dev is not None
    assert mine.dev.n == len(lines)
