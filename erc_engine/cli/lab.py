"""`erc lab A B`, `erc lab`, `erc lab show LAB`: two versions of a recipe on the same plans and seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from erc_engine.cli.generation import ENDED_SHORT, AllowAddress
from erc_engine.cli.output import AsJson, aside, note, say, show, table
from erc_engine.workflows.lab_words import detectable_words, difference_words, value_words, verdict

if TYPE_CHECKING:
    from erc_engine.domain.prompt_lab import LabReport


class _RunsByDefault(TyperGroup):
    """`erc lab A B` is `erc lab run A B`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = not args or args[0] in self.commands or args[0] in ("--help", "--json")
        return list(super().parse_args(ctx, args if known else ["run", *args]))


lab = typer.Typer(
    cls=_RunsByDefault, rich_markup_mode=None, help="A/B of two recipe versions: erc lab A B, erc lab show LAB."
)


def register(to: typer.Typer) -> None:
    to.add_typer(lab, name="lab")


@lab.callback(invoke_without_command=True)
def listing(context: typer.Context, as_json: AsJson = False) -> None:
    """A/B of two recipe versions on the same plans and seeds: erc lab A B. Without a command: the labs so far."""
    if context.invoked_subcommand is not None:
        return
    from erc_engine.workflows import prompt_lab as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = [workflow.lab_report(workspace, stored.id) for stored in workflow.labs(workspace)]

    def render() -> None:
        if not found:
            say("No labs yet. Try: erc lab --help")
            return
        rows = [
            (r.id, r.settings.a_name, r.settings.b_name, r.settings.model, r.settings.plans, difference_words(r.main), r.main.p)
            for r in found
        ]  # fmt: skip
        table(["lab", "A", "B", "model", "plans>", "accepted, B − A>", "p>"], rows)

    show({"labs": [r.to_json() for r in found]}, as_json, render)


@lab.command()
def run(
    a: Annotated[str, typer.Argument(metavar="A", help="NAME, NAME@VERSION, a hash, or a YAML file.")],
    b: Annotated[str, typer.Argument(metavar="B", help="What it is compared with, of the same labels and label mode.")],
    like: Annotated[str, typer.Option(help="The corpus whose train split sets labels, lengths and speakers.")],
    model: Annotated[
        str, typer.Option(help="A live model: openai:NAME#model or hf:FOLDER. Recorded text reads no prompt.")
    ],
    plans: Annotated[int, typer.Option(help="How many label plans both versions get.")] = 40,
    replies: Annotated[int, typer.Option(help="How many replies to each plan, with a seed each.")] = 1,
    seed: Annotated[int, typer.Option(help="Decides the plans and the model's draws.")] = 1,
    confirm: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="A trained run whose classifier reads the labels of the replies, too."),
    ] = None,
    allow_address: AllowAddress = False,
    as_json: AsJson = False,
) -> None:
    """Ask a model for the same plans with both; the same command again asks only for what is missing."""
    from erc_engine.workflows import prompt_lab as workflow
    from erc_engine.workflows.jobs import in_this_process
    from erc_engine.workflows.workspace import open_workspace

    arguments = {"a": a, "b": b, "like": like, "model": model, "plans": plans, "replies": replies, "seed": seed}
    arguments |= {"confirm": confirm, "allow_address": allow_address}
    with open_workspace() as workspace:
        if not as_json and 1 <= plans <= workflow.MOST_PLANS:
            note(detectable_words(workflow.detectable(workspace, model=model, plans=plans)))
        report: LabReport = in_this_process(workspace, "lab", arguments, tell=aside(as_json))
    show(report, as_json, lambda: tell(report))
    if not report.complete:
        raise typer.Exit(ENDED_SHORT)


@lab.command("show")
def show_one(
    lab_id: Annotated[str, typer.Argument(metavar="LAB", help="The id of a lab, as erc lab lists them.")],
    as_json: AsJson = False,
) -> None:
    """One lab, as far as it has come."""
    from erc_engine.workflows import prompt_lab as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        report = workflow.lab_report(workspace, lab_id)
    show(report, as_json, lambda: tell(report))


def tell(report: LabReport) -> None:
    asked = report.settings
    say(f"{report.id}: A {asked.a_name}, B {asked.b_name}; {asked.model}, like {asked.like}, seed {asked.seed}")
    rows = [
        (o.name, value_words(o, o.a), value_words(o, o.b), difference_words(o), o.difference.n, o.p, o.p_holm)
        for o in report.outcomes
    ]
    table(["outcome", "A>", "B>", "B − A [95 %]>", "plans>", "p>", "p, Holm>"], rows)
    say(verdict(report))
    for line in (detectable_words(report.detectable), *report.notes):
        say(line)
