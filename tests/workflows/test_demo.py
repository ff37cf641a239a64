"""The demo workspace: what is planted in it, that it says what it is, and that it goes on after a break."""

from __future__ import annotations

from typing import Any

import pytest

from erc_engine.domain.conversation import Origin, Split
from erc_engine.domain.generation_runs import RunState
from erc_engine.errors import RefusedError, UnavailableError
from erc_engine.workflows import demo as demo_workspace
from erc_engine.workflows import experiments, versions
from erc_engine.workflows.demo import BALANCED, COPIES, CORPUS, DemoReport, demo
from erc_engine.workflows.workspace import Workspace


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The floor in place of tf-idf: what the demo does around it is the same."""
    train = experiments.train
    monkeypatch.setattr(
        demo_workspace.experiments,
        "train",
        lambda workspace, version, classifier, seed: train(workspace, version, "majority", seed),
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_workspace, "UTTERANCES", 150)


def states(report: DemoReport) -> dict[str, Any]:
    """All of a report but the looks at test, which go on counting."""
    data = report.to_json()
    for evaluation in data["evaluations"]:
        del evaluation["test_looks"]
    return data


def test_the_demo_is_made_of_recordings_and_says_so(workspace: Workspace) -> None:
    steps: list[str] = []
    report = demo(workspace, say=steps.append)
    assert [step.split(",")[0] for step in steps] == [
        "importing the recorded demo corpus",
        "generating 1000 utterances to a balanced plan",
        "looking for the planted copies",
        "importing the votes of three language model annotators",
        "freezing demo-real",
        "freezing demo-mixed",
        "comparing the two",
    ]
    assert {name: split.dialogues for name, split in report.corpus.splits.items()} == {
        "train": 84,
        "dev": 12,
        "test": 24,
    }
    stored = [workspace.store.corpora.stored(name) for name in (CORPUS, BALANCED, COPIES)]
    assert {corpus.origin for corpus in stored} == {Origin.RECORDED}
    assert "recorded" in {fault.code for fault in report.corpus.faults}
    assert "planted" in {fault.code for fault in stored[2].faults}

    books = report.run.books
    assert report.run.state == RunState.COMPLETE
    assert report.run.recorded
    assert report.run.utterances >= 1000
    assert books.submitted == books.accepted + books.rejected + books.failed + books.lost + books.in_flight
    assert min(books.rejected, books.failed, report.run.injected) > 0

    assert [(c.keep, c.members[1:]) for c in report.duplicates.clusters] == [
        (f"original-{n}", (f"copy-{n}",)) for n in range(6)
    ]
    assert report.duplicates.contaminated == ("leak-0", "leak-1", "leak-2")

    (agreed,) = report.agreement
    assert (agreed.kind, agreed.annotators) == ("llm", 3)
    assert agreed.alpha.value is not None

    assert [e.version for e in report.evaluations] == ["demo-real", "demo-mixed"]
    assert all(e.demo and e.split == Split.TEST for e in report.evaluations)
    assert [report.comparison.a, report.comparison.b] == [e.run for e in report.evaluations]
    assert experiments.leaderboard(workspace) == ()


def test_planted_dialogues_tell_what_they_are(workspace: Workspace, small: None) -> None:
    demo(workspace)
    planted = {d.id: d.extra["planted"] for d in workspace.store.corpora.get(COPIES).dialogues}
    assert len(planted) == 15
    assert (planted["original-0"], planted["copy-0"]) == ("original", "copy of original-0")
    tests = {u.id: u.text for d in workspace.store.corpora.get(CORPUS).split(Split.TEST) for u in d.utterances}
    for leak in (d for d in workspace.store.corpora.get(COPIES).dialogues if d.id.startswith("leak")):
        carried = tests[str(leak.extra["planted"]).removeprefix("carries test turn ")]
        assert leak.utterances[-1].text == carried.upper()


def test_a_second_demo_only_reports_the_first(workspace: Workspace, small: None) -> None:
    first, second = demo(workspace), demo(workspace)
    assert states(first) == states(second)
    assert [e.test_looks for e in first.evaluations] == [1, 2]
    assert [e.test_looks for e in second.evaluations] == [5, 6]  # two of the comparison lie between


@pytest.mark.parametrize(
    "broken", [(versions, "freeze"), (experiments, "compare"), (demo_workspace.labels, "agreement")]
)
def test_a_demo_that_broke_off_goes_on_to_the_same_end(
    workspace: Workspace, small: None, monkeypatch: pytest.MonkeyPatch, broken: tuple[Any, str]
) -> None:
    def fails(*arguments: Any, **more: Any) -> None:
        raise UnavailableError("the disk is full")

    with monkeypatch.context() as once:
        once.setattr(*broken, fails)
        with pytest.raises(UnavailableError):
            demo(workspace)
    report = demo(workspace)
    assert report.run.state == RunState.COMPLETE
    assert len(report.evaluations) == 2
    assert len(report.duplicates.clusters) == 6


def test_what_the_demo_made_never_counts_as_a_benchmark(workspace: Workspace, small: None) -> None:
    demo(workspace)
    with pytest.raises(RefusedError, match="recorded and cannot be dev data"):
        versions.freeze(workspace, "v", train=[f"{CORPUS}:train"], dev=f"{CORPUS}:dev", test=f"{CORPUS}:test")
