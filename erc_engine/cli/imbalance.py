"""`erc imbalance`: label shares, dynamics, and what would have to be added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from erc_engine.cli.output import AsJson, note, show, table

if TYPE_CHECKING:
    from erc_engine.domain.curation import Measured
    from erc_engine.domain.imbalance import Gap, ImbalanceReport

MEASURES = {
    "inertia": "own pairs",
    "contagion": "pairs with another speaker",
    "same_speaker": "turns after a turn",
    "shift_rate": "labelled neighbours",
}


def register(app: typer.Typer) -> None:
    app.command()(imbalance)


def imbalance(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME…", help="Corpora or frozen versions: NAME (its train), NAME:SPLIT, NAME:all."),
    ],
    against: Annotated[str | None, typer.Option(metavar="NAME", help="The part to measure distances to.")] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Label shares with intervals, distance to even shares and to a benchmark, inertia, contagion, turn-taking."""
    from erc_engine.workflows import imbalance as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        report = workflow.imbalance(workspace, names, against=against, seed=seed)
    gaps = {}
    held = report.against
    for part in (p for p in report.parts if workflow.may_be_planned(p.part)):
        goals = {workflow.UNIFORM: dict.fromkeys(part.counts, 1.0)}
        if held and held.part != part.part and held.utterances and workflow.may_be_planned(held.part):
            goals[held.part] = dict(held.counts)
        gaps[part.part] = {goal: workflow.plan_gap(part, wanted) for goal, wanted in goals.items()}
    data = report.to_json()
    for row in data["parts"]:
        row["gap"] = {goal: _gap_json(gap) for goal, gap in gaps.get(row["name"], {}).items()}
    show(data, as_json, lambda: _report(report, gaps))


def _gap_json(gap: Gap) -> dict[str, Any]:
    return {"utterances": gap.total, "add": dict(gap.add), "distance_after": gap.distance_after}


def _report(report: ImbalanceReport, gaps: dict[str, dict[str, Gap]]) -> None:
    shown = [*report.parts, *([report.against] if report.against else [])]
    columns = [*(p.part for p in report.parts), *([f"against {report.against.part}"] if report.against else [])]
    rows: list[list[Any]] = [
        [label, *(_percent(p.shares[label]) for p in shown)] for label in report.parts[0].scheme.names
    ]
    rows.append(["n (dialogues)", *(f"{p.utterances:,} ({p.dialogues:,})" for p in shown)])
    rows.append(["ratio", *(_value(p.imbalance_ratio) for p in shown)])
    rows.append(["effective labels", *(_value(p.effective_labels) for p in shown)])
    goals = dict.fromkeys(name for p in shown for name in p.distances)
    rows += [[f"distance to {goal}", *(_value(p.distances.get(goal)) for p in shown)] for goal in goals]
    table(
        ["label", *(f"{c}>" for c in columns)],
        rows,
        "label shares in percent, 95 % intervals from resampling dialogues",
    )
    moves = [*report.dynamics, *([report.against_dynamics] if report.against_dynamics else [])]
    measures = [
        row
        for name, counted in MEASURES.items()
        for row in (
            (name.replace("_", " "), *(_value(getattr(d, name)) for d in moves)),
            (f"  n, {counted}", *(f"{getattr(d, name).n:,}" for d in moves)),
        )
    ]
    measures += [
        (f"{name} transitions, distance", *(_value(d.distances.get(name)) for d in moves))
        for name in dict.fromkeys(name for d in moves for name in d.distances)
    ]
    table(["dynamics", *(f"{c}>" for c in columns)], measures, "inertia and contagion are corrected for chance (kappa)")
    short = [
        (part, goal, gap.total, ", ".join(f"{n:,} {label}" for label, n in gap.add.items() if n) or "nothing")
        for part, by_goal in gaps.items()
        for goal, gap in by_goal.items()
    ]
    if short:
        table(["part", "to reach", "utterances to add>", "which"], short)
    for text in report.notes:
        note(text)


def _percent(m: Measured) -> str:
    if m.value is None:
        return "–"
    inside = f" [{100 * m.interval[0]:.1f}, {100 * m.interval[1]:.1f}]" if m.interval else ""
    return f"{100 * m.value:.1f}{inside}"


def _value(m: Measured | None) -> str:
    if m is None:
        return "–"
    if m.value is None:
        return f"undefined because {m.reason}"
    inside = f" [{m.interval[0]:.3g}, {m.interval[1]:.3g}]" if m.interval else ""
    return f"{m.value:.3g}{inside}"
