"""`erc votes import`, `votes export`, `agreement`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, say, show, table
from erc_engine.errors import InputError

if TYPE_CHECKING:
    from erc_engine.domain.curation import AnnotatorKind

KIND_HELP = "human, llm, model or anonymous."


def register(app: typer.Typer) -> None:
    votes = typer.Typer(help="Votes of annotators: import and export.", no_args_is_help=True, rich_markup_mode=None)
    votes.command("import")(import_votes)
    votes.command("export")(export_votes)
    app.add_typer(votes, name="votes")
    app.command()(agreement)


def kind_of(given: str | None) -> AnnotatorKind | None:
    from erc_engine.domain.curation import AnnotatorKind

    if given is not None and given not in tuple(AnnotatorKind):
        raise InputError(f"'{given}' is not a kind of annotator", hint=KIND_HELP)
    return AnnotatorKind(given) if given else None


def import_votes(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or JSONL: dialogue, utterance, annotator, label.")],
    kind: Annotated[str | None, typer.Option(help=KIND_HELP)] = None,
    annotator: Annotated[str | None, typer.Option(help="Who gave them, when the file does not say.")] = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Pass over dialogues that are not here.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a file of votes into the store; the same file again adds nothing."""
    from erc_engine.workflows import labels as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        done = workflow.import_votes(
            workspace, name, path, kind=kind_of(kind), annotator=annotator, skip_unknown=skip_unknown
        )

    def render() -> None:
        say(f"{done.new:,} new votes of {done.rows:,} in the file, by {', '.join(done.annotators) or 'nobody'}")
        if done.skipped:
            say(f"{done.skipped:,} rows named dialogues that are not in {name}")

    show(done, as_json, render)


def export_votes(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    to: Annotated[Path, typer.Option(help="The file to write, .jsonl or .csv.")],
    kind: Annotated[str | None, typer.Option(help=KIND_HELP)] = None,
    as_json: AsJson = False,
) -> None:
    """Write the votes of a corpus to a file."""
    from erc_engine.workflows import labels as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        rows = workflow.export_votes(workspace, name, to, kind=kind_of(kind))
    show({"corpus": name, "file": str(to), "rows": rows}, as_json, lambda: say(f"{rows:,} votes in {to}"))


def agreement(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    kind: Annotated[str | None, typer.Option(help=f"Only this kind: {KIND_HELP}")] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    as_json: AsJson = False,
) -> None:
    """How far annotators agree, with intervals from resampling dialogues; kinds are never pooled."""
    from erc_engine.workflows import labels as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        reports = workflow.agreement(workspace, name, kind=kind_of(kind), seed=seed)

    def render() -> None:
        for r in reports:
            rows = []
            for measure in ("percent", "cohen", "fleiss", "alpha", "ac1"):
                m = getattr(r, measure)
                interval = f"[{m.interval[0]:.3f}, {m.interval[1]:.3f}]" if m.interval else None
                value = f"{m.value:.3f}" if m.value is not None else f"undefined because {m.reason}"
                rows.append((measure, value, interval, m.n or None))
            title = f"{r.kind}: {r.annotators} annotators, {r.utterances:,} utterances in {r.dialogues:,} dialogues"
            table(["measure", "value", "95 % interval", "n>"], rows, title)

    shown = [r.to_json() for r in reports]
    show(shown[0] if len(shown) == 1 else {**shown[0], "reports": shown}, as_json, render)
