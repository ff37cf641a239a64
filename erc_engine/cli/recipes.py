"""`erc recipes`, `recipes promote NAME VERSION`, `recipes diff A B`, `recipes lint`; `attributes`."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, say, show, table

if TYPE_CHECKING:
    from erc_engine.domain.attributes import AttributeReport
    from erc_engine.domain.recipe_lint import LintReport
    from erc_engine.workflows.prompt_studio import SavedRecipe

FAULTY = 1
SHOWN = 15  # values of attributes, the most telling ones

recipes = typer.Typer(help="Recipes at hand: bundled, and saved in this workspace.", rich_markup_mode=None)


def register(to: typer.Typer) -> None:
    to.add_typer(recipes, name="recipes")
    to.command()(attributes)


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


@recipes.command("lint")
def lint(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A name, a hash, or the path of a YAML file.")],
    like: Annotated[
        str | None, typer.Option(metavar="NAME", help="Hold its limits against the train split of this corpus.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="SPEC", help="Say also what this model can follow. It is not called.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What is wrong in a recipe, or likely not meant. Ends with 1 when something cannot work."""
    from erc_engine.workflows.recipe_lint import lint_recipe
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        report = lint_recipe(workspace, recipe, like=like, model=model)
    show(report, as_json, lambda: _tell(report))
    if report.errors:
        raise typer.Exit(FAULTY)


def _tell(report: LintReport) -> None:
    for finding in report.findings:
        say(f"{finding.severity}: {finding.where}: {finding.what}")
        if finding.to_do:
            say(f"    {finding.to_do}")
    if not report.findings:
        say(f"{report.recipe}: nothing found")


def attributes(
    name: Annotated[str, typer.Argument(metavar="SET", help="A generated set.")],
    save: Annotated[
        bool, typer.Option("--save", help="Save the suggested rules as the next version of its recipe.")
    ] = False,
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME", help="The recipe that gets the rules; by default the set's own.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the permutations.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Which attribute values of a generated set give labels away, and rules against them."""
    from erc_engine.workflows import attributes as workflow
    from erc_engine.workflows.recipes import find_recipe
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        report = workflow.attributes_of(workspace, name, seed=seed)
        saved = None
        if save and report.suggested():
            chosen = find_recipe(workspace, recipe) if recipe else workflow.recipe_of(workspace, name)
            saved = workflow.save_rules(workspace, chosen, report.suggested())
    told = report.to_json() | {"saved": vars(saved) if saved else None}
    show(told, as_json, lambda: _tell_attributes(report, saved))


def _tell_attributes(report: AttributeReport, saved: SavedRecipe | None) -> None:
    table(
        ["attribute", "values>", "dialogues>", "bits>", "by chance>", "p (Holm)>"],
        [
            (a.name, a.values, a.dialogues, f"{a.bits:.4f}", f"{a.by_chance:.4f}", f"{a.p_holm:.4f}")
            for a in report.attributes
        ],
    )
    table(
        ["attribute", "value", "dialogues>", "bits>", "p (Holm)>", "gives away"],
        [
            (v.attribute, v.value, v.dialogues, f"{v.bits:.3f}", f"{v.p_holm:.4f}", ", ".join(v.gives_away))
            for v in report.values
            if v.p_holm is not None
        ][:SHOWN],
    )
    rules = report.suggested()
    if not rules:
        say("No value gives a label away beyond chance.")
        return
    say("Rules to consider, as attribute_rules of the recipe:")
    for name, values in rules.items():
        for value, labels in values.items():
            say(f"  forbid: {name}: {value}: {', '.join(labels)}")
    if saved:
        say(f"Saved as {saved.name}, version {saved.version} ({saved.hash[:8]}).")
