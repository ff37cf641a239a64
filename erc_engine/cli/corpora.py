"""`erc import`, `corpora`, `describe`, `audit`, `export`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.output import AsJson, say, show, table
from erc_engine.errors import InputError

if TYPE_CHECKING:
    from erc_engine.domain.reports import AuditReport, CorpusSummary, Fault

KINDS = ("meld", "emorynlp", "emotionlines", "jsonl", "csv")


def register(app: typer.Typer) -> None:
    app.command("import")(import_)
    for command in (corpora, describe, audit, export):
        app.command()(command)


def import_(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file, or the folder with its splits.")],
    name: Annotated[str, typer.Option(help="What the corpus is called in this workspace.")],
    version: Annotated[
        str | None, typer.Option(help="The published version it must be (emorynlp: full, reduced).")
    ] = None,
    map_: Annotated[
        list[str],
        typer.Option(
            "--map", metavar="FIELD=COLUMN", help='csv: "text=Line label=Emotion speaker=Who", or once for each field.'
        ),
    ] = [],
    scheme: Annotated[str | None, typer.Option(help="Label scheme of jsonl or csv: meld, emorynlp, iemocap, …")] = None,
    labels: Annotated[str | None, typer.Option(help="Your own labels, in order: neutral,joy,anger")] = None,
    split: Annotated[str | None, typer.Option(help="The split of a file that does not say: train, dev, test.")] = None,
    licence: Annotated[str | None, typer.Option(help="Under what terms you have it, as it should be cited.")] = None,
    may_leave: Annotated[bool, typer.Option("--may-leave", help="Its text may be sent to other machines.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read a benchmark or your own files into the workspace, and say what is wrong with them."""
    from erc_engine.domain.conversation import Licence, Split
    from erc_engine.workflows import datasets
    from erc_engine.workflows.workspace import open_workspace

    if split is not None and split not in tuple(Split):
        raise InputError(f"--split cannot be '{split}'", hint="train, dev or test")
    terms = Licence(licence or "not stated", may_leave_machine=may_leave) if licence or may_leave else None
    with open_workspace() as workspace:
        summary = datasets.import_corpus(
            workspace,
            kind,
            path,
            name,
            version=version,
            mapping=_mapping(map_),
            scheme_name=scheme,
            labels=tuple(s.strip() for s in labels.split(",")) if labels else (),
            split=Split(split) if split else None,
            licence=terms,
        )
    show(summary, as_json, lambda: _summary(summary))


def _mapping(given: list[str]) -> dict[str, str] | None:
    """`--map` once for each field, or once with all of them; a column's name may have spaces in it."""
    mapping = {}
    for pair in (pair for item in given for pair in re.split(r"\s+(?=\w+=)", item.strip())):
        field, equals, column = pair.partition("=")
        if not (field and equals and column):
            raise InputError(f"--map {pair!r} cannot be read", hint="write FIELD=COLUMN, as in --map label=Emotion")
        mapping[field] = column
    return mapping or None


def corpora(as_json: AsJson = False) -> None:
    """The corpora of this workspace."""
    from erc_engine.workflows import datasets
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = datasets.corpora(workspace)

    def render() -> None:
        if not found:
            say("No corpora yet. Try: erc demo, or erc import meld PATH --name meld")
            return
        rows = [
            (s.name, s.origin, s.version, s.scheme, sum(p.dialogues for p in s.splits.values()),
             sum(p.utterances for p in s.splits.values()), s.licence)
            for s in found
        ]  # fmt: skip
        table(["name", "origin", "version", "scheme", "dialogues>", "utterances>", "licence"], rows)

    show({"corpora": [s.to_json() for s in found]}, as_json, render)


def describe(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: AsJson = False) -> None:
    """Counts, labels, imbalance and faults of one corpus."""
    from erc_engine.workflows import datasets
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        summary = datasets.describe(workspace, name)
    show(summary, as_json, lambda: _summary(summary))


