"""`erc models`, `tiny-model`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, aside, say, show, table
from erc_engine.errors import InputError

if TYPE_CHECKING:
    from erc_engine.workflows.model_endpoints import EndpointLine

NOT_ALL = 1


def register(to: typer.Typer) -> None:
    to.command()(models)
    to.command(name="tiny-model")(tiny_model)


def models(
    spec: Annotated[str | None, typer.Argument(metavar="[SPEC]", help="An hf: model to look at closely.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Ask each server for its models; 1 if one is in trouble.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Chat models at hand and the servers that config.toml names; with SPEC, what that local model would run on."""
    from erc_engine.workflows import models as workflow
    from erc_engine.workflows.model_endpoints import endpoint_lines
    from erc_engine.workflows.workspace import open_workspace

    if spec is not None:
        if check:
            raise InputError("--check asks the servers of config.toml, no local model", hint="leave out one of the two")
        _look_at(spec, as_json)
        return
    with open_workspace() as workspace:
        found = workflow.models(workspace)
        lines = endpoint_lines(workspace, check=check)
        where = workspace.home / "config.toml"

    def render() -> None:
        table(["model", "usable", "what it is"], [(row.spec, "yes" if row.usable else "no", row.note) for row in found])
        if lines:
            _endpoints(lines, check)
        else:
            say(f"No endpoints yet: write [endpoints.NAME] with a url into {where}.")

    result = {"models": [row.to_json() for row in found], "endpoints": [line.to_json() for line in lines]}
    show(result, as_json, render)
    if any(line.health is not None and line.health.trouble for line in lines):
        raise typer.Exit(NOT_ALL)


def _endpoints(lines: Sequence[EndpointLine], check: bool) -> None:
    rows = [[line.name, line.url, line.local, line.key or "–", line.most_at_once] for line in lines]
    columns = ["endpoint", "address", "local", "key in", "at once>"]
    if check:
        columns += ["answers in>", "serves"]
        for row, health in zip(rows, (line.health for line in lines), strict=True):
            seconds = None if health is None or health.seconds is None else f"{1_000 * health.seconds:,.0f} ms"
            row += [seconds, "" if health is None else health.trouble or ", ".join(health.models) or "nothing"]
    table(columns, rows)


def _look_at(spec: str, as_json: bool) -> None:
    from erc_engine.workflows import models as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        row = workflow.local_model(workspace, spec)
    if row is None:
        show({"spec": spec, "here": False}, as_json, lambda: say(f"{spec}: {workflow.NOT_HERE}"))
        return
    show(row, as_json, lambda: table(["", ""], [(k.replace("_", " "), v) for k, v in row.to_json().items()]))


def tiny_model(
    folder: Annotated[Path | None, typer.Option(help="Where to put it. Default: models/tiny of the workspace.")] = None,
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="How often it sees the recordings.")] = 24,
    minutes: Annotated[float, typer.Option(min=0.01, help="Stop earlier after so many minutes.")] = 15.0,
    seed: Annotated[int, typer.Option(help="Decides its first weights and the order of lessons.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Train a language model of a few million parameters on the bundled recordings, to try hf: without a download."""
    from erc_engine.llm.local.training import SmallModel
    from erc_engine.workflows.tiny_model import teach
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        place = folder or workspace.home / "models" / "tiny"
    outcome = teach(place, shape=SmallModel(epochs=epochs, minutes=minutes, seed=seed), say=aside(as_json))

    def render() -> None:
        say(f"{outcome.folder}: {outcome.parameters:,} parameters, {outcome.seconds:.0f} s")
        say(f"loss per token of a reply: {outcome.loss:.3f}, on recordings it never saw {outcome.held_out_loss:.3f}")
        model = "hf:tiny" if folder is None else f"hf:{outcome.folder}"
        say(f"Try: erc generate --recipe tiny-meld --model {model} --like CORPUS --utterances 100 --name NAME")

    show({**vars(outcome), "folder": str(outcome.folder)}, as_json, render)
