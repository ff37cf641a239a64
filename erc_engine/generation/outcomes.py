"""What became of an attempt: a reply is parsed, checked, led through the gate, and accepted or refused.

    outcomes = Outcomes(recipe, gate, dialogue_prefix="extra")
    draft = outcomes.draft(attempt, plan, completion)
    draft.attempt                                    # accepted with its dialogue, or rejected with its reason
    draft.faulty                                     # turns that alone stand in its way, if few
    outcomes.mended(draft, repair, plan, completion) # the repair as it ended, and the draft with the new turns
    outcomes.failed(attempt, error, seconds)         # no reply came
    outcomes.ahead(plan, completion)                 # before, in any thread: the gate may ask its verifiers already

An accepted dialogue is remembered by the gate here. One that is rejected as unverified stays in its attempt, so that
the gate can be audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import (
    Completion,
    FailReason,
    LabelPlan,
    ParsedReply,
    PromptRecipe,
    Rejection,
    RejectReason,
)
from erc_engine.domain.generation_runs import Attempt, AttemptState
from erc_engine.domain.turn_repairs import RepairState, TurnRepair
from erc_engine.errors import ModelError
from erc_engine.generation.checks import faulty_turns, judge_reply, mended_speakers
from erc_engine.generation.gate import Gate
from erc_engine.generation.parsing import parse
from erc_engine.generation.turn_repairs import REWRITTEN, few, with_new_turns


@dataclass(frozen=True)
class Draft:
    """An attempt as it would end now. `repairs` counts the requests for new turns so far."""

    attempt: Attempt
    completion: Completion
    parsed: ParsedReply | None = None
    faulty: Mapping[int, Rejection] = field(default_factory=dict)
    repairs: int = 0


@dataclass(frozen=True)
class Outcomes:
    recipe: PromptRecipe
    gate: Gate
    dialogue_prefix: str

    def ahead(self, plan: LabelPlan, completion: Completion) -> None:
        """Of a reply that passes the checks of its own; what it may be too near to is known later."""
        if self.gate.ahead is None:
            return
        read = self._read(parse(completion.text, self.recipe.protocol, self.recipe.scheme), plan, completion)
        if isinstance(read, Dialogue):
            self.gate.ahead(read)

    def draft(self, attempt: Attempt, plan: LabelPlan, completion: Completion) -> Draft:
        told = replace(
            attempt,
            raw=completion.text,
            finish=completion.finish,
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
            seconds=completion.seconds,
            injected=completion.injected,
        )
        return self._judged(told, plan, completion, parse(completion.text, self.recipe.protocol, self.recipe.scheme))

    def mended(
        self, draft: Draft, repair: TurnRepair, plan: LabelPlan, reply: Completion | ModelError
    ) -> tuple[TurnRepair, Draft]:
        """The tokens of a repair count to its attempt as well, so that every bound holds for both."""
        counted = replace(draft, repairs=draft.repairs + 1)
        if isinstance(reply, ModelError):
            return replace(repair, state=RepairState.FAILED, detail=f"{reply.code}: {reply.message}"), counted
        told = replace(
            repair,
            state=RepairState.REFUSED,
            raw=reply.text,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=reply.seconds,
        )
        attempt = replace(
            draft.attempt,
            prompt_tokens=_sum(draft.attempt.prompt_tokens, reply.prompt_tokens),
            completion_tokens=_sum(draft.attempt.completion_tokens, reply.completion_tokens),
            seconds=draft.attempt.seconds + reply.seconds,
        )
        counted = replace(counted, attempt=attempt)
        if draft.parsed is None:
            return replace(told, detail="there is no dialogue to mend"), counted
        merged = with_new_turns(draft.parsed, repair.turns, reply.text, self.recipe, plan)
        if isinstance(merged, str):
            return replace(told, detail=merged), counted
        again = self._judged(attempt, plan, draft.completion, merged, repairs=draft.repairs + 1)
        if again.attempt.state is AttemptState.ACCEPTED:
            return replace(told, state=RepairState.MENDED), again
        return replace(told, detail=f"{again.attempt.reason}: {again.attempt.detail}"), again

    def _judged(
        self,
        attempt: Attempt,
        plan: LabelPlan,
        completion: Completion,
        parsed: ParsedReply | Rejection,
        *,
        repairs: int = 0,
    ) -> Draft:
        read = self._read(parsed, plan, completion)
        judged = self.gate.passed(read, plan) if isinstance(read, Dialogue) else read
        if isinstance(parsed, ParsedReply):
            attempt = replace(attempt, repairs=(*parsed.repairs, *mended_speakers(parsed, plan)))
        if not isinstance(judged, Rejection):
            self.gate.remember(judged)
            accepted = replace(attempt, state=AttemptState.ACCEPTED, reason="", detail="", dialogue=judged)
            return Draft(accepted, completion, repairs=repairs)
        kept = read if judged.reason is RejectReason.UNVERIFIED and isinstance(read, Dialogue) else None
        rejected = replace(
            attempt, state=AttemptState.REJECTED, reason=str(judged.reason), detail=judged.detail, dialogue=kept
        )
        if not isinstance(parsed, ParsedReply):
            return Draft(rejected, completion, repairs=repairs)
        if judged.reason is RejectReason.UNVERIFIED:
            faulty = dict.fromkeys(judged.turns, judged)
        else:
            faulty = faulty_turns(parsed, plan, self.recipe, completion) if judged.turns else {}
        return Draft(rejected, completion, parsed, faulty if few(tuple(faulty), plan) else {}, repairs)

    def _read(self, parsed: ParsedReply | Rejection, plan: LabelPlan, completion: Completion) -> Dialogue | Rejection:
        dialogue_id = f"{self.dialogue_prefix}-{plan.ordinal:05d}"
        read = judge_reply(parsed, plan, self.recipe, completion, dialogue_id=dialogue_id)
        return _marked(read, parsed) if isinstance(read, Dialogue) and isinstance(parsed, ParsedReply) else read

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


def _marked(dialogue: Dialogue, parsed: ParsedReply) -> Dialogue:
    """Turns that were written again say so, with what stood there first."""
    first: dict[int, str] = {}
    for repair in parsed.repairs:
        if repair.kind == REWRITTEN and repair.turn is not None:
            first.setdefault(repair.turn, repair.before)
    if not first:
        return dialogue
    turns = (
        replace(u, extra={**u.extra, "repaired": {"before": first[n]}}) if n in first else u
        for n, u in enumerate(dialogue.utterances)
    )
    return replace(dialogue, utterances=tuple(turns))


def _sum(one: int | None, other: int | None) -> int | None:
    """None, not known, when either is."""
    return None if one is None or other is None else one + other
