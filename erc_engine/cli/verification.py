"""`erc verify CORPUS`, `verify sample`, `verify audit`, `verify thresholds`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from erc_engine.cli.output import AsJson, aside, points, say, score, show, table

if TYPE_CHECKING:
    from erc_engine.domain.curation import Measured
    from erc_engine.domain.verification import GateAudit, VerifierReport

SET = "set"


class SetOrCommand(TyperGroup):
    """`erc verify CORPUS …` is `erc verify set CORPUS …`."""

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = [SET, *args]
        found: list[str] = super().parse_args(context, args)
        return found


verify = typer.Typer(
    cls=SetOrCommand, help="Verify labels, and check who verifies them.", no_args_is_help=True, rich_markup_mode=None
)
Corpus = Annotated[str, typer.Argument(metavar="CORPUS", help="A set of this workspace.")]
Gate = Annotated[
    str | None,
    typer.Option(help="loop (as the run decided), judge, classifier or judge+classifier; by default its own."),
]


def register(app: typer.Typer) -> None:
    app.add_typer(verify, name="verify")


@verify.command(SET)
def verify_set(
    corpus: Corpus,
    judge: Annotated[
        str | None, typer.Option(help="A model that labels each turn: openai:NAME#model or hf:FOLDER.")
    ] = None,
    votes: Annotated[int, typer.Option(help="How often the judge is asked about a dialogue.")] = 3,
    judge_sees: Annotated[str, typer.Option(help="dialogue, or past: only what comes before the turn.")] = "dialogue",
    classifier: Annotated[
        str | None, typer.Option(metavar="RUN", help="A training run of this workspace, best on real text.")
    ] = None,
    window: Annotated[int, typer.Option(help="Dialogues under way at once.")] = 1,
    allow_address: Annotated[
        bool, typer.Option("--allow-address", help="Send text to a typed address on another machine.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a judge or a classifier about every labelled turn; the same command goes on where it stopped."""
    from erc_engine.workflows.jobs import in_this_process
    from erc_engine.workflows.workspace import open_workspace

    arguments = {
        "corpus": corpus,
        "judge": judge,
        "votes": votes,
        "context": judge_sees,
        "classifier": classifier,
        "window": window,
        "allow_address": allow_address,
    }
    with open_workspace() as workspace:
        report: VerifierReport = in_this_process(workspace, "verify", arguments, tell=aside(as_json))
    show(report, as_json, lambda: _tell(report))


def _tell(report: VerifierReport) -> None:
    say(f"{report.corpus}: {report.verified:,} verdicts by {report.verifier.id}, {report.skipped:,} were there before")
    if report.abstained:
        say(
            f"{report.abstained:,} of {report.votes + report.abstained:,} votes could not be read and count for no label"
        )
    rows = [(row.label, row.turns, points(row.agreement), row.unread) for row in report.labels]
    table(["intended", "turns>", "agrees, %>", "unread>"], rows)
    for warning in report.warnings:
        say(f"warning: {warning}")


@verify.command()
def sample(
    corpus: Corpus,
    turns: Annotated[int, typer.Option(help="About how many turns; whole dialogues are drawn.")] = 60,
    seed: Annotated[int, typer.Option(help="Decides what is drawn, and names the sample.")] = 1,
    gate: Gate = None,
    threshold: Annotated[float, typer.Option(help="Support from which a label is confirmed.")] = 0.5,
    as_json: AsJson = False,
) -> None:
    """Draw dialogues that the gate passed, masked and rejected, to be labelled blind."""
    from erc_engine.workflows.gate_checks import draw_sample
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        drawn = draw_sample(workspace, corpus, turns=turns, seed=seed, gate=gate, threshold=threshold)

    def render() -> None:
        say(f"{drawn.name}: {drawn.dialogues:,} dialogues, {drawn.turns:,} turns of {corpus} without labels")
        say(f"Let people label it blind, in Review, then: erc verify audit {corpus}")

    show(drawn, as_json, render)


@verify.command()
def audit(
    corpus: Corpus,
    sample: Annotated[str | None, typer.Option(help="A sample by name; by default the newest labelled one.")] = None,
    as_json: AsJson = False,
) -> None:
    """How good the gate is, by people who labelled a sample blind: precision and recall, label by label."""
    from erc_engine.workflows.gate_checks import audit_gate
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = audit_gate(workspace, corpus, sample=sample)
    show(found, as_json, lambda: _tell_audit(found))


def _tell_audit(found: GateAudit) -> None:
    if found.sample:
        say(f"{found.corpus}, gate {found.gate}: {found.reviewed:,} of {found.dialogues:,} dialogues of {found.sample}")
    if found.overall.n:
        rows = [
            (row.label, row.n, row.passed, _score(row.right), _score(row.precision), _score(row.recall))
            for row in (found.overall, *found.labels)
        ]
        columns = ["intended", "reviewed>", "passed>", "right at all, %>", "precision, %>", "recall, %>"]
        table(columns, rows, "right: people agree with the intended label; weighted to the whole set")
    for line in found.told:
        say(line)


def _score(value: Measured) -> str:
    return score(value.value, value.interval)


@verify.command()
def thresholds(
    corpus: Corpus,
    threshold: Annotated[float, typer.Option(help="What holds where too few turns were reviewed.")] = 0.5,
    as_json: AsJson = False,
) -> None:
    """From how much support each verifier is taken at its word, label by label, learnt from reviewed turns."""
    from dataclasses import asdict

    from erc_engine.workflows.gate_thresholds import thresholds as learnt
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = {
            verifier.id: tuple(learnt(workspace, corpus, verifier, default=threshold).values())
            for verifier in workspace.store.verdicts.verifiers(corpus)
        }

    def render() -> None:
        if not found:
            say(f"Nobody has verified {corpus} yet. Try: erc verify {corpus} --help")
        for verifier, rows in found.items():
            each = [(t.label, t.value, t.n, points(t.f1), t.why or None) for t in rows]
            table(["label", "threshold>", "reviewed>", "F1 on these, %>", "default because"], each, verifier)

    show({"thresholds": {k: [asdict(t) for t in rows] for k, rows in found.items()}}, as_json, render)
