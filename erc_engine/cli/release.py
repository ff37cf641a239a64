"""`erc release`: six sets for three benchmarks, each in its folder with its card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.generation import ENDED_SHORT, AllowAddress
from erc_engine.cli.output import AsJson, aside, note, say, show, table
from erc_engine.errors import InputError

if TYPE_CHECKING:
    from erc_engine.domain.release import Release


def register(app: typer.Typer) -> None:
    app.command()(release)


def release(
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new or empty folder, or a release to go on with.")],
    model: Annotated[str, typer.Option(help="replay:, openai:NAME#model or hf:FOLDER, as for generate.")],
    utterances: Annotated[int, typer.Option(help="How many utterances each set should have.")] = 2000,
    seed: Annotated[int, typer.Option(help="Decides plans and the model's draws.")] = 1,
    only: Annotated[
        list[str], typer.Option("--only", metavar="SET", help="Just these sets, as meld-balanced; again for more.")
    ] = [],
    against: Annotated[
        list[str],
        typer.Option(
            "--against", metavar="BENCHMARK=NAME", help="The corpus that stands for a benchmark: meld=my-meld."
        ),
    ] = [],
    recipe: Annotated[
        list[str],
        typer.Option("--recipe", metavar="SET=RECIPE", help="Another recipe for a set, which keeps its label shares."),
    ] = [],
    window: Annotated[int, typer.Option(help="Requests under way at once; 1 is exactly repeatable.")] = 1,
    allow_address: AllowAddress = False,
    as_json: AsJson = False,
) -> None:
    """Balanced and matched sets for MELD, EmoryNLP and IEMOCAP, with cards; the same command goes on where it stopped."""
    from erc_engine.workflows.jobs import in_this_process
    from erc_engine.workflows.workspace import open_workspace

    arguments = {
        "to": str(out.resolve()),
        "model": model,
        "utterances": utterances,
        "seed": seed,
        "only": [name for item in only for name in item.split()],
        "against": _pairs("--against", against, "BENCHMARK=NAME, as in meld=my-meld"),
        "recipes": _pairs("--recipe", recipe, "SET=RECIPE, as in meld-balanced=mine.yaml"),
        "window": window,
        "allow_address": allow_address,
    }
    with open_workspace() as workspace:
        found: Release = in_this_process(workspace, "release", arguments, tell=aside(as_json))
    show(found, as_json, lambda: _report(found))
    if not found.complete:
        raise typer.Exit(ENDED_SHORT)


def _pairs(option: str, given: list[str], form: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for item in (pair for each in given for pair in each.split()):
        benchmark, mark, name = item.partition("=")
        if not (benchmark and mark and name):
            raise InputError(f"{option} {item!r} cannot be read", hint=f"write {form}")
        pairs[benchmark] = name
    return pairs


def _report(found: Release) -> None:
    rows = [
        (
            s.name,
            s.dialogues,
            s.utterances,
            s.short,
            f"{s.distance:.4f}",
            _state(s.complete, s.state),
            s.own_text_checked,
        )
        for s in found.sets
    ]
    table(["set", "dialogues>", "utterances>", "short>", "distance>", "plan", "contamination checked"], rows)
    for name, why in found.missing.items():
        say(f"{name}: not written: {why}")
    if any(s.recorded for s in found.sets):
        say("recorded text of a real model, replayed")
    note(f"written: {found.folder}")


def _state(complete: bool, state: str) -> str:
    return "met" if complete else "not met" if state == "complete" else state
