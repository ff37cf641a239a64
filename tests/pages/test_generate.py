"""Generate: plan, start, watch, read what was refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.domain.generation_runs import RunState
from erc_engine.domain.jobs import JobState
from erc_engine.domain.verification import Opinion, Verdict, Verifier, VerifierKind, turn_hashes
from erc_engine.workflows import generation, jobs
from ui import resources


def opened(app: AppTest, **link: str) -> AppTest:
    for name, value in link.items():
        app.query_params[name] = value
    return app.switch_page("pages/generate.py").run()


def chosen(app: AppTest, **values: object) -> AppTest:
    for name, value in values.items():
        app.session_state[f"generate.{name}"] = value
    return app.run()


def words(app: AppTest) -> str:
    parts = (*app.caption, *app.markdown, *app.info, *app.warning, *app.error, *app.text, *app.subheader)
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def test_an_empty_workspace_says_what_is_missing(empty_app: AppTest) -> None:
    app = opened(empty_app)
    assert not app.exception
    assert "a corpus with a train split" in words(app)


def test_the_plan_is_shown_before_it_runs_and_a_start_queues_one_job(demo_app: AppTest) -> None:
    app = opened(demo_app)
    assert not app.exception
    assert "The plan before it runs" in words(app)
    assert "Distance of these plans to it" in words(app)
    app = chosen(app, utterances=60, name="more", seed=3)
    app.button(key="generate.start").click().run()
    assert not app.exception
    (job,) = jobs.under_way(resources.workspace())
    assert job.kind == "generate"
    assert job.arguments["name"] == "more"
    assert job.arguments["utterances"] == 60
    assert job.arguments["model"] == "replay:"
    assert app.selectbox(key="generate.run").value == "more"
    assert app.query_params["run"] == "more"
    assert "The worker has not begun it yet." in words(app)

    app.button(key="generate.stop").click().run()
    assert jobs.job(resources.workspace(), job.id).state is JobState.CANCELLED


def test_a_finished_run_shows_books_and_refusals_with_the_reply_as_it_came(demo_app: AppTest) -> None:
    app = opened(demo_app, run="demo-balanced")
    assert not app.exception
    report = generation.report(resources.workspace(), "demo-balanced")
    assert f"{report.books.submitted:,} submitted = {report.books.accepted:,} accepted" in words(app)
    reason = next(iter(report.reasons))
    app.selectbox(key="generate.reason").select(reason).run()
    assert not app.exception
    assert f"of {report.reasons[reason]:,}, the newest first" in words(app)
    assert app.code[-1].value


def test_shares_from_imbalance_become_the_order(demo_app: AppTest) -> None:
    demo_app.session_state["generate.shares"] = {"fear": 0.75, "disgust": 0.25}
    demo_app.session_state["generate.like"] = "demo-sitcom"
    demo_app.session_state["generate.gap"] = 80
    app = opened(demo_app)
    assert not app.exception
    assert app.slider(key="generate.want.meld.fear").value == 75
    assert app.number_input(key="generate.utterances").value == 80
    app.button(key="generate.start").click().run()
    (job,) = jobs.under_way(resources.workspace())
    assert job.arguments["shares"]["fear"] == 0.75
    assert job.arguments["shares"]["joy"] == 0


def test_a_name_that_is_taken_cannot_start(demo_app: AppTest) -> None:
    app = chosen(opened(demo_app), name="demo-sitcom")
    assert "'demo-sitcom' is a corpus already" in words(app)
    assert not [button for button in app.button if button.key == "generate.start"]


def test_a_link_to_an_unknown_run_leaves_the_page_alive(demo_app: AppTest) -> None:
    app = opened(demo_app, run="<b>nowhere")
    assert not app.exception
    assert "There is no run <b>nowhere in this workspace." in words(app)
    assert app.selectbox(key="generate.run").value == "new run"


def test_a_model_that_cannot_be_opened_is_refused_with_a_hint(demo_app: AppTest) -> None:
    app = chosen(opened(demo_app), model="type a model")
    app.text_input(key="generate.model.spec").input("openai:nowhere#m").run()
    assert not app.exception
    assert "no endpoint is named 'nowhere'" in words(app)


def test_a_paused_run_goes_on(demo_app: AppTest) -> None:
    space = resources.workspace()
    generation.generate(
        space,
        recipe="meld-balanced",
        like="demo-sitcom",
        utterances=60,
        model="replay:",
        seed=5,
        name="half",
        stop=lambda: RunState.PAUSED,
    )
    app = opened(demo_app, run="half")
    app.button(key="generate.resume").click().run()
    assert not app.exception
    (job,) = jobs.under_way(space)
    assert (job.kind, job.arguments) == ("resume", {"run_id": "half"})
    jobs.work(space, once=True)
    assert "60 of 60" in words(app.run()) or generation.report(space, "half").state is RunState.COMPLETE


def test_a_gap_of_a_train_split_becomes_a_repair_of_it(demo_app: AppTest) -> None:
    wanted = dict.fromkeys(("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear"), 1 / 7)
    demo_app.session_state["generate.shares"] = {"fear": 1.0}
    demo_app.session_state["generate.wanted"] = wanted
    demo_app.session_state["generate.like"] = "demo-sitcom"
    demo_app.session_state["generate.gap"] = 90
    app = opened(demo_app)
    assert not app.exception
    assert "Adds what the train split lacks" in words(app)
    app.button(key="generate.start").click().run()
    (job,) = jobs.under_way(resources.workspace())
    assert (job.arguments["target"], job.arguments["utterances"]) == ("repair", 90)
    assert job.arguments["shares"] == pytest.approx(wanted)


def test_a_repair_may_add_all_that_is_missing(demo_app: AppTest) -> None:
    app = chosen(opened(demo_app), target="repair")
    assert not app.exception
    assert "The repair needs " in words(app)
    app = chosen(app, name="filled")
    app.button(key="generate.start").click().run()
    (job,) = jobs.under_way(resources.workspace())
    assert "utterances" not in job.arguments
    assert (job.arguments["target"], job.arguments["toward"]) == ("repair", "even")


def test_a_run_that_fell_short_shows_the_evidence_for_each_label(demo_app: AppTest) -> None:
    space = resources.workspace()
    generation.generate(
        space,
        recipe="meld-balanced",
        like="demo-sitcom",
        utterances=300,
        model="replay:?faults=turn_count:0.5",
        seed=5,
        name="short",
        max_attempts=30,
    )
    app = opened(demo_app, run="short")
    assert not app.exception
    (table,) = [frame.value for frame in app.dataframe if "verdict" in frame.value]
    assert list(table["wanted"]) == [43] * 7
    assert set(table["verdict"]) == {"over budget"}
    assert "turn count" in table["refused utterances"][0]


def test_who_verifies_and_how_often_turns_are_mended_goes_into_the_order(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.text_input(key="generate.judge").input("openai:lab#judge")
    app.number_input(key="generate.threshold").set_value(0.7)
    app = chosen(app, utterances=60, name="checked")
    assert app.number_input(key="generate.repairs").disabled  # recorded text cannot be written again
    app.button(key="generate.start").click().run()
    assert not app.exception
    (job,) = jobs.under_way(resources.workspace())
    asked = {name: job.arguments[name] for name in ("judge", "votes", "below", "threshold", "repairs")}
    assert asked == {"judge": "openai:lab#judge", "votes": 3, "below": "mask", "threshold": 0.7, "repairs": 0}


def test_a_verified_run_shows_verdicts_what_is_not_known_and_hands_a_blind_sample_to_review(demo_app: AppTest) -> None:
    space = resources.workspace()
    assert "No label of this set was verified yet." in words(opened(demo_app, run="demo-balanced"))
    verifier = Verifier("llm:test", VerifierKind.LLM, "openai:lab#judge", 1)
    found = space.store.corpora.get("demo-balanced").dialogues
    rows = [
        Verdict("demo-balanced", d.id, u.id, verifier.id, text, u.label, Opinion({"neutral": 1}), "a warning")
        for d in found
        for u, text in zip(d.utterances, turn_hashes(d), strict=True)
    ]
    space.store.verdicts.add(verifier, rows)
    app = opened(demo_app, run="demo-balanced")
    assert not app.exception
    assert "Verification" in [s.value for s in app.subheader]
    assert "a warning" in words(app)
    assert "Not known: no sample was drawn for review yet" in words(app)
    app.button(key="generate.check").click().run()
    assert not app.exception
    (name,) = space.store.verdicts.samples("demo-balanced")
    assert name == "demo-balanced-check-1"


def test_a_verifier_can_be_asked_about_a_finished_set(demo_app: AppTest) -> None:
    space = resources.workspace()
    app = opened(demo_app, run="demo-balanced")
    assert app.button(key="generate.verify").disabled
    app.text_input(key="generate.verify.judge").input("hf:/etc").run()
    app.button(key="generate.verify").click().run()
    assert "the app loads no model from elsewhere" in words(app)
    app.text_input(key="generate.verify.judge").input("").run()
    model = app.selectbox(key="generate.verify.classifier").options[0]
    app.selectbox(key="generate.verify.classifier").select(model).run()
    app.button(key="generate.verify").click().run()
    assert not app.exception
    jobs.work(space, once=True)
    app.run()
    assert not app.exception
    assert "verdicts on the intended labels" in words(app)
    assert {v.verifier for v in space.store.verdicts.of("demo-balanced")} == {f"model:{model}"}


def test_a_local_model_says_what_it_runs_on_and_how_many_at_once_suit_it(demo_app: AppTest, small_model: Path) -> None:
    home = resources.workspace().home
    shutil.copytree(small_model, home / "models" / "small", dirs_exist_ok=True)
    resources.workspace.clear()
    app = chosen(opened(demo_app), model="local model small")
    assert not app.exception
    assert "on cpu in float32, with its own chat template. 8 requests at once suit it." in words(app)
    assert app.number_input(key="generate.window.local").value == 8


def test_a_typed_local_model_outside_the_folders_of_the_app_is_refused(demo_app: AppTest, small_model: Path) -> None:
    app = chosen(opened(demo_app), **{"model": "type a model", "model.spec": f"hf:{small_model}"})
    assert not app.exception
    assert "the app loads no model from elsewhere" in words(app)
    assert not [button for button in app.button if button.key == "generate.start"]


def test_a_typed_judge_outside_the_folders_of_the_app_is_refused_too(demo_app: AppTest, small_model: Path) -> None:
    app = opened(demo_app)
    app.text_input(key="generate.judge").input(f"hf:{small_model}").run()
    assert "the app loads no model from elsewhere" in words(app)
    assert not [button for button in app.button if button.key == "generate.start"]
