"""What became of an attempt: a reply is parsed, checked, led through the gate, and accepted or refused.

    outcomes = Outcomes(recipe, gate, dialogue_prefix="extra")
    outcomes.replied(attempt, plan, completion)      # accepted with its dialogue, or rejected with its reason
    outcomes.failed(attempt, error, seconds)         # no reply came

An accepted dialogue is remembered by the gate here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import (
    Attempt,
    AttemptState,
    Completion,
    FailReason,
    LabelPlan,
    ParsedReply,
    PromptRecipe,
    Rejection,
)
from erc_engine.errors import ModelError
from erc_engine.generation.checks import judge_reply, mended_speakers
from erc_engine.generation.gate import Gate
from erc_engine.generation.parsing import parse


@dataclass(frozen=True)
class Outcomes:
    recipe: PromptRecipe
    gate: Gate
    dialogue_prefix: str

    def replied(self, attempt: Attempt, plan: LabelPlan, completion: Completion) -> Attempt:
        parsed = parse(completion.text, self.recipe.protocol, self.recipe.scheme)
        dialogue_id = f"{self.dialogue_prefix}-{plan.ordinal:05d}"
        judged = judge_reply(parsed, plan, self.recipe, completion, dialogue_id=dialogue_id)
        if isinstance(judged, Dialogue):
            judged = self.gate.passed(judged, plan)
        told = replace(
            attempt,
            raw=completion.text,
            repairs=(*parsed.repairs, *mended_speakers(parsed, plan)) if isinstance(parsed, ParsedReply) else (),
            finish=completion.finish,
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
            seconds=completion.seconds,
            injected=completion.injected,
        )
        if isinstance(judged, Rejection):
            return replace(told, state=AttemptState.REJECTED, reason=str(judged.reason), detail=judged.detail)
        self.gate.remember(judged)
        return replace(told, state=AttemptState.ACCEPTED, dialogue=judged)

    def failed(self, attempt: Attempt, error: ModelError, seconds: float) -> Attempt:
        known = error.code in tuple(FailReason)
        return replace(
            attempt,
            state=AttemptState.FAILED,
            reason=error.code if known else FailReason.SERVER_ERROR.value,
            detail=error.message,
            seconds=seconds,
            injected=getattr(error, "injected", None),
        )
