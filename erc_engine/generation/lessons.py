"""Recorded dialogues as lessons for a small model: exactly the prompt that a recipe would give, and the reply to it.

    lesson(recipe, recording, draw=random.Random(1))
    # Lesson(messages=(system, user), reply="1. Ana [joy]: You came!\\n2. Bo [neutral]: Barely.")
    drill(recipe, recordings, draw)                    # turns of any of them, one after the other
    lesson(recipe, stretch_of(recording, draw), draw)  # some turns of it, so that only the prompt says how many

The speakers get other names of the recipe at each draw, in the turns' texts too, so that a model learns to take names
from the prompt instead of knowing them by heart.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from erc_engine.domain.generation import ChatMessage, LabelMode, LabelPlan, ParsedTurn, PromptRecipe, Speaker
from erc_engine.errors import InputError
from erc_engine.generation.prompts import render
from erc_engine.llm.protocol import write
from erc_engine.llm.recordings import Recording

FEW_WORDS = "in few words"


@dataclass(frozen=True)
class Lesson:
    messages: tuple[ChatMessage, ...]
    reply: str


def lesson(recipe: PromptRecipe, recording: Recording, draw: random.Random | None = None) -> Lesson:
    """With the names that were recorded, or with names drawn for it. InputError for a recording of other labels."""
    if recording.scheme.names != recipe.scheme.names:
        raise InputError(
            f"'{recording.id}' has other labels than recipe '{recipe.name}'", hint="a recipe of its own label scheme"
        )
    speakers, turns = recording.item.speakers, recording.turns
    if draw is not None:
        speakers, turns = renamed(speakers, turns, recipe.names, draw)
    plan = plan_of(recipe, recording, speakers, turns)
    return Lesson(render(recipe, plan), write(turns, recipe.protocol))


def stretch_of(recording: Recording, draw: random.Random, *, shortest: int = 3) -> Recording:
    """Turns of the recording that follow one another, half of the time from its beginning, and who speaks in them.

    A model that knows a recording by heart would end where that ends, whatever number of turns it is asked for.
    """
    turns = recording.turns
    length = draw.randint(min(shortest, len(turns)), len(turns))
    begin = draw.choice((0, draw.randint(0, len(turns) - length)))
    kept = turns[begin : begin + length]
    heard = {turn.speaker for turn in kept}
    speakers = tuple(s for s in recording.item.speakers if s.name in heard)
    if len(speakers) < 2:
        return recording
    return replace(recording, turns=kept, item=replace(recording.item, speakers=speakers))


def drill(
    recipe: PromptRecipe, recordings: Sequence[Recording], draw: random.Random, *, few_words: bool = False
) -> Lesson:
    """A lesson in form: turns of any recordings one after the other, said by whoever the prompt names.

    They make no sense together, so that nothing but the prompt tells how many there are, who speaks, and with which
    label. In `few_words` each turn is cut short, which the prompt says in place of its attributes: more form in less
    text, and no turn where it would be by habit.
    """
    names = draw.sample(recipe.names, draw.choice((2, 2, 3)))
    longest = draw.choice(recordings)
    turns: list[ParsedTurn] = []
    for _ in range(draw.randint(2, len(longest.turns))):
        recorded = draw.choice(draw.choice(recordings).turns)
        name = draw.choice(names)
        text = " ".join(recorded.text.split()[: draw.randint(1, 3)]) if few_words else recorded.text
        turns.append(replace(recorded, speaker=name, text=text))
    heard = dict.fromkeys(turn.speaker for turn in turns)
    plan = plan_of(recipe, longest, tuple(Speaker(name) for name in heard), tuple(turns))
    if few_words:
        plan = replace(plan, attributes=dict.fromkeys(plan.attributes, FEW_WORDS))
    return Lesson(render(recipe, plan), write(turns, recipe.protocol))


def renamed(
    speakers: tuple[Speaker, ...], turns: tuple[ParsedTurn, ...], names: tuple[str, ...], draw: random.Random
) -> tuple[tuple[Speaker, ...], tuple[ParsedTurn, ...]]:
    """Everybody gets another name, the same one everywhere."""
    old = [s.name for s in speakers]
    others = [name for name in names if name not in old]
    new = dict(zip(old, draw.sample(others if len(others) >= len(old) else names, len(old)), strict=True))
    known = re.compile(r"\b(" + "|".join(re.escape(name) for name in new) + r")\b")

    def text(old: str) -> str:
        return known.sub(lambda found: new[found[0]], old)

    return (
        tuple(replace(s, name=new[s.name]) for s in speakers),
        tuple(replace(t, speaker=new.get(t.speaker, t.speaker), text=text(t.text)) for t in turns),
    )


def plan_of(
    recipe: PromptRecipe, recording: Recording, speakers: tuple[Speaker, ...], turns: tuple[ParsedTurn, ...]
) -> LabelPlan:
    """The plan that the recording fulfils."""
    labels = tuple(turn.label or "" for turn in turns)
    by_sequence = recipe.label_mode is LabelMode.SEQUENCE
    free = recipe.label_mode is LabelMode.FREE
    return LabelPlan(
        id=recording.id,
        ordinal=0,
        speakers=speakers,
        turns=len(turns),
        sequence=labels if by_sequence else (),
        budget={} if free else dict(Counter(labels)),
        expected={},
        turn_speakers=tuple(turn.speaker for turn in turns) if by_sequence else (),
        attributes=dict(recording.item.attributes),
    )
