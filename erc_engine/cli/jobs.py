"""`erc jobs`, `worker`, `demo`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, aside, note, say, score, show, table

if TYPE_CHECKING:
    from erc_engine.workflows.demo import DemoReport


def register(to: typer.Typer) -> None:
    for command in (jobs, worker, demo):
        to.command()(command)


def jobs(as_json: AsJson = False) -> None:
    """Long work of this workspace: what runs, what ended, what failed and why."""
    from erc_engine.workflows import jobs as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = workflow.jobs(workspace)

    def render() -> None:
        if not found:
            say("No jobs yet.")
            return
        rows = [
            (j.id[:8], j.kind, j.state, f"{j.created_at:%Y-%m-%d %H:%M}" if j.created_at else None,
             (j.error or {}).get("message") or j.message)
            for j in found
        ]  # fmt: skip
        table(["job", "what", "state", "asked for", "last word"], rows)

    show({"jobs": [j.to_json() for j in found]}, as_json, render)


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is queued, then stop.")] = False,
    with_parent: Annotated[bool, typer.Option("--with-parent", help="Stop when the starting process ends.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do queued jobs until interrupted; one worker serves a workspace."""
    from erc_engine.workflows import jobs as workflow
    from erc_engine.workflows.workspace import open_workspace

    stop = threading.Event()
    if with_parent:
        workflow.stop_with_parent(stop)
    with open_workspace() as workspace:
        if not as_json:
            note("waiting for jobs; Ctrl-C stops")
        done = workflow.work(workspace, once=once, stop=stop)
    show({"done": done}, as_json, lambda: say(f"{done} jobs done"))


def demo(as_json: AsJson = False) -> None:
    """Build the demo workspace from bundled recordings: offline, no GPU, about a minute."""
    from erc_engine.workflows.jobs import in_this_process
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        report: DemoReport = in_this_process(workspace, "demo", {}, tell=aside(as_json))
        home = workspace.home
    show(report, as_json, lambda: _report(report, str(home)))


def _report(r: DemoReport, home: str) -> None:
    say("\nThe demo: recorded dialogues of a large language model, not a benchmark and not a live model.\n")
    b, d = r.run.books, r.duplicates
    rows = [
        ("corpus", f"{r.corpus.name}: {sum(s.utterances for s in r.corpus.splits.values()):,} utterances, "
         f"imbalance ratio {r.corpus.imbalance_ratio:.1f}"),
        ("generated", f"{r.run.name}: {r.run.utterances:,} utterances, distance to plan {r.run.distance:.3f}"),
        ("books", f"{b.submitted:,} = {b.accepted:,} accepted + {b.rejected:,} rejected + {b.failed:,} failed "
         f"+ {b.lost:,} lost + {b.in_flight:,} in flight ({r.run.injected:,} injected faults)"),
        ("planted", f"{d.corpus}: {len(d.clusters)} clusters, {len(d.contaminated)} contaminated dialogues found"),
    ]  # fmt: skip
    for a in r.agreement:
        value = a.alpha.value
        rows.append((f"agreement, {a.kind}", f"alpha {value:.3f}" if value is not None else str(a.alpha.reason)))
    for e in r.evaluations:
        measured = e.intervals["weighted_f1"].interval
        rows.append((e.version, f"weighted F1 {score(e.scores.weighted_f1, measured)}, macro "
                     f"{100 * e.scores.macro_f1:.1f}, n = {e.scores.n:,} in {e.dialogues} dialogues"))  # fmt: skip
    c = r.comparison
    rows.append(("difference", f"{100 * c.difference:+.1f} [{100 * c.interval[0]:+.1f}, {100 * c.interval[1]:+.1f}] "
                 f"points of weighted F1, p = {c.p:.3f}"))  # fmt: skip
    table(["step", "result"], rows)
    say("One set, one seed and no controls: this shows the steps, it is no evidence that the set helps.")
    say(f"Workspace: {home}. Look around with erc corpora, erc describe demo-sitcom, or erc app.")
