"""`erc runs` and `erc runs show RUN`; how a run is told to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, say, show, table

if TYPE_CHECKING:
    from erc_engine.domain.generation_runs import RunReport
    from erc_engine.domain.label_evidence import LabelEvidence

runs = typer.Typer(help="Generation runs, and where each stands.")


def register(to: typer.Typer) -> None:
    to.add_typer(runs, name="runs")


@runs.callback(invoke_without_command=True)
def listing(context: typer.Context, as_json: AsJson = False) -> None:
    """Generation runs, and where each stands."""
    if context.invoked_subcommand is not None:
        return
    from erc_engine.workflows import generation as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = workflow.runs(workspace)
    rows = [
        (r.run, r.state, r.books.submitted, r.books.accepted, r.utterances, r.distance, str(r.usage or "–"))
        for r in found
    ]

    def render() -> None:
        if not rows:
            say("No runs yet. Try: erc generate --help")
            return
        table(["run", "state", "submitted>", "accepted>", "utterances>", "distance>", "tokens and cost"], rows)

    show({"runs": [r.to_json() for r in found]}, as_json, render)


@runs.command("show")
def show_one(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run, which has the name of its corpus.")],
    as_json: AsJson = False,
) -> None:
    """One run: books, labels, and for each label what was asked for and what came of it."""
    from erc_engine.workflows import generation as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = workflow.report(workspace, run)
    show(found, as_json, lambda: tell(found, evidence=True))


def tell(r: RunReport, *, evidence: bool = False) -> None:
    """With the evidence label by label when asked for, or when the run fell short."""
    recorded = "  (recorded text of a real model, replayed)" if r.recorded else ""
    say(f"{r.run}: {r.state}{recorded}")
    if r.message:
        say(r.message)
    b = r.books
    say(
        f"submitted {b.submitted:,} = accepted {b.accepted:,} + rejected {b.rejected:,} + failed {b.failed:,} "
        f"+ lost {b.lost:,} + in flight {b.in_flight:,}"
    )
    if r.usage is not None:
        say(f"usage: {r.usage}")
    say(_repeatable(r))
    if r.injected:
        say(f"{r.injected:,} of these attempts had an injected fault")
    surplus = f", and {r.surplus:,} surplus" if r.surplus else ""
    say(f"{r.utterances:,} utterances in {r.dialogues:,} dialogues{surplus}")
    if r.masked:
        say(f"{r.masked:,} more turns are masked: no verifier's word for their label")
    if r.turn_repairs.asked:
        m = r.turn_repairs
        say(
            f"turns asked for again {m.asked:,} times = mended {m.mended:,} + refused {m.refused:,} + failed {m.failed:,} "
            f"+ lost {m.lost:,} + in flight {m.in_flight:,}"
        )
    rows = [
        (label, n, f"{100 * n / r.utterances:.1f} %" if r.utterances else None, f"{100 * r.target.get(label, 0):.1f} %",
         r.shortfall.get(label, 0))
        for label, n in r.labels.items()
    ]  # fmt: skip
    table(["label", "accepted>", "share>", "target>", "short>"], rows)
    if r.distance is not None:
        say(f"distance to the target: {r.distance:.4f} (total variation: 0 equal, 1 disjoint)")
    if r.repair is not None:
        say(
            f"train with what was generated is {r.repair.distance_after:.4f} from the wanted shares, "
            f"train alone {r.repair.distance_before:.4f}"
        )
    if r.reasons:
        table(["refused because", "attempts>"], r.reasons.items())
    if evidence or r.state == "infeasible":
        _evidence(r.evidence)


def _repeatable(r: RunReport) -> str:
    if r.window > 1:
        return f"window {r.window:,}: answers come in any order, so a new run may accept others; --window 1 repeats exactly"
    if r.recorded:
        return "window 1: the same command gives the same dialogues"
    return "window 1: the same requests in the same order; whether the server repeats its answers is up to it"


def _evidence(labels: tuple[LabelEvidence, ...]) -> None:
    rows = [
        (e.label, e.wanted, e.accepted, round(e.planned), e.attempts, _rate(e), _needed(e), _refused(e)) for e in labels
    ]
    table(
        ["label", "wanted>", "accepted>", "planned>", "attempts>", "passed>", "needed>", "refused utterances"],
        rows,
        "passed: accepted of asked utterances in percent, with a 95 % interval over attempts; "
        "needed: attempts for the rest at its lower end",
    )


def _rate(e: LabelEvidence) -> str | None:
    if e.pass_rate is None or e.interval is None:
        return None
    return f"{100 * e.pass_rate:.1f} [{100 * e.interval[0]:.1f}, {100 * e.interval[1]:.1f}]"


def _needed(e: LabelEvidence) -> str:
    """More than is left is marked, and so is a label that was given up."""
    said = "unknown" if e.needed is None else f"{e.needed:,}"
    return said + (", given up" if e.given_up else ", over budget" if e.over_budget and e.missing else "")


def _refused(e: LabelEvidence) -> str:
    parts = [f"{round(n):,} {reason.replace('_', ' ')}" for reason, n in e.rejected.items()]
    return ", ".join([*parts, *([f"{round(e.masked):,} masked"] if e.masked else [])]) or "none"
