"""`erc recipes`, `erc recipes promote NAME VERSION`, `erc recipes diff A B`."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from erc_engine.cli.output import AsJson, say, show, table

recipes = typer.Typer(help="Recipes at hand: bundled, and saved in this workspace.", rich_markup_mode=None)


def register(to: typer.Typer) -> None:
    to.add_typer(recipes, name="recipes")


@recipes.callback(invoke_without_command=True)
def listing(context: typer.Context, as_json: AsJson = False) -> None:
    """Recipes at hand: bundled, and saved in this workspace."""
    if context.invoked_subcommand is not None:
        return
    from erc_engine.workflows import recipes as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = workflow.recipes(workspace)
    rows = [
        (r.name, r.version, "*" if r.promoted else "", r.hash[:8], r.scheme, r.target, r.label_mode, r.protocol, r.recordings or "")
        for r in found
    ]  # fmt: skip
    columns = ["recipe", "version>", "promoted", "hash", "scheme", "target", "labels by", "protocol", "recorded set"]
    show({"recipes": [r.to_json() for r in found]}, as_json, lambda: table(columns, rows))


@recipes.command()
def promote(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The recipe's name.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The number of a version, or its hash.")],
    why: Annotated[str, typer.Option(help="What speaks for it: a lab's id, or your words.")] = "",
    who: Annotated[str | None, typer.Option(help="Who promotes it; your login name if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let the name alone mean this version, from now on."""
    from erc_engine.workflows import recipes as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        done = workflow.promote(workspace, name, version, who=who or getpass.getuser(), why=why)
    told = {"name": done.name, "hash": done.hash, "who": done.who, "why": done.why, "at": done.at.isoformat()}
    show(told, as_json, lambda: say(f"{done.name} now means {done.hash[:12]} (promoted by {done.who})"))


@recipes.command()
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="NAME, NAME@VERSION, a hash, or a YAML file.")],
    b: Annotated[str, typer.Argument(metavar="B", help="What it is held against.")],
    as_json: AsJson = False,
) -> None:
    """What changed from one recipe to another."""
    from erc_engine.workflows import prompt_studio
    from erc_engine.workflows.recipes import find_recipe
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        changed = prompt_studio.diff(find_recipe(workspace, a), find_recipe(workspace, b), old_name=a, new_name=b)
    show({"a": a, "b": b, "diff": changed}, as_json, lambda: say(changed or "Nothing differs."))
