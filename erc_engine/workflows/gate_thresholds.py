"""What people who labelled blind say of turns, and the thresholds that follow for a verifier.

    answers(workspace, "meld-extra")[text_hash]        # "joy", or None when their votes are tied
    thresholds(workspace, "meld-extra", verifier, default=0.5)["joy"].value

People answer about a text: in the set itself, or in a sample drawn from it for a blind check. So answers, like
verdicts, are found by the hash of the text.
"""

from __future__ import annotations

from collections.abc import Mapping

from erc_engine.domain.curation import AnnotatorKind, DialogueState
from erc_engine.domain.review import none_of_these
from erc_engine.domain.verification import GateSettings, Threshold, Verifier, turn_hashes
from erc_engine.labelling.soft_labels import soft_labels
from erc_engine.labelling.thresholds import thresholds_by_label
from erc_engine.workflows.review import revised
from erc_engine.workflows.workspace import Workspace

Answers = Mapping[str, str | None]  # text hash → the majority of blind labels; None: tied, or none of the labels fits


def answers(workspace: Workspace, corpus: str) -> Answers:
    found: dict[str, str | None] = {}
    for name in (corpus, *workspace.store.verdicts.samples(corpus)):
        for text, answer in _answers_in(workspace, name).items():
            found.setdefault(text, answer)
    return found


def _answers_in(workspace: Workspace, corpus: str) -> dict[str, str | None]:
    """Blind labels by people; on a turn where somebody finds that no label fits, that counts as one more answer."""
    store = workspace.store
    votes = [v for v in store.votes.of(corpus, AnnotatorKind.HUMAN) if v.mode != "verify"]
    unfit = none_of_these(store.review.events(corpus))
    if not votes and not unfit:
        return {}
    stored = store.corpora.get(corpus, states=tuple(DialogueState))
    by_place = {place: label.majority for place, label in soft_labels(votes, stored.scheme).items()}
    by_place.update(dict.fromkeys(unfit))
    dialogues, _ = revised(workspace, corpus, stored.dialogues)
    return {
        text: by_place[d.id, u.id]
        for d in dialogues
        for u, text in zip(d.utterances, turn_hashes(d), strict=True)
        if (d.id, u.id) in by_place
    }


def thresholds(workspace: Workspace, corpus: str, verifier: Verifier, *, default: float) -> Mapping[str, Threshold]:
    """From the turns of the set that have both a verdict and an answer."""
    said, scheme = answers(workspace, corpus), workspace.store.corpora.stored(corpus).scheme
    rows = {
        v.text_hash: (v.intended, support, said[v.text_hash] == v.intended)
        for v in workspace.store.verdicts.of(corpus, verifier.id)
        if v.text_hash in said and v.intended is not None and (support := v.opinion.support(v.intended)) is not None
    }
    return thresholds_by_label(rows.values(), scheme, default=default)


def learnt_thresholds(workspace: Workspace, corpus: str, gate: GateSettings) -> dict[str, dict[str, float]]:
    """By kind of verifier, those that people's answers gave; a label with too few of them keeps the default.

    The verifiers are those of the gate's kinds that were used on the set, with the same judge or run.
    """
    found = {}
    wanted = {"llm": gate.judge, "model": gate.classifier}
    for verifier in reversed(workspace.store.verdicts.verifiers(corpus)):
        if wanted[str(verifier.kind)] == verifier.spec:
            learnt = thresholds(workspace, corpus, verifier, default=gate.threshold)
            found[str(verifier.kind)] = {t.label: t.value for t in learnt.values() if t.f1 is not None}
    return {kind: values for kind, values in found.items() if values}
