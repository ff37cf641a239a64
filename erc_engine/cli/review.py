"""`erc review status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, say, show, table

if TYPE_CHECKING:
    from erc_engine.labelling.review_progress import ReviewStatus


def register(app: typer.Typer) -> None:
    review = typer.Typer(help="Review by people: how far it is.", no_args_is_help=True, rich_markup_mode=None)
    review.callback()(lambda: None)  # so that a group with one command stays a group
    review.command("status")(status)
    app.add_typer(review, name="review")


def status(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: AsJson = False) -> None:
    """What each annotator labelled so far, and what was decided on the dialogues."""
    from erc_engine.workflows import review as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = workflow.status(workspace, name)
    show(found, as_json, lambda: _report(found))


def _report(found: ReviewStatus) -> None:
    say(
        f"{found.corpus}: {found.dialogues:,} dialogues, {found.overlap} annotators each; "
        f"{found.begun:,} begun, {found.full:,} with all their annotators, "
        f"{found.approved:,} approved, {found.turned_down:,} turned down, {found.edited:,} turns edited"
    )
    if not found.annotators:
        say("Nobody has reviewed it yet.")
        return
    columns = ["annotator", "mode", "labels>", "stale>", "unsure>", "none>", "surplus>", "begun>", "through>",
               "accepted>", "down>", "last"]  # fmt: skip
    rows = [
        (a.annotator, a.mode, a.labelled, a.stale, a.unsure, a.none_of_these, a.surplus, a.dialogues,
         a.finished, a.accepted, a.turned_down, f"{a.last:%m-%d %H:%M}")
        for a in found.annotators
    ]  # fmt: skip
    table(columns, rows)