def _summary(s: CorpusSummary) -> None:
    version = f", {s.version}" if s.version else ""
    leave = "may leave this machine" if s.may_leave_machine else "stays on this machine"
    say(f"{s.name} ({s.kind}{version}; {s.origin}; licence {s.licence}, {leave})")
    splits = list(s.splits)
    totals = [sum(s.splits[p].labels.values()) for p in splits]
    rows: list[list[object]] = [["dialogues", *(s.splits[p].dialogues for p in splits)]]
    rows.append(["utterances", *(s.splits[p].utterances for p in splits)])
    for label in s.labels:
        counts = [s.splits[p].labels.get(label, 0) for p in splits]
        shares = [f"{n:,} ({100 * n / t:.1f} %)" if t else "0" for n, t in zip(counts, totals, strict=True)]
        rows.append([f"  {label}", *shares])
    table(["", *(f"{p}>" for p in splits)], rows)
    if s.imbalance_ratio is not None:
        say(f"imbalance ratio of train: {s.imbalance_ratio:.1f} (most frequent label over least frequent)")
    elif s.imbalance_reason:
        say(f"imbalance ratio of train: undefined, {s.imbalance_reason}")
    held_back = {k: n for k, n in s.states.items() if k != "kept" and n}
    if held_back:
        say("not counted above: " + ", ".join(f"{n:,} {k.replace('_', ' ')}" for k, n in held_back.items()))
    faults(s.faults)


def faults(found: tuple[Fault, ...]) -> None:
    if not found:
        say("no faults found")
        return
    rows = [(f.code, f.count, f.done, "; ".join(f.examples[:3])) for f in found]
    table(["fault", "count>", "what was done", "for example"], rows)


def audit(
    sources: Annotated[list[str], typer.Argument(metavar="NAME|PATH…", help="Corpora by name, or plain files.")],
    as_json: AsJson = False,
) -> None:
    """Which version it is, what is wrong, what repeats across splits and corpora; nothing is changed."""
    from erc_engine.workflows import datasets
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        reports = datasets.audit(workspace, sources)
    first = reports[0].to_json()
    shown = first if len(reports) == 1 else {**first, "reports": [r.to_json() for r in reports]}
    show(shown, as_json, lambda: _reports(reports))


def _reports(reports: Sequence[AuditReport]) -> None:
    for report in reports:
        _report(report)


def _report(r: AuditReport) -> None:
    say(f"\n{r.name}: {r.version or 'no published version has these counts'}   (content {r.hash[:12]})")
    rows = [(split, c.dialogues, c.utterances, c.unlabelled) for split, c in r.counts.items()]
    table(["split", "dialogues>", "utterances>", "unlabelled>"], rows)
    faults(r.faults)
    overlaps = [
        (o.left, o.right, o.unit, o.count, o.total, f"{100 * o.count / o.total:.1f} %") for o in r.overlaps if o.count
    ]
    if overlaps:
        table(["of", "also in", "unit", "shared>", "of all>", "share>"], overlaps, "Overlap")
    if len(overlaps) < len(r.overlaps):
        say(
            f"{len(r.overlaps) - len(overlaps)} other comparisons of this kind found nothing shared (--json lists them)"
        )
    for line in r.notes:
        say(f"note: {line}")
    say(f"\nFor a paper:\n{r.paragraph}")


def export(
    name: Annotated[str, typer.Argument(metavar="NAME|VERSION")],
    format_: Annotated[str, typer.Option("--format", help="jsonl, meld-csv or dialogue-json.")],
    to: Annotated[Path, typer.Option(help="The folder to write to.")],
    raw_cells: Annotated[
        bool, typer.Option("--raw-cells", help="meld-csv: leave cells alone that a spreadsheet would run as formulas.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a corpus or a frozen version as files for other tools."""
    from erc_engine.workflows import datasets
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        done = datasets.export(workspace, name, format_, to, neutralise_cells=not raw_cells)
    result = {
        "name": name,
        "format": format_,
        "files": [str(f) for f in done.files],
        "neutralised": done.neutralised_cells,
    }

    def render() -> None:
        for file in done.files:
            say(str(file))
        if done.neutralised_cells:
            say(
                f"{done.neutralised_cells:,} cells that a spreadsheet would run were marked with '; --raw-cells keeps them"
            )

    show(result, as_json, render)
