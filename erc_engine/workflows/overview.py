"""Where a workspace stands: its corpora, runs, versions and trained classifiers in numbers, and what comes next.

    seen = overview(workspace)
    seen.corpora[0].utterances                             # 1160
    [(s.name, s.state) for s in seen.steps]                # [("Import", DONE), …, ("Review", NEXT), …]

A step is done when the store holds something that only it leaves behind; nothing is ticked off by opening a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from erc_engine.domain.conversation import Origin
from erc_engine.domain.experiment import DatasetVersion, TrainingRun
from erc_engine.domain.generation_runs import Books, RunSettings, RunState
from erc_engine.domain.jobs import Job
from erc_engine.store.browsing import Standing
from erc_engine.workflows import browsing, jobs
from erc_engine.workflows.browsing import CorpusShape
from erc_engine.workflows.experiments import dev_scores
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

_STANDING: Remembered[Standing] = Remembered(8)


class StepState(StrEnum):
    DONE = "done"
    NEXT = "next"
    OPEN = "open"


@dataclass(frozen=True)
class LifeStep:
    """One step in the life of a dataset; `page` is where it is done, `evidence` what the store holds of it."""

    name: str
    page: str
    what: str
    evidence: str
    state: StepState


@dataclass(frozen=True)
class RunLine:
    """A generation run by its ledger: dialogues in `books`, utterances accepted of those wanted."""

    id: str
    settings: RunSettings
    state: RunState
    message: str
    books: Books
    utterances: int
    recorded: bool


@dataclass(frozen=True)
class TrainedLine:
    """A trained run by its dev scores (fractions of 1); None while it has none."""

    run: TrainingRun
    demo: bool
    weighted_f1: float | None
    interval: tuple[float, float] | None
    n: int
    dialogues: int


@dataclass(frozen=True)
class Overview:
    corpora: tuple[CorpusShape, ...]
    runs: tuple[RunLine, ...]
    versions: tuple[DatasetVersion, ...]
    trained: tuple[TrainedLine, ...]
    steps: tuple[LifeStep, ...]
    under_way: tuple[Job, ...]

    @property
    def empty(self) -> bool:
        return not (self.corpora or self.runs or self.versions)

    @property
    def has_demo(self) -> bool:
        return any(v.demo for v in self.versions)


def overview(workspace: Workspace) -> Overview:
    corpora = browsing.shapes(workspace)
    versions = frozen_versions(workspace)
    standing = _standing(workspace)
    trained = _trained(workspace, {v.name: v.demo for v in versions})
    runs = _runs(workspace, {c.stored.name: c for c in corpora})
    steps = life(corpora, runs, versions, trained, standing)
    return Overview(corpora, runs, versions, trained, steps, jobs.under_way(workspace))


def _standing(workspace: Workspace) -> Standing:
    key = (workspace.settings.database_url, workspace.store.browsing.standing_mark())
    return _STANDING.get(key, workspace.store.browsing.standing)


def frozen_versions(workspace: Workspace) -> tuple[DatasetVersion, ...]:
    return tuple(workspace.store.versions.get(name) for name in workspace.store.versions.names())


def _runs(workspace: Workspace, corpora: Mapping[str, CorpusShape]) -> tuple[RunLine, ...]:
    found = []
    for run in workspace.store.runs.list():
        corpus = corpora.get(run.settings.name)
        recorded = run.settings.model.startswith("replay:")
        books = workspace.store.runs.books(run.id)
        accepted = corpus.utterances if corpus else 0
        found.append(RunLine(run.id, run.settings, run.state, run.message, books, accepted, recorded))
    return tuple(found)


def _trained(workspace: Workspace, demo: Mapping[str, bool]) -> tuple[TrainedLine, ...]:
    found = []
    for run in workspace.store.training.list():
        dev = dev_scores(workspace, run)
        interval = dev.get("intervals", {}).get("weighted_f1")
        found.append(
            TrainedLine(
                run,
                demo.get(run.version, False),
                dev.get("weighted_f1"),
                (interval[0], interval[1]) if isinstance(interval, (list, tuple)) else None,
                dev.get("n", 0),
                dev.get("dialogues", 0),
            )
        )
    return tuple(found)


def life(
    corpora: tuple[CorpusShape, ...],
    runs: tuple[RunLine, ...],
    versions: tuple[DatasetVersion, ...],
    trained: tuple[TrainedLine, ...],
    standing: Standing,
) -> tuple[LifeStep, ...]:
    """The steps in order, the first that has left nothing behind as the next one."""
    sources = [c for c in corpora if c.stored.origin == Origin.IMPORTED or c.stored.kind != "generated"]
    accepted = sum(r.books.accepted for r in runs)
    human = standing.voted.get("human", 0) + standing.reviewed
    done = [t for t in trained if t.run.state == "done"]
    told = [
        ("Import", "datasets", "Bring in a benchmark or your own dialogues, and audit them", len(sources), "corpora"),
        ("Prompt", "prompt_studio", "Shape the recipe that a model writes from", standing.recipes, "recipes used"),
        ("Generate", "generate", "Write dialogues to a label plan", accepted, "dialogues accepted"),
        ("Dedupe", "dedupe", "Drop repeats and what a test split has too", standing.dropped, "dialogues dropped"),
        ("Review", "review", "Label dialogues blind, by keyboard", human, "utterances labelled"),
        ("Freeze", "datasets", "Make an immutable version of what is data", len(versions), "versions"),
        ("Train", "experiments", "Train classifiers on versions", len(done), "trained runs"),
        ("Evaluate", "experiments", "Compare on test, with intervals", standing.test_looks, "looks at test"),
    ]
    first_open = next((name for name, _, _, count, _ in told if not count), None)
    return tuple(
        LifeStep(
            name,
            page,
            what,
            f"{count:,} {_counted(count, noun)}" if count else "nothing yet",
            StepState.DONE if count else StepState.NEXT if name == first_open else StepState.OPEN,
        )
        for name, page, what, count, noun in told
    )


_SINGULAR = {
    "corpora": "corpus",
    "recipes used": "recipe used",
    "dialogues accepted": "dialogue accepted",
    "dialogues dropped": "dialogue dropped",
    "utterances labelled": "utterance labelled",
    "versions": "version",
    "trained runs": "trained run",
    "looks at test": "look at test",
}


def _counted(count: int, noun: str) -> str:
    return _SINGULAR[noun] if count == 1 else noun
