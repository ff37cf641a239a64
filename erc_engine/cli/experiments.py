"""`erc freeze`, `versions`, `train`, `predictions import`, `evaluate`, `compare`, `leaderboard`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erc_engine.cli.labels import KIND_HELP, kind_of
from erc_engine.cli.output import AsJson, aside, points, say, score, show, table
from erc_engine.errors import InputError

if TYPE_CHECKING:
    from erc_engine.domain.conversation import Split
    from erc_engine.domain.experiment import Comparison, Evaluation, TrainingRun

SplitOption = Annotated[str, typer.Option("--split", help="dev or test; every look at test is recorded.")]


def register(app: typer.Typer) -> None:
    predictions = typer.Typer(
        help="Predictions of models trained elsewhere.", no_args_is_help=True, rich_markup_mode=None
    )
    predictions.command("import")(import_predictions)
    for command in (freeze, versions, train, evaluate, compare, leaderboard):
        app.command()(command)
    app.add_typer(predictions, name="predictions")


def _split(given: str) -> Split:
    from erc_engine.domain.conversation import Split

    if given not in tuple(Split):
        raise InputError(f"--split cannot be '{given}'", hint="dev or test")
    return Split(given)


def freeze(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="What the version is called.")],
    train: Annotated[
        list[str], typer.Option(metavar="NAME[:train]", help="A train source; may be given several times.")
    ],
    dev: Annotated[str, typer.Option(metavar="NAME:dev")],
    test: Annotated[str, typer.Option(metavar="NAME:test")],
    labels: Annotated[
        str | None, typer.Option(help="gold, intended, majority or soft; by default each corpus's own.")
    ] = None,
    votes: Annotated[str | None, typer.Option(help=f"Whose votes make majority or soft labels: {KIND_HELP}")] = None,
    reviewed_only: Annotated[
        bool, typer.Option("--reviewed-only", help="Only generated dialogues that people labelled.")
    ] = False,
    drop_contaminated: Annotated[
        bool, typer.Option("--drop-contaminated", help="Leave out dialogues with test text.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Allow recorded dev and test; never in the leaderboard.")
    ] = False,
    gate: Annotated[
        str | None,
        typer.Option(help="Which generated labels count: none, judge, classifier, judge+classifier or human."),
    ] = None,
    threshold: Annotated[float, typer.Option(help="Support from which a label is confirmed.")] = 0.5,
    most_masked: Annotated[float, typer.Option(help="A dialogue with a larger share unconfirmed is left out.")] = 0.3,
    as_json: AsJson = False,
) -> None:
    """Make an immutable dataset version out of sources, or refuse and say why."""
    from erc_engine.workflows import versions as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        made = workflow.freeze(
            workspace,
            version,
            train=train,
            dev=dev,
            test=test,
            labels=labels,
            votes=kind_of(votes),
            reviewed_only=reviewed_only,
            drop_contaminated=drop_contaminated,
            demo=demo,
            gate=gate,
            threshold=threshold,
            most_masked=most_masked,
        )

    def render() -> None:
        say(f"{made.name}: content {made.hash[:12]}, labels {made.labels}{', demo' if made.demo else ''}")
        rows = [
            (s.role, f"{s.corpus}:{s.split}", s.origin, s.dialogues, s.utterances,
             ", ".join(f"{n} {why}" for why, n in s.excluded.items()) or None, s.licence)
            for s in made.sources
        ]  # fmt: skip
        table(["role", "source", "origin", "dialogues>", "utterances>", "left out", "licence"], rows)
        for corpus, kept in made.gates.items():
            say(
                f"{corpus}: gate {kept['gate']}, {kept['masked']:,} turns masked, {kept['left_out']:,} dialogues left out"
            )
        for line in made.notes:
            say(f"note: {line}")

    show(made, as_json, render)


def versions(as_json: AsJson = False) -> None:
    """Frozen versions of this workspace."""
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = [workspace.store.versions.get(name) for name in workspace.store.versions.names()]

    def render() -> None:
        if not found:
            say("No versions yet. Try: erc freeze --help")
            return
        rows = [(v.name, v.hash[:12], v.labels, " + ".join(s.corpus for s in v.sources if s.role == "train"), v.demo)
                for v in found]  # fmt: skip
        table(["version", "content", "labels", "train", "demo"], rows)

    show({"versions": [v.to_json() for v in found]}, as_json, render)


def train(
    version: Annotated[str, typer.Argument(metavar="VERSION")],
    classifier: Annotated[str, typer.Option(help="tfidf, or majority as the floor.")] = "tfidf",
    seed: Annotated[int, typer.Option()] = 1,
    as_json: AsJson = False,
) -> None:
    """Train a classifier on a frozen version; choices are made on dev and on folds of train."""
    from erc_engine.workflows.jobs import in_this_process
    from erc_engine.workflows.workspace import open_workspace

    arguments = {"version_name": version, "classifier": classifier, "seed": seed}
    with open_workspace() as workspace:
        run: TrainingRun = in_this_process(workspace, "train", arguments, tell=aside(as_json))

    def render() -> None:
        dev = run.dev
        say(f"run {run.id}")
        measured = dev["intervals"]["weighted_f1"]
        interval = measured if isinstance(measured, list) else None  # else the reason why there is none
        say(
            f"dev: weighted F1 {score(dev['weighted_f1'], interval)}, "
            f"macro {points(dev['macro_f1'])}, n = {dev['n']:,} in {dev['dialogues']:,} dialogues"
        )
        for line in run.notes:
            say(f"note: {line}")
        say(f"next: erc evaluate {run.id} --split test")

    show(run, as_json, render)


def import_predictions(
    version: Annotated[str, typer.Argument(metavar="VERSION")],
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV or JSONL: dialogue, utterance, label or probabilities.")
    ],
    model: Annotated[str | None, typer.Option(help="The model's name, when the file does not say.")] = None,
    seed: Annotated[int | None, typer.Option(help="Its training seed.")] = None,
    split: SplitOption = "test",
    as_json: AsJson = False,
) -> None:
    """Bring anybody's predictions in: each labelled utterance of the split exactly once."""
    from erc_engine.workflows import experiments as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        run = workflow.import_predictions(workspace, version, path, model=model, seed=seed, split=_split(split))
    show({"run": run.id, "version": version, "split": split}, as_json,
         lambda: say(f"run {run.id}; next: erc evaluate {run.id} --split {split}"))  # fmt: skip


