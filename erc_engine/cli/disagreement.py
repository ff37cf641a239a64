"""`erc disagreement`: entropy of soft labels, agreement, what is mixed up, a human reference, the hardest utterances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.labels import KIND_HELP, kind_of
from erc_engine.cli.output import AsJson, note, score, show, table
from erc_engine.errors import NotFoundError

if TYPE_CHECKING:
    from erc_engine.domain.curation import Measured
    from erc_engine.domain.disagreement import Confusion, DisagreementReport

MEASURES = ("percent", "cohen", "fleiss", "alpha", "ac1")


def register(app: typer.Typer) -> None:
    app.command()(disagreement)


def disagreement(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A corpus, or NAME:SPLIT.")],
    kind: Annotated[str | None, typer.Option(help=f"{KIND_HELP} Default: the first that has votes.")] = None,
    hardest: Annotated[int, typer.Option(min=0, help="How many of the most disputed utterances to list.")] = 10,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Where annotators differ: entropy, agreement, confusions, one against the others, the hardest utterances."""
    from erc_engine.workflows import disagreement as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        study = workflow.open_study(workspace, name, kind=kind_of(kind), seed=seed, most=hardest)
    report = study.report
    if report is None:
        raise NotFoundError(f"'{study.part}' has no votes yet", hint=f"erc votes import {study.corpus.name} FILE")
    show(report, as_json, lambda: _report(report))


def _report(r: DisagreementReport) -> None:
    rows = [(a.kind, m, _value(getattr(a, m)), getattr(a, m).n or None) for a in r.agreement for m in MEASURES]
    table(
        ["annotators", "measure", "value and 95 % interval", "n>"], rows, f"agreement on {r.part}, kinds never pooled"
    )
    if r.entropy:
        each = [("all", r.entropy.all), *((e.label or "", e) for e in r.entropy.by_label)]
        table(
            [r.label_word, "mean entropy in bits", "utterances>"],
            [(label, _value(e.mean), e.mean.n) for label, e in each if e.mean.value is not None],
            f"soft labels of {r.kind} annotators, rule {r.entropy.rule}; "
            f"{r.entropy.unanimous:,} unanimous, at most {r.entropy.most:.3g} bits",
        )
    else:
        note(f"entropy: undefined because {r.entropy_reason}")
    if r.reference:
        table(
            ["utterances", "n>", "weighted F1", "accuracy", "others not tied: F1", "others tied %>"],
            [
                (row.rows, row.utterances, _points(row.weighted_f1), _points(row.accuracy), _points(row.untied_f1),
                 None if row.tied is None else f"{100 * row.tied:.1f}")
                for row in r.reference
            ],
            f"one {r.kind} annotator against the plurality of the others (a reference, no ceiling)",
        )  # fmt: skip
    else:
        note(f"one against the others: undefined because {r.reference_reason}")
    _confusion(r.perceived)
    if r.hardest:
        table(
            ["utterance", "bits>", r.label_word, "votes", "text"],
            [
                (h.utterance, h.entropy, h.label, ", ".join(f"{v} {n}" for v, n in h.votes.items()), h.text[:70])
                for h in r.hardest
            ],
            "most disputed",
        )
    for text in r.notes:
        note(text)


def _confusion(c: Confusion) -> None:
    rows = [
        (a, *(int(n) if n else "·" for n in row)) for a, row in zip(c.row_labels, c.counts, strict=True) if sum(row)
    ]
    table([c.rows, *(f"{b}>" for b in c.column_labels)], rows, f"{c.rows} × {c.columns}; kappa {_value(c.kappa)}")


def _value(m: Measured) -> str:
    if m.value is None:
        return f"undefined because {m.reason}"
    return f"{m.value:.3f}" + (f" [{m.interval[0]:.3f}, {m.interval[1]:.3f}]" if m.interval else f" ({m.reason})")


def _points(m: Measured) -> str:
    return score(m.value, m.interval)
