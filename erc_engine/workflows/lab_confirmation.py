"""A second opinion on the labels of replies: a trained classifier of this workspace reads the turns.

    confirm = confirmer(workspace, "v1-tfidf-s1-0a1b2c", scheme)      # RefusedError when it cannot judge these labels
    confirm([parsed])                                                 # [0.75]: three of four labelled turns

Agreement with a classifier is evidence, not truth: it errs on its own, and alike for both versions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from erc_engine.classifiers.base import load_classifier
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.generation import ParsedReply
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import RefusedError
from erc_engine.workflows.experiments import OUTSIDE
from erc_engine.workflows.workspace import Workspace

Confirm = Callable[[Sequence[ParsedReply]], list[float | None]]


def confirmer(workspace: Workspace, run_id: str, scheme: LabelScheme) -> Confirm:
    """For each reply the share of its labelled turns that the classifier gives the same label; None without any."""
    run = workspace.store.training.get(run_id)
    if run.state != "done" or run.settings.classifier == OUTSIDE:
        raise RefusedError(
            f"run '{run_id}' has no model that could read a reply", hint="name a finished run of erc train"
        )
    names = workspace.store.versions.get(run.version).scheme.names
    if names != scheme.names:
        raise RefusedError(
            f"run '{run_id}' knows {', '.join(names)}, the recipes write {', '.join(scheme.names)}",
            hint="name a run of the same label scheme",
        )
    model = load_classifier(run.settings, workspace.home / "models" / run.id)

    def confirm(replies: Sequence[ParsedReply]) -> list[float | None]:
        chances = model.predict_proba([_dialogue(n, reply) for n, reply in enumerate(replies)])
        return [
            _share(reply, [names[int(row.argmax())] for row in rows], scheme)
            for reply, rows in zip(replies, chances, strict=True)
        ]

    return confirm


def confirming_runs(workspace: Workspace, scheme: LabelScheme) -> tuple[str, ...]:
    """Finished runs with a model of their own for these labels."""
    fitting = [
        v for v in workspace.store.versions.names() if workspace.store.versions.get(v).scheme.names == scheme.names
    ]
    return tuple(
        run.id
        for run in workspace.store.training.list()
        if run.state == "done" and run.version in fitting and run.settings.classifier != OUTSIDE
    )


def _dialogue(number: int, reply: ParsedReply) -> Dialogue:
    turns = (Utterance(f"{number}:{n}", t.speaker, t.text, None) for n, t in enumerate(reply.turns))
    return Dialogue(str(number), Split.DEV, tuple(turns))


def _share(reply: ParsedReply, predicted: Sequence[str], scheme: LabelScheme) -> float | None:
    labels = [scheme.canonical(turn.label) if turn.label is not None else None for turn in reply.turns]
    pairs = [(label, other) for label, other in zip(labels, predicted, strict=True) if label is not None]
    return sum(label == other for label, other in pairs) / len(pairs) if pairs else None
