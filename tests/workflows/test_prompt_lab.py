"""Prompt lab: a better prompt is found out, an equal one is not, and no reply is asked for twice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from erc_engine.domain.generation import ChatRequest
from erc_engine.domain.jobs import JobState
from erc_engine.domain.labels import scheme
from erc_engine.domain.prompt_lab import Arm, LabReport, ReplyState
from erc_engine.errors import InputError, ModelError, RefusedError
from erc_engine.jobs.context import JobStopped
from erc_engine.store.labs import Labs
from erc_engine.workflows import jobs
from erc_engine.workflows.experiments import train
from erc_engine.workflows.lab_confirmation import confirmer
from erc_engine.workflows.lab_words import detectable_words, verdict
from erc_engine.workflows.prompt_lab import compare_prompts, detectable, lab_report, labs, why_not
from erc_engine.workflows.prompt_studio import draft, save
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace
from tests.generation.builders import PLAN_AS_TEXT, ObedientModel
from tests.workflows.two_versions import CAREFUL, LIVE, TellsTokens, add_versions, forgetful

PLAIN = "You write dialogues."
Compare = Callable[..., LabReport]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ObedientModel:
    live = TellsTokens(forgetful)
    monkeypatch.setattr("erc_engine.workflows.prompt_lab.open_model", lambda spec, **given: live)
    return live


@pytest.fixture
def compare(sitcom: Workspace, model: ObedientModel) -> Compare:
    def run(a: str, b: str, **changes: Any) -> LabReport:
        return compare_prompts(sitcom, **({"a": a, "b": b, "like": "sitcom", "model": LIVE, "plans": 40} | changes))

    return run


def test_a_prompt_that_is_obeyed_more_often_is_found_out(sitcom: Workspace, compare: Compare) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    report = compare(a, b)
    main = report.main
    assert (main.name, main.b, report.complete, report.replied) == ("accepted", 1.0, True, 80)
    assert main.a is not None
    refused = round(40 * (1 - main.a))
    assert 10 <= refused <= 30
    assert main.difference.value == pytest.approx(refused / 40)
    assert main.p == pytest.approx(2 * 0.5**refused)  # all discordant plans on one side
    assert report.reasons == {"a": {"turn_count": refused}, "b": {}}
    assert report.discordance == pytest.approx(refused / 40)
    assert report.shown
    assert verdict(report).startswith("B is accepted more often than A: accepted ")


def test_what_was_written_is_measured_plan_by_plan(sitcom: Workspace, compare: Compare) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    found = {outcome.name: outcome for outcome in compare(a, b).outcomes}
    assert next(iter(found)) == "accepted"
    assert found["label fidelity"].b == 1.0
    assert 0.8 < (found["label fidelity"].a or 0) < 1.0  # one turn of some dialogues is missing
    assert (found["words a turn"].a, found["words a turn"].b) == (6.0, 6.0)
    assert found["words a turn"].p == 1.0
    assert found["seconds"].difference.value == 0.0
    assert (found["reply tokens"].difference.value or 0) > 0
    corrected = [(o.p, o.p_holm) for o in found.values() if o.p is not None]
    assert all(p_holm >= p for p, p_holm in corrected if p_holm is not None)
    assert found["accepted"].p_holm == pytest.approx(8 * (found["accepted"].p or 0))  # the smallest p of eight


def test_both_versions_get_the_same_plans_and_seeds_and_take_turns_in_being_first(
    sitcom: Workspace, compare: Compare, model: ObedientModel
) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    compare(a, b, plans=6, replies=2)
    asked: dict[str, list[tuple[str, int]]] = {"a": [], "b": []}
    for request in model.requests:
        asked[request.id.split("/")[1]].append((request.messages[1].content, request.seed))
    assert asked["a"] == asked["b"]
    assert len(set(asked["a"])) == 12
    assert [request.id.split("/")[1] for request in model.requests[:4]] == ["a", "b", "b", "a"]


def test_two_texts_that_the_model_takes_for_the_same_show_no_difference(sitcom: Workspace, compare: Compare) -> None:
    a, b = add_versions(sitcom, PLAIN, "You write dialogues of plain people.")
    report = compare(a, b)
    assert report.main.difference.value == 0.0
    assert (report.main.p, report.shown) == (1.0, False)
    assert all(outcome.p == 1.0 for outcome in report.outcomes)
    assert verdict(report).startswith("No difference shown between A and B: accepted ")


def test_a_stopped_lab_goes_on_and_asks_for_no_reply_twice(
    sitcom: Workspace, compare: Compare, model: ObedientModel
) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")

    def stop_at_21(there: int, asked: int) -> None:
        if there == 21:
            raise JobStopped("enough for now")

    with pytest.raises(JobStopped):
        compare(a, b, progress=stop_at_21)
    [stored] = labs(sitcom)
    so_far = lab_report(sitcom, stored.id)
    assert (so_far.replied, so_far.asked, so_far.complete) == (21, 80, False)
    assert "So far: 21 of 80 replies." in verdict(so_far)
    report = compare(a, b)
    assert report.complete
    assert len(model.requests) == 80
    assert len({request.id for request in model.requests}) == 80
    uninterrupted = compare(a, b, seed=1)
    assert uninterrupted == report
    assert len(model.requests) == 80


def test_what_was_stored_when_the_process_died_is_not_asked_for_again(
    sitcom: Workspace, compare: Compare, model: ObedientModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    whole = Labs.add_reply

    def dies(self: Labs, reply: Any) -> None:
        if len(model.requests) == 15:
            raise SystemExit  # this reply has come and is not stored: it is lost with the process
        whole(self, reply)

    with monkeypatch.context() as patched:
        patched.setattr(Labs, "add_reply", dies)
        with pytest.raises(SystemExit):
            compare(a, b, plans=10)
    report = compare(a, b, plans=10)
    assert report.complete
    assert len(model.requests) == 20 + 1
    assert [r.number for r in sitcom.store.labs.replies(report.id)] == [0] * 20


def test_replies_that_failed_are_kept_and_asked_for_again(
    sitcom: Workspace, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")

    def third_is_late(request: ChatRequest, draw: random.Random) -> ModelError | None:
        return ModelError("no answer in 5 s", code="timeout") if request.id.endswith("p00002/0") else None

    down = ObedientModel(third_is_late)
    monkeypatch.setattr("erc_engine.workflows.prompt_lab.open_model", lambda spec, **given: down)
    report = compare(a, b, plans=4)
    assert (report.replied, report.complete) == (6, False)
    assert report.main.difference.n == 3
    failed = [cell for cell in report.cells if cell.state is ReplyState.FAILED]
    assert [(cell.arm, cell.plan, cell.reason) for cell in failed] == [
        (Arm.A, "p00002", "timeout"),
        (Arm.B, "p00002", "timeout"),
    ]
    assert report.notes == ("2 replies are missing; the same lab again asks for them",)
    monkeypatch.setattr("erc_engine.workflows.prompt_lab.open_model", lambda spec, **given: ObedientModel())
    again = compare(a, b, plans=4)
    assert (again.id, again.replied, again.complete) == (report.id, 8, True)
    assert len(sitcom.store.labs.replies(report.id)) == 10


def test_a_server_that_is_down_ends_it_after_ten_failures(
    sitcom: Workspace, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    down = ObedientModel(lambda request, draw: ModelError("nobody listens", code="connection"))
    monkeypatch.setattr("erc_engine.workflows.prompt_lab.open_model", lambda spec, **given: down)
    with pytest.raises(ModelError, match="nobody listens"):
        compare(a, b)
    assert len(down.requests) == 10


def test_recorded_text_is_refused_for_it_reads_no_prompt(sitcom: Workspace) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    with pytest.raises(RefusedError, match="does not read the prompt"):
        compare_prompts(sitcom, a=a, b=b, like="sitcom", model="replay:")
    assert labs(sitcom) == ()


def test_versions_without_a_common_plan_are_refused_with_why(sitcom: Workspace, compare: Compare) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    with pytest.raises(RefusedError, match="the same version"):
        compare(a, a)
    with pytest.raises(RefusedError, match="no plan fits both"):
        compare(a, "emorynlp-balanced")
    base = find_recipe(sitcom, a)
    free = draft(base, PLAIN, PLAN_AS_TEXT, "free").recipe
    assert free is not None
    text = free.text.replace(f"label_mode: {base.label_mode}", "label_mode: free")
    path = Path(sitcom.home) / "free.yaml"
    path.write_text(text, "utf-8")
    assert (
        why_not(sitcom, a, str(path), "sitcom") == f"A has the label mode {base.label_mode}, B free: no plan fits both"
    )
    assert why_not(sitcom, a, b, "sitcom") == ""
    with pytest.raises(InputError, match="0 plans"):
        compare(a, b, plans=0)


def test_what_can_be_shown_is_said_beforehand_from_earlier_labs_once_there_are_enough(
    sitcom: Workspace, compare: Compare
) -> None:
    before = detectable(sitcom, model=LIVE, plans=40)
    assert (before.assumed, before.discordance, before.difference) == (True, 0.3, 0.243)
    assert detectable_words(before) == (
        "40 plans show a difference of 24 points in the accepted rate in 80 % of labs (α = 0.05), "
        "if the versions disagree on 30 % of plans (assumed)."
    )
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    report = compare(a, b)
    assert report.detectable == before
    after = detectable(sitcom, model=LIVE, plans=40)
    assert (after.assumed, after.discordance) == (False, report.discordance)
    assert detectable(sitcom, model="openai:other#model", plans=40).assumed


def test_different_checks_are_those_of_a_for_both(sitcom: Workspace, compare: Compare) -> None:
    [a] = add_versions(sitcom, PLAIN)
    base = find_recipe(sitcom, a)
    lenient = draft(base, PLAIN, PLAN_AS_TEXT, "lenient").recipe
    assert lenient is not None
    path = Path(sitcom.home) / "lenient.yaml"
    path.write_text(lenient.text.replace(f"max_words: {base.checks.max_words}", "max_words: 5"), "utf-8")
    assert find_recipe(sitcom, str(path)).checks.max_words == 5
    report = compare(a, str(path), plans=5)
    assert report.notes == ("the versions have different checks: both are judged by those of A",)
    assert report.main.a == report.main.b


def test_as_a_job_it_says_how_far_it_is(sitcom: Workspace, model: ObedientModel) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    job = jobs.submit(sitcom, "lab", {"a": a, "b": b, "like": "sitcom", "model": LIVE, "plans": 5})
    jobs.work(sitcom, once=True)
    ended = jobs.job(sitcom, job.id)
    assert (ended.state, ended.message) == (JobState.DONE, "10 of 10 replies")
    assert (ended.result or {})["replied"] == 10


def test_a_saved_version_is_promoted_for_its_name(sitcom: Workspace) -> None:
    base = find_recipe(sitcom, "meld-balanced")
    made = draft(base, PLAIN, PLAN_AS_TEXT).recipe
    assert made is not None
    saved = save(sitcom, base, made)
    assert find_recipe(sitcom, "meld-balanced") == base
    sitcom.store.recipes.promote("meld-balanced", saved.hash, who="Ana", why="lab-1c2d3e4f")
    assert find_recipe(sitcom, "meld-balanced").hash == saved.hash


def test_a_cancelled_job_keeps_its_replies_and_the_same_lab_goes_on(
    sitcom: Workspace, compare: Compare, model: ObedientModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    job = jobs.submit(sitcom, "lab", {"a": a, "b": b, "like": "sitcom", "model": LIVE, "plans": 10})
    whole = Labs.add_reply

    def cancelling(self: Labs, reply: Any) -> None:
        whole(self, reply)
        if len(model.requests) == 7:
            jobs.cancel(sitcom, job.id)
            time.sleep(0.3)  # progress is written at most five times a second, and then told to stop

    with monkeypatch.context() as patched:
        patched.setattr(Labs, "add_reply", cancelling)
        jobs.work(sitcom, once=True)
    assert jobs.job(sitcom, job.id).state is JobState.CANCELLED
    so_far = len(model.requests)
    assert 7 <= so_far < 20
    assert lab_report(sitcom, labs(sitcom)[0].id).replied == so_far
    assert compare(a, b, plans=10).complete
    assert len(model.requests) == 20


def test_a_trained_classifier_can_read_the_labels_as_well(sitcom: Workspace, compare: Compare) -> None:
    freeze(sitcom, "v1", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    run = train(sitcom, "v1", classifier="majority", seed=1)
    a, b = add_versions(sitcom, PLAIN, f"{PLAIN} {CAREFUL}")
    report = compare(a, b, plans=12, confirm=run.id)
    confirmed = {outcome.name: outcome for outcome in report.outcomes}["confirmed labels"]
    # the majority model says neutral to everything: it confirms just the neutral turns
    plans = labs(sitcom)[0].plans
    assert confirmed.b == pytest.approx(sum(p.budget.get("neutral", 0) / p.turns for p in plans) / 12)
    assert confirmed.difference.n == 12
    assert compare(a, b, plans=12).id != report.id


def test_a_run_of_other_labels_cannot_confirm(sitcom: Workspace, compare: Compare) -> None:
    freeze(sitcom, "v1", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    run = train(sitcom, "v1", classifier="majority", seed=1)
    with pytest.raises(RefusedError, match="the recipes write"):
        confirmer(sitcom, run.id, scheme("emorynlp"))
