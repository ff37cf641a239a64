"""A ledger run again: over its stored replies, under other checks, and with its plans asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from erc_engine.domain.conversation import Dialogue, Origin
from erc_engine.domain.generation import TargetMode
from erc_engine.domain.generation_runs import AttemptState, RunReport, RunState
from erc_engine.errors import ConflictError, InputError, NotFoundError, RefusedError
from erc_engine.settings import Settings
from erc_engine.store.encoding import from_text, to_text
from erc_engine.workflows.generation import generate, report, rerun, resume
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.rejected_plans import rejection_counts, runs_to_mend
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.workflows.conftest import add_sitcom
from tests.workflows.two_versions import CAREFUL, LIVE, TellsTokens, add_versions, forgetful

FAULTY = "replay:?faults=all:0.3,near_duplicate:0.15"


@pytest.fixture
def sitcom(tmp_path: Path, assets: Path) -> Iterator[Workspace]:
    with open_workspace(Settings.from_environment({"ERC_HOME": str(tmp_path / "home")})) as workspace:
        add_sitcom(workspace, assets)
        yield workspace


def made(workspace: Workspace, **changes: Any) -> RunReport:
    arguments = {"recipe": "meld-balanced", "like": "sitcom", "utterances": 200, "model": FAULTY, "seed": 3}
    return generate(workspace, **(arguments | {"name": "made"} | changes))


def texts(workspace: Workspace, run: str) -> dict[str, list[tuple[str, str, str | None]]]:
    """Plan → turns of what was accepted and not trimmed."""
    return {
        a.plan: [(u.speaker, u.text, u.label) for u in a.dialogue.utterances]
        for a in workspace.store.runs.attempts(run)
        if a.dialogue is not None and not a.surplus
    }


def stricter(assets: Path, tmp_path: Path, before: str, after: str) -> str:
    text = (assets / "recipes" / "meld-balanced.yaml").read_text("utf-8")
    assert before in text
    (tmp_path / "stricter.yaml").write_text(text.replace(before, after), "utf-8")
    return str(tmp_path / "stricter.yaml")


@pytest.mark.parametrize("window", [1, 8])
def test_over_its_stored_replies_a_run_accepts_exactly_what_it_accepted(
    sitcom: Workspace, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(sitcom, window=window)
    monkeypatch.setattr("erc_engine.workflows.generation.open_model", None)  # no model is opened
    again = rerun(sitcom, "made", name="again")
    assert texts(sitcom, "again") == texts(sitcom, "made")
    same = ("state", "reasons", "labels", "utterances", "dialogues", "surplus", "distance", "injected", "recorded")
    assert {name: getattr(again, name) for name in same} == {name: getattr(first, name) for name in same}
    assert replace(again.books, lost=0) == replace(first.books, lost=0)
    assert first.reasons["near_duplicate"] > 0
    assert sitcom.store.corpora.stored("again").origin is Origin.RECORDED
    assert rerun(sitcom, "made", name="again") == again


def test_under_stricter_checks_the_same_replies_give_less(sitcom: Workspace, assets: Path, tmp_path: Path) -> None:
    first = made(sitcom)
    recipe = stricter(assets, tmp_path, "max_words: 60", "max_words: 20")
    again = rerun(sitcom, "made", name="again", recipe=recipe)
    assert again.state is RunState.INFEASIBLE
    assert again.message.startswith("the ledger of 'made' has no more replies: ")
    assert again.reasons["too_long"] > first.reasons.get("too_long", 0)
    kept, before = texts(sitcom, "again"), texts(sitcom, "made")
    assert kept.items() < before.items()
    assert all(len(text.split()) <= 20 for turns in kept.values() for _, text, _ in turns)


def test_a_rerun_that_was_stopped_goes_on_to_the_same_end(sitcom: Workspace) -> None:
    made(sitcom, window=8)
    asked = iter(range(100))
    stopped = rerun(sitcom, "made", name="again", stop=lambda: RunState.PAUSED if next(asked) >= 6 else None)
    assert (stopped.state, stopped.books.submitted) == (RunState.PAUSED, 6)
    assert resume(sitcom, "again").state is RunState.COMPLETE
    assert texts(sitcom, "again") == texts(sitcom, "made")


def test_with_the_same_model_the_plans_are_asked_for_again_with_the_same_seeds(sitcom: Workspace) -> None:
    made(sitcom)
    again = rerun(sitcom, "made", name="again", model="same")
    plans, seeds = [
        [[getattr(row, name) for row in rows] for run in ("made", "again") for rows in [list(read(run))]]
        for read, name in ((sitcom.store.ledger.plans, "ordinal"), (sitcom.store.runs.attempts, "seed"))
    ]
    assert plans[0] == plans[1]
    assert seeds[0] == seeds[1]
    assert again.state is RunState.COMPLETE
    assert texts(sitcom, "again") == texts(sitcom, "made")


def test_a_model_without_faults_needs_fewer_of_the_plans_and_ends_when_enough_is_there(sitcom: Workspace) -> None:
    made(sitcom)
    again = rerun(sitcom, "made", name="again", model="replay:")
    assert again.reasons == {}
    assert again.books.submitted < report(sitcom, "made").books.submitted
    old = {plan.id: plan for plan in sitcom.store.ledger.plans("made")}
    assert all(plan == old[plan.id] for plan in sitcom.store.ledger.plans("again"))


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"run_id": "radio"}, NotFoundError, "radio"),
        ({"name": "sitcom"}, ConflictError, "is a corpus already"),
        ({"recipe": "emorynlp-balanced"}, RefusedError, "other labels"),
        ({"name": "made"}, ConflictError, "other arguments"),
    ],
)
def test_reruns_that_cannot_be_are_refused(
    sitcom: Workspace, changes: dict[str, Any], kind: type[Exception], said: str
) -> None:
    made(sitcom, utterances=20)
    with pytest.raises(kind, match=said):
        rerun(sitcom, **({"run_id": "made", "name": "again"} | changes))


# --- repairs -----------------------------------------------------------------------------------------------


def test_a_repair_adds_what_train_lacks_and_reports_both_together(sitcom: Workspace) -> None:
    train = sitcom.store.corpora.get("sitcom").distribution("train").counts  # type: ignore[arg-type]
    found = made(sitcom, target="repair", utterances=150, model="replay:")
    assert found.repair is not None
    assert found.repair.real == train
    assert found.repair.distance_after < found.repair.distance_before
    assert found.target["neutral"] == 0  # there is plenty of it
    assert sitcom.store.runs.get("made").settings.target is TargetMode.REPAIR
    needed = 7 * max(train.values()) - sum(train.values())
    with pytest.raises(ConflictError, match=f"utterances: 150 → {needed}"):
        made(sitcom, target="repair", utterances=None, model="replay:")


def test_a_repair_towards_roots_needs_less(sitcom: Workspace) -> None:
    counts = sitcom.store.corpora.get("sitcom").distribution("train").counts  # type: ignore[arg-type]
    most = max(counts, key=lambda label: counts[label])
    roots = {label: n**0.5 for label, n in counts.items()}
    needed = round(sum(counts[most] / roots[most] * root - counts[label] for label, root in roots.items()))
    found = made(sitcom, target="repair", toward="root", utterances=None, model="replay:", max_attempts=3)
    assert sitcom.store.runs.get("made").settings.utterances == needed
    assert found.state is RunState.INFEASIBLE
    assert [e.label for e in found.evidence if e.over_budget]
    assert sum(e.wanted for e in found.evidence) == pytest.approx(needed, abs=4)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target": "even"}, "there is no target 'even'"),
        ({"target": "balanced", "shares": {"joy": 1.0}}, "has its own label shares"),
        ({"target": "matched", "utterances": None}, "the number of utterances is missing"),
        ({"target": "custom"}, "needs its shares"),
        ({"max_tokens": 0}, "tokens cannot be 0"),
        ({"target": "repair", "shares": {"glee": 1.0}}, "wanted shares cannot be used"),
    ],
)
def test_targets_that_cannot_be_are_refused(sitcom: Workspace, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        made(sitcom, **changes)
    assert sitcom.store.runs.list() == ()


def test_tokens_of_recorded_text_cannot_be_bounded(sitcom: Workspace) -> None:
    with pytest.raises(RefusedError, match="tells no tokens"):
        made(sitcom, max_tokens=1_000)
    assert sitcom.store.runs.list() == ()


# --- what is stored ----------------------------------------------------------------------------------------


def test_runs_stored_before_there_were_targets_and_token_bounds_still_open(sitcom: Workspace) -> None:
    made(sitcom, utterances=20)
    settings = sitcom.store.runs.get("made").settings
    new = ("target", "toward", "max_tokens", "replays", "plans_of")
    old = {name: value for name, value in vars(settings).items() if name not in new}
    assert from_text(type(settings), to_text(old)) == settings


def test_the_ledger_is_read_row_by_row_as_it_was_written(sitcom: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made(sitcom, window=8)
    monkeypatch.setattr("erc_engine.store.ledger._AT_ONCE", 7)
    attempts, ledger = list(sitcom.store.runs.attempts("made")), sitcom.store.ledger
    assert [(o.plan, o.state, o.reason, o.surplus) for o in ledger.outcomes("made")] == [
        (a.plan, a.state, a.reason, a.surplus) for a in attempts
    ]
    labels = [o.labels for o in ledger.outcomes("made") if o.labels is not None]
    assert labels == [a.dialogue.labels for a in attempts if isinstance(a.dialogue, Dialogue)]
    assert tuple(ledger.plans("made")) == sitcom.store.runs.plans("made")
    assert list(ledger.expected("made")) == [(p.ordinal, p.expected) for p in ledger.plans("made")]
    ended = list(ledger.as_they_ended("made"))
    assert sorted(ended, key=lambda a: a.id) == sorted(attempts, key=lambda a: a.id)
    assert {a.state for a in ended} <= {AttemptState.ACCEPTED, AttemptState.REJECTED, AttemptState.FAILED}
    with pytest.raises(NotFoundError):
        ledger.plan("made", "p99999")


def test_only_the_plans_rejected_for_a_reason_are_asked_for_again(
    sitcom: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = TellsTokens(forgetful)
    monkeypatch.setattr("erc_engine.workflows.generation.open_model", lambda spec, **given: live)
    plain, careful = add_versions(sitcom, "You write dialogues.", f"You write dialogues. {CAREFUL}")
    first = made(sitcom, recipe=plain, model=LIVE, utterances=120)
    counts = rejection_counts(sitcom, "made")
    assert list(counts) == ["turn_count"]
    assert 0 < counts["turn_count"] <= first.reasons["turn_count"]
    assert runs_to_mend(sitcom, find_recipe(sitcom, careful)) == ("made",)
    asked = len(live.requests)
    mended = rerun(sitcom, "made", name="mended", recipe=careful, model="same", only="turn_count")
    assert mended.state is RunState.COMPLETE
    assert (mended.dialogues, mended.reasons) == (counts["turn_count"], {})
    assert len(live.requests) - asked == counts["turn_count"]
    again = [(p.speakers, p.budget, p.attributes) for p in sitcom.store.runs.plans("mended")]
    rejected = {a.plan for a in sitcom.store.runs.attempts("made") if a.reason == "turn_count"}
    assert again == [(p.speakers, p.budget, p.attributes) for p in sitcom.store.runs.plans("made") if p.id in rejected]
    assert rerun(sitcom, "made", name="mended", recipe=careful, model="same", only="turn_count") == mended


def test_a_reason_that_no_reply_was_rejected_for_is_refused_and_so_is_one_without_a_model(sitcom: Workspace) -> None:
    made(sitcom)
    with pytest.raises(NotFoundError, match="no reply of run 'made' was rejected for 'boredom'"):
        rerun(sitcom, "made", name="again", model="same", only="boredom")
    with pytest.raises(InputError, match="asked for anew"):
        rerun(sitcom, "made", name="again", only="turn_count")
