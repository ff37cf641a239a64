"""Single turns asked for again in their context, when they are all that is wrong with a dialogue.

    messages = repair_prompt(recipe, plan, parsed, {2: Rejection(RejectReason.TOO_LONG, …)})
    merged = with_new_turns(parsed, (2,), reply_text, recipe, plan)       # ParsedReply, or why the reply is no use

The model sees what it was asked, what it wrote, and which turns to write again with which label. All other turns stay
as they were. What the new dialogue is worth is judged like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import (
    ChatMessage,
    LabelMode,
    LabelPlan,
    ParsedReply,
    ParsedTurn,
    PromptRecipe,
    Rejection,
    RejectReason,
    Repair,
)
from erc_engine.generation.parsing import parse
from erc_engine.generation.prompts import render
from erc_engine.llm.protocol import write

MOST_AT_FAULT = 1 / 3  # share of the turns, one at least: beyond, the whole dialogue is asked for again
REWRITTEN = "rewritten"

_ASK = {
    RejectReason.EMPTY_TURN: "it has no words",
    RejectReason.TOO_LONG: "it is too long: {words} words at most",
    RejectReason.OWN_LABEL_WORD: "it names its own emotion: let the words show {label} without saying it",
    RejectReason.LABEL_PLAN: "it must express {label}",
    RejectReason.UNVERIFIED: "readers do not find {label} in it: let the words show {label} without naming it",
}


def few(faulty: Sequence[int], plan: LabelPlan) -> bool:
    return 0 < len(faulty) <= max(1, int(plan.turns * MOST_AT_FAULT))


def wanted_label(parsed: ParsedReply, turn: int, recipe: PromptRecipe, plan: LabelPlan) -> str | None:
    """The planned one where the plan goes turn by turn, else the one that the reply gave the turn."""
    return plan.sequence[turn] if recipe.label_mode is LabelMode.SEQUENCE else parsed.turns[turn].label


def repair_prompt(
    recipe: PromptRecipe,
    plan: LabelPlan,
    parsed: ParsedReply,
    faulty: Mapping[int, Rejection],
    shots: Sequence[Dialogue] = (),
) -> tuple[ChatMessage, ...]:
    """The prompt of the attempt with its examples, the reply as it came, and which turns to write again."""
    lines = []
    for turn, why in sorted(faulty.items()):
        label = wanted_label(parsed, turn, recipe, plan) or ""
        told = _ASK[why.reason].format(words=recipe.checks.max_words, label=label)
        lines.append(f"Turn {turn + 1}, {parsed.turns[turn].speaker} [{label}]: {told}.")
    example = [
        ParsedTurn(parsed.turns[n].speaker, wanted_label(parsed, n, recipe, plan), "…the new words") for n in faulty
    ]
    ask = (
        f"Write {'this turn' if len(lines) == 1 else 'these turns'} of the dialogue again, and nothing else:\n"
        + "\n".join(lines)
        + "\nKeep the speaker and the label, and let the words fit the turns around. Answer in this form:\n"
        + write(example, recipe.protocol)
    )
    return (
        *render(recipe, plan, shots),
        ChatMessage("assistant", write(parsed.turns, recipe.protocol)),
        ChatMessage("user", ask),
    )


def with_new_turns(
    parsed: ParsedReply, turns: Sequence[int], reply: str, recipe: PromptRecipe, plan: LabelPlan
) -> ParsedReply | str:
    """The whole reply with new words in these turns, or why there are none in what came back.

    The model may have sent the turns alone or the whole dialogue; of that, only these turns are taken.
    """
    found = parse(reply, recipe.protocol, recipe.scheme)
    if isinstance(found, Rejection):
        return f"{found.reason}: {found.detail}"
    if len(found.turns) == len(turns):
        new = dict(zip(sorted(turns), found.turns, strict=True))
    elif len(found.turns) == len(parsed.turns):
        new = {n: found.turns[n] for n in turns}
    else:
        return f"{len(found.turns)} turns came back, {len(turns)} asked for"
    merged, repairs = list(parsed.turns), list(parsed.repairs)
    for n, turn in new.items():
        before, label = parsed.turns[n], wanted_label(parsed, n, recipe, plan)
        if turn.speaker.casefold() != before.speaker.casefold():
            return f"turn {n + 1} came back as {turn.speaker}'s, not {before.speaker}'s"
        if turn.label is not None and recipe.scheme.canonical(turn.label) != recipe.scheme.canonical(label or ""):
            return f"turn {n + 1} came back as {turn.label}, not {label}"
        merged[n] = replace(before, label=label, text=turn.text)
        repairs.append(Repair(REWRITTEN, n, before.text))
    return ParsedReply(tuple(merged), tuple(repairs))
