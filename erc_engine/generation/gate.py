"""What is asked about a dialogue that passed the checks of its own: is it new, is it clean, is it what was asked for.

    gate = Gate(duplicate_of, remember, contamination, verify)
    gate.passed(dialogue, plan)        # the dialogue, perhaps with masked turns, or a Rejection
    gate.remember(dialogue)            # once it is accepted
    gate.ahead(dialogue)               # before it is passed, in any thread: what takes long is asked already

Each question is a function that is given, so generation knows no index, no benchmark and no judge. A verifier
answers with a Rejection, or with the dialogue: turns whose label it does not confirm are *masked* there (label None).
They stay as context and count as not accepted, so that the planner asks for these labels again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import LabelPlan, Rejection, RejectReason

Verify = Callable[[Dialogue, LabelPlan], Dialogue | Rejection]


def unverified(dialogue: Dialogue, plan: LabelPlan) -> Dialogue:
    return dialogue


def _nothing(dialogue: Dialogue) -> None:
    return None


@dataclass(frozen=True)
class Gate:
    """`duplicate_of` and `contamination` say what a dialogue is too near to, None if nothing. Verifying comes last:
    it may cost a model call, which `ahead` may have made."""

    duplicate_of: Callable[[Dialogue], str | None] = _nothing
    remember: Callable[[Dialogue], None] = _nothing
    contamination: Callable[[Dialogue], str | None] = _nothing
    verify: Verify = unverified
    ahead: Callable[[Dialogue], None] | None = None

    def passed(self, dialogue: Dialogue, plan: LabelPlan) -> Dialogue | Rejection:
        if (twin := self.duplicate_of(dialogue)) is not None:
            return Rejection(RejectReason.NEAR_DUPLICATE, twin)
        if (source := self.contamination(dialogue)) is not None:
            return Rejection(RejectReason.CONTAMINATED, source)
        return self.verify(dialogue, plan)
