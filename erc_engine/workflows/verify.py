"""Verify the labels of a set that is there, and what its verifiers said so far.

    report = verify(workspace, "meld-extra", judge="openai:lab#judge", votes=3)
    report.labels[1].agreement        # of the turns meant as joy, the share that the judge calls joy

A turn that has this verifier's verdict on its text is passed over, so the same command goes on where it stopped. Labels
do not change by this: what a verdict means for the data is decided in freeze.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from erc_engine.domain.conversation import Dialogue, Origin
from erc_engine.domain.verification import (
    GateSettings,
    LabelVerdicts,
    Verdict,
    Verifier,
    VerifierReport,
    intended_labels,
    turn_hashes,
)
from erc_engine.errors import InputError, NotFoundError
from erc_engine.workflows.review import revised
from erc_engine.workflows.verifiers import Verified, open_panel
from erc_engine.workflows.workspace import Workspace


def verify(
    workspace: Workspace,
    corpus: str,
    *,
    judge: str | None = None,
    votes: int = 3,
    context: str = "dialogue",
    classifier: str | None = None,
    window: int = 1,
    allow_address: bool = False,
    progress: Callable[[str], None] | None = None,
) -> VerifierReport:
    """Ask one verifier about every labelled dialogue that is kept; `window` dialogues at once."""
    if (judge is None) == (classifier is None):
        raise InputError("one verifier is needed", hint="give --judge MODEL, or --classifier RUN")
    if not 1 <= window <= 256:
        raise InputError(f"{window} dialogues cannot be verified at once", hint="1 to 256")
    dialogues = [d for d in labelled(workspace, corpus) if any(intended_labels(d))]
    if not dialogues:
        raise NotFoundError(f"'{corpus}' has no labelled dialogues", hint=f"see erc describe {corpus}")
    settings = GateSettings(judge=judge, votes=votes, context=context, classifier=classifier)
    say = progress or (lambda text: None)
    with open_panel(workspace, settings, about(workspace, corpus), allow_address=allow_address) as panel:
        verifier, warning = panel.members[0]
        there = {v.text_hash for v in workspace.store.verdicts.of(corpus, verifier.about.id)}
        todo = [d for d in dialogues if not there.issuperset(turn_hashes(d))]
        for done, _ in enumerate(_each(panel.ask, todo, window), start=1):
            say(f"{done:,} of {len(todo):,} dialogues verified")
        workspace.store.verdicts.add(verifier.about, [])
    skipped = sum(len(d) for d in dialogues) - sum(len(d) for d in todo)
    return verifier_report(workspace, corpus, verifier.about, skipped=skipped, warnings=(warning,) if warning else ())


def _each(ask: Callable[[Dialogue], object], todo: Sequence[Dialogue], window: int) -> Iterator[object]:
    if window == 1:
        for dialogue in todo:
            yield ask(dialogue)
        return
    pool = ThreadPoolExecutor(window, thread_name_prefix="verify")
    try:
        for future in as_completed([pool.submit(ask, dialogue) for dialogue in todo]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def labelled(workspace: Workspace, corpus: str) -> tuple[Dialogue, ...]:
    """The kept dialogues as they read after review."""
    return revised(workspace, corpus, workspace.store.corpora.get(corpus).dialogues)[0]


def about(workspace: Workspace, corpus: str) -> Verified:
    stored = workspace.store.corpora.stored(corpus)
    run = workspace.store.runs.by_name(corpus)
    written_by = run.settings.model if run is not None and stored.origin is not Origin.IMPORTED else ""
    return Verified(corpus, stored.scheme, stored.licence, written_by)


def verifier_report(
    workspace: Workspace, corpus: str, verifier: Verifier, *, skipped: int = 0, warnings: Sequence[str] = ()
) -> VerifierReport:
    """From all stored verdicts: those on rejected dialogues, and on words that were edited since, are among them."""
    scheme = workspace.store.corpora.stored(corpus).scheme
    verdicts = workspace.store.verdicts.of(corpus, verifier.id)
    turns: Counter[str] = Counter()
    agrees: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    for verdict in verdicts:
        if verdict.intended is None:
            continue
        turns[verdict.intended] += 1
        unread[verdict.intended] += verdict.opinion.support(verdict.intended) is None
        agrees[verdict.intended] += verdict.opinion.top == verdict.intended
    kept = tuple(dict.fromkeys([*warnings, *(v.warning for v in verdicts if v.warning)]))
    return VerifierReport(
        corpus=corpus,
        verifier=verifier,
        verified=sum(turns.values()),
        skipped=skipped,
        votes=sum(sum(v.opinion.votes.values()) for v in verdicts),
        abstained=sum(v.opinion.abstained for v in verdicts),
        labels=tuple(LabelVerdicts(name, turns[name], agrees[name], unread[name]) for name in scheme.names),
        warnings=kept,
    )


def verifier_reports(workspace: Workspace, corpus: str) -> tuple[VerifierReport, ...]:
    """One for each verifier that said something of this set."""
    return tuple(verifier_report(workspace, corpus, v) for v in workspace.store.verdicts.verifiers(corpus))


def newest(workspace: Workspace, corpus: str, kind: str) -> Verifier | None:
    return next((v for v in workspace.store.verdicts.verifiers(corpus) if v.kind == kind), None)


def opinions_by_text(verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    return {verdict.text_hash: verdict for verdict in verdicts}
