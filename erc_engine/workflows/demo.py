"""The demo workspace: the whole life of a dataset on bundled recordings, offline, in one go.

demo-sitcom      the demo corpus: recorded dialogues with MELD's label shares, split 84 / 12 / 24
demo-balanced    a replayed generation with injected faults, to a balanced label plan
demo-copies      planted: near copies inside, and copies of the demo corpus's test turns
demo-real, demo-mixed   frozen versions, marked as demo, each with a trained baseline

Everything in it is recorded text of a large language model and says so; none of it is a benchmark result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from erc_engine.corpora.loading import Loaded, load
from erc_engine.domain.conversation import OWN_LICENCE, Corpus, Dialogue, Origin, Split, Utterance
from erc_engine.domain.curation import AgreementReport, AnnotatorKind, DuplicateReport
from erc_engine.domain.experiment import Comparison, Evaluation
from erc_engine.domain.generation_runs import RunReport
from erc_engine.domain.reports import CorpusSummary, Fault
from erc_engine.settings import assets_folder
from erc_engine.workflows import curation, datasets, experiments, generation, labels, versions
from erc_engine.workflows.workspace import Workspace

CORPUS, BALANCED, COPIES = "demo-sitcom", "demo-balanced", "demo-copies"
DEV_FROM, TEST_FROM = 84, 96
UTTERANCES = 1000
STEPS = 7  # that `demo` tells
MODEL = "replay:?faults=all:0.25"
RECORDED = Fault("recorded", 120, (), "text of a large language model, replayed; never a live model's or a person's")


@dataclass(frozen=True)
class DemoReport:
    corpus: CorpusSummary
    run: RunReport
    duplicates: DuplicateReport
    agreement: tuple[AgreementReport, ...]
    evaluations: tuple[Evaluation, ...]
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        return {
            "corpus": self.corpus.to_json(),
            "run": self.run.to_json(),
            "duplicates": self.duplicates.to_json(),
            "agreement": [a.to_json() for a in self.agreement],
            "evaluations": [e.to_json() for e in self.evaluations],
            "comparison": self.comparison.to_json(),
        }


def demo(workspace: Workspace, *, say: Callable[[str], None] = lambda step: None) -> DemoReport:
    """Build the demo workspace, or what is missing of it. `say` is told each step before it starts."""
    say("importing the recorded demo corpus")
    datasets.save_corpus(workspace, _demo_corpus())
    say(f"generating {UTTERANCES} utterances to a balanced plan, with injected faults")
    run = generation.generate(
        workspace,
        recipe="meld-balanced",
        like=CORPUS,
        utterances=UTTERANCES,
        model=MODEL,
        seed=1,
        name=BALANCED,
    )
    say("looking for the planted copies")
    datasets.save_corpus(workspace, _copies(workspace))
    found = curation.duplicates(workspace, COPIES, against=[f"{CORPUS}:test"])
    say("importing the votes of three language model annotators")
    labels.import_votes(
        workspace,
        CORPUS,
        assets_folder() / "recordings" / "votes.jsonl",
        kind=AnnotatorKind.LLM,
        skip_unknown=True,
    )
    agreed = labels.agreement(workspace, CORPUS)
    evaluations = []
    for name, train in (("demo-real", [f"{CORPUS}:train"]), ("demo-mixed", [f"{CORPUS}:train", BALANCED])):
        say(f"freezing {name}, training and evaluating a baseline on it")
        if name not in workspace.store.versions.names():  # a benchmark imported since must not change it
            versions.freeze(
                workspace,
                name,
                train=train,
                dev=f"{CORPUS}:dev",
                test=f"{CORPUS}:test",
                drop_contaminated=True,
                demo=True,
            )
        trained = experiments.train(workspace, name, "tfidf", 1)
        evaluations.append(experiments.evaluate(workspace, trained.id, Split.TEST, who="erc demo"))
    say("comparing the two")
    (comparison,) = experiments.compare(workspace, [e.run for e in evaluations], who="erc demo")
    summary = datasets.describe(workspace, CORPUS)
    return DemoReport(summary, run, found, agreed, tuple(evaluations), comparison)


def _demo_corpus() -> Loaded:
    """The matched recordings with the fixed split: the first 84 train, 12 dev, 24 test."""
    loaded = load("jsonl", assets_folder() / "recordings" / "meld-matched.jsonl", CORPUS)
    splits = [
        Split.TRAIN if i < DEV_FROM else Split.DEV if i < TEST_FROM else Split.TEST
        for i in range(len(loaded.corpus.dialogues))
    ]
    dialogues = tuple(replace(d, split=s) for d, s in zip(loaded.corpus.dialogues, splits, strict=True))
    corpus = replace(loaded.corpus, dialogues=dialogues, origin=Origin.RECORDED, licence=OWN_LICENCE)
    return Loaded(corpus, (*loaded.faults, RECORDED), "bundled recordings, meld-matched")


def _copies(workspace: Workspace) -> Loaded:
    """Six dialogues of the demo corpus, a near copy of each, and three that carry one of its test turns."""
    corpus = workspace.store.corpora.get(CORPUS)
    train, test = corpus.split(Split.TRAIN)[:9], corpus.split(Split.TEST)
    dialogues = [_planted(d, f"original-{n}", "original") for n, d in enumerate(train[:6])]
    dialogues += [_planted(_reworded(d), f"copy-{n}", f"copy of original-{n}") for n, d in enumerate(train[:6])]
    for n, (d, source) in enumerate(zip(train[6:], test, strict=False)):
        turn = next(u for u in source.utterances if len(u.text.split()) >= 8)
        carrier = replace(d, utterances=(*d.utterances[:-1], replace(d.utterances[-1], text=turn.text.upper())))
        dialogues.append(_planted(carrier, f"leak-{n}", f"carries test turn {turn.id}"))
    planted = Fault("planted", len(dialogues), (), "near copies and test turns planted for demonstration")
    made = Corpus(COPIES, "planted", corpus.scheme, tuple(dialogues), OWN_LICENCE, Origin.RECORDED)
    return Loaded(made, (RECORDED, planted), "made from the demo corpus")


def _planted(dialogue: Dialogue, id_: str, what: str) -> Dialogue:
    turns = tuple(replace(u, id=f"{id_}:{i}") for i, u in enumerate(dialogue.utterances))
    return Dialogue(id_, Split.TRAIN, turns, extra={"planted": what})


def _reworded(dialogue: Dialogue) -> Dialogue:
    """One word put in place of another in every third turn."""

    def turn(i: int, u: Utterance) -> Utterance:
        words = u.text.split()
        return replace(u, text=" ".join([*words[:-1], "indeed."])) if i % 3 == 0 else u

    return replace(dialogue, utterances=tuple(turn(i, u) for i, u in enumerate(dialogue.utterances)))
