"""A version of a generated set behind a gate: unfiltered, or by judge, classifier or people, side by side.

    apply_gate(workspace, parts, "judge", threshold=0.5, most_masked=None)

Masked turns stay as context. What the gate was, and what it took out, stands in the version.
"""

from __future__ import annotations

from collections.abc import Sequence

from erc_engine.domain.conversation import Dialogue, Origin
from erc_engine.domain.generation import Rejection
from erc_engine.domain.verification import MASKED
from erc_engine.errors import InputError, RefusedError
from erc_engine.generation.verification import without_masks
from erc_engine.workflows.gates import GATES, SetGate, stored_gate
from erc_engine.workflows.version_parts import Part
from erc_engine.workflows.workspace import Workspace


def apply_gate(
    workspace: Workspace, training: Sequence[Part], gate: str, *, threshold: float, most_masked: float
) -> None:
    """To every generated source; real ones are not gated. `none` gives turns that the run masked their label back."""
    if gate not in GATES:
        raise InputError(f"there is no gate '{gate}'", hint=f"one of: {', '.join(GATES)}")
    generated = [part for part in training if part.corpus.origin != Origin.IMPORTED]
    if not generated:
        raise RefusedError("no train source was generated", hint="a gate is for generated labels: leave --gate out")
    for part in generated:
        if gate == "none":
            chosen = SetGate(gate, without_masks)
        else:
            name = part.corpus.name
            chosen = stored_gate(workspace, name, gate, threshold=threshold, most_masked=most_masked)
        _gate(part, chosen)


def _gate(part: Part, gate: SetGate) -> None:
    kept: list[Dialogue] = []
    gone = set()
    for dialogue in part.dialogues:
        result = gate.decide(dialogue)
        if isinstance(result, Rejection):
            gone.add(dialogue.id)
        else:
            kept.append(result)
    part.leave_out(gone, f"not confirmed by the {gate.name} gate")
    part.dialogues = tuple(kept)
    if not kept:
        raise RefusedError(
            f"the {gate.name} gate leaves nothing of '{part.corpus.name}'",
            hint="verify more of it, or lower --threshold or raise --most-masked",
        )
    masked = sum(MASKED in u.extra for d in kept for u in d.utterances)
    part.gate = {"gate": gate.name, **gate.about, "masked": masked, "left_out": len(gone)}
