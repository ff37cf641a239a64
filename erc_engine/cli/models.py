"""`erc models`: the servers that config.toml names, and whether they answer."""

from __future__ import annotations

from typing import Annotated

import typer

from erc_engine.cli.output import AsJson, say, show, table

NOT_ALL = 1


def register(app: typer.Typer) -> None:
    app.command()(models)


def models(
    check: Annotated[
        bool, typer.Option("--check", help="Ask each server for its models; 1 if one is in trouble.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Model servers named in config.toml."""
    from erc_engine.workflows import models as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        lines = workflow.endpoint_lines(workspace, check=check)
        where = workspace.home / "config.toml"
    rows = [[line.name, line.url, line.local, line.key or "–", line.most_at_once] for line in lines]
    columns = ["endpoint", "address", "local", "key in", "at once>"]
    if check:
        columns += ["answers in>", "serves"]
        for row, health in zip(rows, (line.health for line in lines), strict=True):
            seconds = None if health is None or health.seconds is None else f"{1_000 * health.seconds:,.0f} ms"
            row += [seconds, "" if health is None else health.trouble or ", ".join(health.models) or "nothing"]

    def render() -> None:
        if lines:
            table(columns, rows)
        else:
            say(f"No endpoints yet: write [endpoints.NAME] with a url into {where}.")

    show({"endpoints": [line.to_json() for line in lines]}, as_json, render)
    if any(line.health is not None and line.health.trouble for line in lines):
        raise typer.Exit(NOT_ALL)
