"""Prompt studio, section A/B: what can be shown beforehand, a lab as a job, its result, and promoting."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.workflows import jobs
from erc_engine.workflows.generation import generate, report
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.rejected_plans import rejection_counts
from erc_engine.workflows.run_orders import like_choices
from tests.generation.builders import ObedientModel
from tests.pages.test_prompt_studio import opened, words
from tests.workflows.two_versions import CAREFUL, LIVE, TellsTokens, add_versions, forgetful
from ui import resources

PLAIN = "You write dialogues."


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> ObedientModel:
    model = TellsTokens(forgetful)
    monkeypatch.setattr("erc_engine.workflows.prompt_lab.open_model", lambda spec, **given: model)
    return model


def two_versions(app: AppTest) -> AppTest:
    """The studio opened at the second of two versions, with a typed model for the A/B."""
    space = resources.workspace()
    _, careful = add_versions(space, PLAIN, f"{PLAIN} {CAREFUL}")
    opened(app, recipe=find_recipe(space, careful).hash)
    app.selectbox(key="prompt_lab.model").select("type a model").run()
    return app.text_input(key="prompt_lab.model.spec").input(LIVE).run()


def test_recorded_text_is_refused_with_its_reason(demo_app: AppTest) -> None:
    add_versions(resources.workspace(), PLAIN)
    app = opened(demo_app, recipe="meld-balanced")
    assert not app.exception
    assert "both versions would get the same replies" in words(app)
    assert app.button(key="prompt_lab.run").disabled


def test_what_so_many_plans_can_show_is_said_before_anything_is_asked(demo_app: AppTest, live: ObedientModel) -> None:
    app = two_versions(demo_app)
    assert not app.exception
    assert "40 plans show a difference of 24 points in the accepted rate in 80 % of labs" in words(app)
    app.number_input(key="prompt_lab.plans").set_value(200).run()
    assert "200 plans show a difference of 11 points" in words(app)
    assert live.requests == []


def test_a_lab_runs_as_a_job_and_its_winner_is_promoted(demo_app: AppTest, live: ObedientModel) -> None:
    app = two_versions(demo_app)
    space = resources.workspace()
    app.number_input(key="prompt_lab.plans").set_value(24).run()
    app.button(key="prompt_lab.run").click().run()
    [job] = [job for job in jobs.under_way(space) if job.kind == "lab"]
    assert [bar.proto.text for bar in app.get("progress")] == [r"lab\: waiting for the worker"]
    jobs.work(space, once=True)
    app.run()
    assert not app.exception
    assert "B is accepted more often than A: accepted" in words(app)
    assert len(live.requests) == 48
    assert "Plans are what is resampled" in words(app)
    [lab] = space.store.labs.list()
    app.toggle(key=f"prompt_lab.only.{lab.id}").set_value(True).run()
    assert "rejected: turn count" in words(app)
    assert "accepted ✓" in words(app)
    app.button(key=f"prompt_lab.promote.{lab.id}").click().run()
    assert not app.exception
    assert find_recipe(space, "meld-balanced").hash == lab.settings.b
    assert [(p.hash, p.why) for p in space.store.recipes.promotions()] == [(lab.settings.b, lab.id)]
    assert job.arguments["plans"] == 24


def test_without_a_live_run_there_is_nothing_to_apply_a_fix_to(demo_app: AppTest) -> None:
    app = opened(demo_app, recipe="meld-balanced")
    assert "No run of a live model with these labels has rejected replies." in words(app)


def test_a_fix_is_applied_to_all_plans_rejected_for_the_same_reason(
    demo_app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erc_engine.workflows.generation.open_model", lambda spec, **given: TellsTokens(forgetful))
    space = resources.workspace()
    plain, careful = add_versions(space, PLAIN, f"{PLAIN} {CAREFUL}")
    like = next(c.name for c in like_choices(space) if c.scheme.name == "meld")
    generate(space, recipe=plain, like=like, utterances=60, model=LIVE, seed=1, name="made")
    wanted = rejection_counts(space, "made")["turn_count"]
    app = opened(demo_app, recipe=find_recipe(space, careful).hash)
    app.button(key="prompt_mend.go").click().run()
    assert not app.exception
    jobs.work(space, once=True)
    app.run()
    assert not app.exception
    mended = report(space, "made-mended-1")
    assert (mended.dialogues, mended.reasons) == (wanted, {})
    assert space.store.runs.get("made-mended-1").settings.recipe == find_recipe(space, careful).hash
