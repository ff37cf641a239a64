"""`erc quality`: the quality card of a set, against a benchmark where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, aside, note, say, show, table

if TYPE_CHECKING:
    from erc_engine.domain.quality import QualityCard

CLUES = 12


def register(app: typer.Typer) -> None:
    app.command()(quality)


def quality(
    name: Annotated[
        str, typer.Argument(metavar="SET", help="A corpus or frozen version: its train, SET:SPLIT, SET:all.")
    ],
    against: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The benchmark: its train, or NAME:SPLIT. Without it, the set alone."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the card as a page that stands alone.")
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="A sentence-transformers model for the Vendi score; else spelling."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of draws, folds and resamples.")] = 0,
    as_json: AsJson = False,
) -> None:
    """How a set differs from a benchmark: lengths, openers, diversity, labels, detectability, shortcuts, fidelity."""
    from erc_engine.corpora.atomic import write_atomically
    from erc_engine.workflows import quality as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        card = workflow.quality_card(workspace, name, against, encoder=encoder, seed=seed, progress=aside(as_json))
    if html is not None:
        write_atomically({html: workflow.to_html(card).encode("utf-8", "replace")})
    show(workflow.to_json(card), as_json, lambda: _report(card, html))


def _report(card: QualityCard, html: Path | None) -> None:
    from erc_engine.workflows.quality_words import gap_said, n_said, number, said

    for side in (card.mine, card.against):
        if side is not None:
            say(
                f"{side.name}: {side.dialogues:,} dialogues, {side.utterances:,} utterances, {side.origin}, {side.licence}"
            )
    for section in card.sections:
        rows = [
            (row.name, said(row.mine, row.unit), said(row.theirs, row.unit), gap_said(row), n_said(row))
            for row in section.rows
        ]
        table(["measure", "set", "benchmark", "apart", "n"], rows, section.title)
        if section.clues:
            clues = [
                (
                    clue.text,
                    clue.kind,
                    clue.points_to,
                    number(clue.mine, "share"),
                    "" if clue.theirs is None else number(clue.theirs, "share"),
                )
                for clue in section.clues[:CLUES]
            ]
            table([section.clues_are, "kind", "more in", "set>", "benchmark>"], clues)
        for text in section.notes:
            note(f"  {text}")
    for text in card.notes:
        note(text)
    if html is not None:
        note(f"written: {html}")
