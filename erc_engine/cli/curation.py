"""`erc duplicates` and `restore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, say, show, table

if TYPE_CHECKING:
    from erc_engine.domain.curation import DuplicateReport


def register(app: typer.Typer) -> None:
    for command in (duplicates, restore):
        app.command()(command)


def duplicates(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    against: Annotated[
        list[str],
        typer.Option(metavar="NAME:SPLIT", help="Text to keep clear of; default dev and test of every benchmark."),
    ] = [],
    drop: Annotated[bool, typer.Option("--drop", help="Drop whole dialogues; erc restore brings them back.")] = False,
    threshold: Annotated[float, typer.Option(help="Similarity from which two dialogues are near duplicates.")] = 0.7,
    as_json: AsJson = False,
) -> None:
    """Find dialogues that repeat each other, or that carry a benchmark's test text."""
    from erc_engine.workflows import curation as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        report = workflow.duplicates(workspace, name, against=against, drop=drop, threshold=threshold)
    show(report, as_json, lambda: _report(report))


def _report(r: DuplicateReport) -> None:
    if r.clusters:
        table(
            ["duplicate", "first", "repeated by", "similarity>"],
            [(c.kind, c.keep, ", ".join(m for m in c.members if m != c.keep), c.similarity) for c in r.clusters],
        )
    else:
        say(f"no duplicates in {r.corpus}")
    if r.contamination:
        table(
            ["dialogue", "evidence", "text of", "text"],
            [(e.dialogue, e.kind, e.source, e.text[:80]) for e in r.contamination],
            f"{len(r.contaminated)} contaminated dialogues",
        )
    elif r.against:
        say(f"nothing shared with {', '.join(r.against)}")
    else:
        say("not held against any benchmark: none is imported")
    if r.dropped:
        say(f"dropped {len(r.dropped):,} dialogues; erc restore {r.corpus} brings them back")


def restore(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    dialogue: Annotated[list[str], typer.Option(help="Only this dialogue; may be given several times.")] = [],
    as_json: AsJson = False,
) -> None:
    """Bring dropped dialogues back."""
    from erc_engine.workflows import curation as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        restored = workflow.restore(workspace, name, dialogue)
    show({"corpus": name, "restored": restored}, as_json, lambda: say(f"{restored:,} dialogues are back in {name}"))
