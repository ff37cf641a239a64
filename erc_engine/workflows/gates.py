"""What a gate decides on each turn of a set: the one of its run, or one made of stored verdicts or people's labels.

    gate = stored_gate(workspace, "meld-extra", "judge+classifier", threshold=0.5)
    gate.decide(dialogue)               # the dialogue with masks, or Rejection
    decided(workspace, "meld-extra", "loop")     # every turn, passed, masked or rejected, for the blind check

Gates: loop (as decided while the run went on), judge, classifier, judge+classifier, human.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import Rejection, RejectReason
from erc_engine.domain.generation_runs import AttemptState
from erc_engine.domain.verification import MASKED, GateSettings, Opinion, Verifier, intended_labels, turn_hashes
from erc_engine.errors import InputError, NotFoundError
from erc_engine.generation.verification import gated, with_masks, without_masks
from erc_engine.workflows.gate_thresholds import answers, thresholds
from erc_engine.workflows.verify import labelled, newest
from erc_engine.workflows.workspace import Workspace

LOOP, HUMAN = "loop", "human"
OF_VERDICTS: Mapping[str, tuple[str, ...]] = {
    "judge": ("llm",),
    "classifier": ("model",),
    "judge+classifier": ("llm", "model"),
}
GATES = ("none", *OF_VERDICTS, HUMAN)
_UNSAID = Opinion()


@dataclass(frozen=True)
class SetGate:
    """`about` is what a version keeps of it: verifiers, thresholds, where they come from."""

    name: str
    decide: Callable[[Dialogue], Dialogue | Rejection]
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """A dialogue as a gate left it: `decisions` are passed, masked or rejected, "" for turns without a label."""

    id: str
    dialogue: Dialogue
    intended: tuple[str | None, ...]
    decisions: tuple[str, ...]

    @property
    def stratum(self) -> str:
        return next((name for name in ("rejected", "masked") if name in self.decisions), "passed")


def stored_gate(
    workspace: Workspace,
    corpus: str,
    name: str,
    *,
    threshold: float = 0.5,
    most_masked: float = 0.3,
    calibrated: bool = True,
) -> SetGate:
    """A gate of verdicts that are in the store, or of people's blind labels; NotFoundError when there are none.

    `calibrated`: labels with enough reviewed turns have a threshold of their own.
    """
    if name == HUMAN:
        return _human(workspace, corpus)
    if name not in OF_VERDICTS:
        raise InputError(f"there is no gate '{name}'", hint=f"one of: {', '.join(GATES)}")
    if not (0 < threshold <= 1 and 0 <= most_masked <= 1):
        raise InputError("a threshold is above 0 and at most 1, the share of masked turns from 0 to 1")
    verifiers = [_newest(workspace, corpus, kind) for kind in OF_VERDICTS[name]]
    learnt = {str(v.kind): thresholds(workspace, corpus, v, default=threshold) if calibrated else {} for v in verifiers}
    own = {kind: {t.label: t.value for t in found.values() if t.f1 is not None} for kind, found in learnt.items()}
    settings = GateSettings(threshold=threshold, most_masked=most_masked, thresholds=own)
    said = {
        str(v.kind): {verdict.text_hash: verdict.opinion for verdict in workspace.store.verdicts.of(corpus, v.id)}
        for v in verifiers
    }

    def decide(dialogue: Dialogue) -> Dialogue | Rejection:
        texts = turn_hashes(dialogue)
        opinions = {kind: tuple(of.get(text, _UNSAID) for text in texts) for kind, of in said.items()}
        return gated(without_masks(dialogue), opinions, settings)

    about = {
        "verifiers": [v.id for v in verifiers],
        "threshold": threshold,
        "thresholds": {k: v for k, v in own.items() if v},
        "most_masked": most_masked,
    }
    return SetGate(name, decide, about)


def _newest(workspace: Workspace, corpus: str, kind: str) -> Verifier:
    found = newest(workspace, corpus, kind)
    if found is None:
        option = "--judge openai:NAME#model" if kind == "llm" else "--classifier RUN"
        raise NotFoundError(
            f"no {'judge' if kind == 'llm' else 'classifier'} has verified '{corpus}' yet",
            hint=f"erc verify {corpus} {option}",
        )
    return found


def _human(workspace: Workspace, corpus: str) -> SetGate:
    """Only labels that the majority of people who labelled blind agrees with; dialogues without any are left out."""
    said = answers(workspace, corpus)
    if not said:
        raise NotFoundError(
            f"nobody has labelled turns of '{corpus}' blind yet", hint="review it, or a sample: erc verify sample"
        )

    def decide(dialogue: Dialogue) -> Dialogue | Rejection:
        whole = without_masks(dialogue)
        texts = turn_hashes(whole)
        doubted = {}
        for n, (label, text) in enumerate(zip(whole.labels, texts, strict=True)):
            if label is not None and said.get(text) != label:
                doubted[n] = "people differ" if text in said else "not reviewed"
        if len(doubted) == sum(label is not None for label in whole.labels):
            return Rejection(RejectReason.UNVERIFIED, "people confirm no label of it", tuple(doubted))
        return with_masks(whole, doubted)

    return SetGate(HUMAN, decide, {"reviewed_turns": len(said)})


def default_gate(workspace: Workspace, corpus: str) -> str:
    """The gate that the run had, else all verifiers that were used on the set."""
    run = workspace.store.runs.by_name(corpus)
    if run is not None and run.settings.gate is not None:
        return LOOP
    kinds = tuple(dict.fromkeys(sorted(str(v.kind) for v in workspace.store.verdicts.verifiers(corpus))))
    found = next((name for name, of in OF_VERDICTS.items() if of == kinds), None)
    if found is None:
        raise NotFoundError(
            f"no gate has decided on '{corpus}' yet",
            hint=f"erc verify {corpus} --classifier RUN, or --judge openai:NAME#model",
        )
    return found


def decided(workspace: Workspace, corpus: str, gate: str, *, threshold: float = 0.5) -> tuple[Decided, ...]:
    """Every dialogue with labels that the gate has decided on, those that it rejected included."""
    if gate == LOOP:
        return (*_accepted_in_loop(workspace, corpus), *_rejected_in_loop(workspace, corpus))
    chosen = stored_gate(workspace, corpus, gate, threshold=threshold, calibrated=False)
    found = []
    for dialogue in labelled(workspace, corpus):
        whole = without_masks(dialogue)
        if any(whole.labels):
            found.append(_decided(whole.id, whole, chosen.decide(whole)))
    return tuple(found)


def _decided(id_: str, whole: Dialogue, result: Dialogue | Rejection) -> Decided:
    if isinstance(result, Rejection):
        decisions = tuple("rejected" if label else "" for label in whole.labels)
    else:
        pairs = zip(whole.labels, result.labels, strict=True)
        decisions = tuple(("passed" if after else "masked") if before else "" for before, after in pairs)
    return Decided(id_, whole, whole.labels, decisions)


def _accepted_in_loop(workspace: Workspace, corpus: str) -> list[Decided]:
    found = []
    for dialogue in labelled(workspace, corpus):
        intended = intended_labels(dialogue)
        decisions = tuple(
            "masked" if MASKED in u.extra else "passed" if label else ""
            for u, label in zip(dialogue.utterances, intended, strict=True)
        )
        if any(intended):
            found.append(Decided(dialogue.id, dialogue, intended, decisions))
    return found


def _rejected_in_loop(workspace: Workspace, corpus: str) -> list[Decided]:
    run = workspace.store.runs.by_name(corpus)
    if run is None or run.settings.gate is None:
        raise NotFoundError(f"'{corpus}' was made without a gate", hint="choose --gate judge or classifier")
    found = []
    for attempt in workspace.store.runs.attempts(run.id):
        dialogue = attempt.dialogue
        if attempt.state is AttemptState.REJECTED and dialogue is not None:
            found.append(Decided(attempt.id, dialogue, dialogue.labels, ("rejected",) * len(dialogue)))
    return found
