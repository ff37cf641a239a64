"""`erc generate`, `resume`, `rerun`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from erc_engine.cli.output import AsJson, aside, show
from erc_engine.cli.runs import tell
from erc_engine.errors import InputError

if TYPE_CHECKING:
    from erc_engine.domain.generation_runs import RunReport

ENDED_SHORT = 3
AllowAddress = Annotated[
    bool, typer.Option("--allow-address", help="Send prompts to a typed address on another machine.")
]


def register(app: typer.Typer) -> None:
    for command in (generate, resume, rerun):
        app.command()(command)


def generate(
    recipe: Annotated[str, typer.Option(help="A recipe's name or hash, or the path of a YAML file.")],
    like: Annotated[
        str,
        typer.Option(
            help="The corpus whose train split sets labels, lengths and speakers; published:NAME for published counts alone."
        ),
    ],
    model: Annotated[str, typer.Option(help="replay:, openai:NAME#model or hf:FOLDER; see erc models.")],
    name: Annotated[str, typer.Option(help="What the new corpus is called.")],
    utterances: Annotated[
        int | None, typer.Option(help="How many accepted utterances to make. A repair makes all that train lacks.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides plans and the model's draws.")] = 1,
    window: Annotated[
        int | None,
        typer.Option(help="Requests under way at once, the model's own number if left out; 1 is exactly repeatable."),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="balanced, matched, repair or custom; by default what the recipe says.")
    ] = None,
    toward: Annotated[
        str,
        typer.Option(help="What train should look like after a repair: even, or root (square roots of its shares)."),
    ] = "even",
    share: Annotated[
        list[str], typer.Option("--share", metavar="LABEL=SHARE", help="Your own label shares: joy=.5 fear=.5")
    ] = [],
    attempts_per_plan: Annotated[int, typer.Option(help="Refusals after which a plan is given up.")] = 4,
    max_attempts: Annotated[int | None, typer.Option(help="Stop after so many model calls.")] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(help="Stop after so many tokens, of prompts and replies, as the model that writes tells them."),
    ] = None,
    max_minutes: Annotated[float | None, typer.Option(help="Stop after so many minutes.")] = None,
    judge: Annotated[
        str | None,
        typer.Option(help="A model that labels each turn without seeing the plan: openai:NAME#model or hf:FOLDER."),
    ] = None,
    votes: Annotated[int, typer.Option(help="How often the judge is asked about a dialogue.")] = 3,
    judge_sees: Annotated[str, typer.Option(help="dialogue, or past: only what comes before the turn.")] = "dialogue",
    classifier: Annotated[
        str | None, typer.Option(metavar="RUN", help="A training run of this workspace that verifies labels.")
    ] = None,
    below: Annotated[str, typer.Option(help="An unconfirmed label: mask the turn, or reject the dialogue.")] = "mask",
    threshold: Annotated[float, typer.Option(help="Support from which a label is confirmed.")] = 0.5,
    most_masked: Annotated[float, typer.Option(help="A dialogue with a larger share unconfirmed is rejected.")] = 0.3,
    thresholds_of: Annotated[
        str | None, typer.Option(metavar="CORPUS", help="Take thresholds by label from its reviewed turns.")
    ] = None,
    repairs: Annotated[int, typer.Option(help="How often single bad turns of a dialogue are asked for again.")] = 0,
    allow_address: AllowAddress = False,
    as_json: AsJson = False,
) -> None:
    """Write dialogues to a label plan; the same command again goes on where it stopped."""
    arguments = {
        "recipe": recipe,
        "like": like,
        "utterances": utterances,
        "model": model,
        "seed": seed,
        "name": name,
        "window": window,
        "max_attempts_per_plan": attempts_per_plan,
        "max_attempts": max_attempts,
        "max_tokens": max_tokens,
        "max_minutes": max_minutes,
        "target": target,
        "toward": toward,
        "shares": _shares(share),
        "judge": judge,
        "votes": votes,
        "judge_sees": judge_sees,
        "classifier": classifier,
        "below": below,
        "threshold": threshold,
        "most_masked": most_masked,
        "thresholds_of": thresholds_of,
        "repairs": repairs,
        "allow_address": allow_address,
    }
    report = _in_job("generate", arguments, as_json)
    show(report, as_json, lambda: tell(report))
    _end(report)


def _shares(given: list[str]) -> dict[str, float] | None:
    shares: dict[str, float] = {}
    for pair in (p for item in given for p in item.split()):
        label, _, value = pair.partition("=")
        try:
            shares[label] = float(value)
        except ValueError:
            raise InputError(f"--share {pair!r} cannot be read", hint="write LABEL=SHARE, as in joy=0.5") from None
    return shares or None


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run, which has the name of its corpus.")],
    max_attempts: Annotated[int | None, typer.Option(help="A new bound, counted over the whole run.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="A new bound, counted over the whole run.")] = None,
    max_minutes: Annotated[float | None, typer.Option(help="A new bound, counted from now.")] = None,
    allow_address: AllowAddress = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a run that was paused, killed or fell short."""
    bounds = {"max_attempts": max_attempts, "max_tokens": max_tokens, "max_minutes": max_minutes}
    report = _in_job("resume", {"run_id": run, **bounds, "allow_address": allow_address}, as_json)
    show(report, as_json, lambda: tell(report))
    _end(report)


def rerun(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run whose ledger is run again.")],
    name: Annotated[str, typer.Option(help="What the new run and its corpus are called.")],
    recipe: Annotated[str | None, typer.Option(help="Judge by the checks of this recipe instead.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Ask this model for the run's plans again; same: the model of the run.")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="With a model: only the plans that had a reply rejected for this reason."),
    ] = None,
    allow_address: AllowAddress = False,
    as_json: AsJson = False,
) -> None:
    """Run a ledger again, over its stored replies: parsing and checks anew, no model is called."""
    given = {
        "run_id": run,
        "name": name,
        "recipe": recipe,
        "model": model,
        "only": only,
        "allow_address": allow_address,
    }
    report = _in_job("rerun", given, as_json)
    show(report, as_json, lambda: tell(report))
    _end(report)


def _in_job(kind: str, arguments: dict[str, Any], quiet: bool) -> RunReport:
    from erc_engine.workflows.jobs import in_this_process
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        report: RunReport = in_this_process(workspace, kind, arguments, tell=aside(quiet))
    return report


def _end(report: RunReport) -> None:
    if report.state != "complete":
        raise typer.Exit(ENDED_SHORT)
