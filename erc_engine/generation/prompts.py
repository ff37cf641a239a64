"""From a recipe and a plan to the messages that a chat model gets.

    messages = render(recipe, plan)
    messages[1].content     # "Write 8 turns between Ana and Bo. Use joy 3 times, …"
    prompt_hash(messages)   # sha256: what the ledger keeps of the prompt

`VARIABLES` are the values that a template may use; all of them are plain texts, numbers, lists and mappings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import ChatMessage, LabelPlan, ParsedTurn, PromptRecipe, Protocol
from erc_engine.generation.style_plan import words_said
from erc_engine.generation.templates import compile_template
from erc_engine.llm.protocol import write

VARIABLES = {
    "turns": "how many turns the dialogue has",
    "speakers": "list of {name, trait}",
    "labels": "list of {name, definition}, in the order of the scheme",
    "budget": "mapping label → how many turns (modes budget and sequence, else empty)",
    "plan": "list of {number, speaker, label}, one a turn (mode sequence, else empty); with words where style has them",
    "speaker_order": "who speaks each turn (mode sequence, or style.speakers), else empty",
    "words": "{said, mean, turns}: how long turns should be, in words (style.words), else said is empty",
    "avoid_openers": "beginnings of turns that this run has used too often (style.openers), else empty",
    "shots": "list of {text, turns: [{number, speaker, label, text}]}: examples (shots), else empty",
    "attributes": "mapping of the attributes drawn for this dialogue",
    "neutral": "the neutral label, or an empty text",
    "max_words": "most words in a turn",
    "format": "how the reply must be written, with an example",
}

# An invented example; the labels are placed in it from the scheme, so that it never names one outside it.
_EXAMPLE = (("Mara", "The kettle is on the roof again."), ("Tom", "Then we know who had it last."))


def render(recipe: PromptRecipe, plan: LabelPlan, shots: Sequence[Dialogue] = ()) -> tuple[ChatMessage, ...]:
    """System and user message; InputError when a template uses what is not there or goes over its bounds."""
    values = prompt_values(recipe, plan, shots)
    return tuple(
        ChatMessage(role, compile_template(text, VARIABLES, f"the {role} template").render(values).strip())
        for role, text in (("system", recipe.system), ("user", recipe.user))
    )


def prompt_values(recipe: PromptRecipe, plan: LabelPlan, shots: Sequence[Dialogue] = ()) -> dict[str, Any]:
    """Plain copies, so that a template never holds an object of ours. Attributes that a plan lacks are empty."""
    speakers = plan.turn_speakers or ("",) * len(plan.sequence)
    return {
        "turns": plan.turns,
        "speakers": [{"name": s.name, "trait": s.trait} for s in plan.speakers],
        "labels": [{"name": label.name, "definition": label.definition} for label in recipe.scheme.labels],
        "budget": {name: plan.budget[name] for name in recipe.scheme.names if plan.budget.get(name)},
        "plan": [
            {"number": n + 1, "speaker": who, "label": label, **({"words": plan.words[n]} if plan.words else {})}
            for n, (who, label) in enumerate(zip(speakers, plan.sequence, strict=False))
        ],
        "speaker_order": list(plan.turn_speakers),
        "words": _words(plan),
        "avoid_openers": list(plan.avoid_openers),
        "shots": [_shot(recipe, shot) for shot in shots],
        "attributes": {**dict.fromkeys(recipe.attributes, ""), **plan.attributes},
        "neutral": recipe.scheme.neutral or "",
        "max_words": recipe.checks.max_words,
        "format": format_instruction(recipe),
    }


def _words(plan: LabelPlan) -> dict[str, Any]:
    mean = sum(plan.words) / len(plan.words) if plan.words else 0
    return {"said": words_said(plan.words), "mean": round(mean), "turns": list(plan.words)}


def _shot(recipe: PromptRecipe, shot: Dialogue) -> dict[str, Any]:
    """An example as a reply to this recipe would be written, and its turns."""
    turns = [ParsedTurn(u.speaker, u.label, u.text) for u in shot.utterances]
    rows = [
        {"number": n, "speaker": u.speaker, "label": u.label or "", "text": u.text}
        for n, u in enumerate(shot.utterances, start=1)
    ]
    return {"text": write(turns, recipe.protocol), "turns": rows}


def format_instruction(recipe: PromptRecipe) -> str:
    """How the reply must look, in the recipe's protocol, with a two-turn example in the scheme's labels."""
    labels = (recipe.scheme.names[0], recipe.scheme.names[1])
    rows = [(who, label, text) for (who, text), label in zip(_EXAMPLE, labels, strict=True)]
    if recipe.protocol is Protocol.JSON:
        turns = [{"speaker": who, "emotion": label, "text": text} for who, label, text in rows]
        return f"Answer with one JSON object and nothing else, in this form:\n{json.dumps({'turns': turns})}"
    lines = "\n".join(f"{n}. {who} [{label}]: {text}" for n, (who, label, text) in enumerate(rows, start=1))
    return f"Answer with one numbered line a turn and nothing else, in this form:\n{lines}"


def prompt_hash(messages: tuple[ChatMessage, ...]) -> str:
    """sha256 of roles and texts; the same messages have the same hash everywhere."""
    rows = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()