def evaluate(
    run: Annotated[str, typer.Argument(metavar="RUN")], split: SplitOption = "test", as_json: AsJson = False
) -> None:
    """Scores of a run with dialogue-bootstrap intervals."""
    from erc_engine.workflows import experiments as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = workflow.evaluate(workspace, run, _split(split))
    flat = found.to_json()
    show(flat, as_json, lambda: _evaluation(found))


def _evaluation(e: Evaluation) -> None:
    say(f"{e.run} on {e.split}, n = {e.scores.n:,} in {e.dialogues:,} dialogues{'  (demo)' if e.demo else ''}")
    values = {
        "weighted F1": ("weighted_f1", e.scores.weighted_f1),
        "macro F1": ("macro_f1", e.scores.macro_f1),
        "accuracy": ("accuracy", e.scores.accuracy),
        "micro F1 without neutral": ("micro_f1_without_neutral", e.scores.micro_f1_without_neutral),
    }
    rows = []
    for name, (key, value) in values.items():
        measured = e.intervals.get(key)
        rows.append((name, score(value, measured.interval if measured else None)))
    table(["", "points [95 % interval]>"], rows)
    per_class = [
        (label, points(c.precision), points(c.recall), points(c.f1), c.support)
        for label, c in e.scores.per_class.items()
    ]
    table(["label", "precision>", "recall>", "F1>", "n>"], per_class)
    if e.split == "test":
        say(f"this test split has been looked at {e.test_looks:,} times in this workspace")


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN…")],
    split: SplitOption = "test",
    seed: Annotated[int, typer.Option(help="Of the resampling.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Paired comparison of each two runs on the same dialogues, corrected (Holm) over all pairs."""
    from erc_engine.workflows import experiments as workflow
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        pairs = workflow.compare(workspace, runs, _split(split), seed=seed)
    listed = [pair.to_json() for pair in pairs]
    show({**listed[0], "comparisons": listed}, as_json, lambda: _comparisons(pairs))


def _comparisons(pairs: tuple[Comparison, ...]) -> None:
    rows = [
        (f"{c.b} − {c.a}", f"{100 * c.difference:+.1f} [{100 * c.interval[0]:+.1f}, {100 * c.interval[1]:+.1f}]",
         f"{100 * c.macro_difference:+.1f}", f"{c.p:.4f}", f"{c.p_holm:.4f}")
        for c in pairs
    ]  # fmt: skip
    table(["difference", "weighted F1, points [95 %]>", "macro>", "p>", "p (Holm)>"], rows)
    first = pairs[0]
    say(f"{first.test}; n = {first.n:,} utterances in {first.dialogues:,} dialogues of {first.split}")


def leaderboard(as_json: AsJson = False) -> None:
    """Runs by dev score; those on demo versions are left out."""
    from erc_engine.workflows import experiments as workflow
    from erc_engine.workflows.leaderboard import standings
    from erc_engine.workflows.workspace import open_workspace

    with open_workspace() as workspace:
        found = workflow.leaderboard(workspace)
        left_out = [r.run for r in standings(workspace) if r.demo]

    def render() -> None:
        if left_out:
            say(f"Left out, on demo versions: {', '.join(left_out)} (erc evaluate RUN, erc compare RUN RUN)")
        if not found:
            say("No trained runs yet. Try: erc train VERSION" if not left_out else "No other trained runs yet.")
            return
        rows = [(r.run, r.version, r.classifier, r.seed, score(r.weighted_f1, r.interval), points(r.macro_f1), r.n)
                for r in found]  # fmt: skip
        table(["run", "version", "classifier", "seed>", "dev weighted F1>", "macro>", "n>"], rows)

    show({"runs": [r.to_json() for r in found], "left_out": left_out}, as_json, render)
