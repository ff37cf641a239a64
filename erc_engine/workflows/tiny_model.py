"""A tiny model of one's own, taught with the bundled recordings: real sampling, real refusals, no download.

    outcome = teach(workspace.home / "models" / "tiny", say=print)
    generate(workspace, recipe="tiny-meld", model="hf:tiny", …)

A tenth of the recordings is held out, by recording. It learns the prompts of recipe `tiny-meld` and of no other: their
form from drills whose speakers, labels and number of turns only the prompt tells, the rest from stretches of dialogues.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from erc_engine.errors import ConflictError
from erc_engine.generation.lessons import drill, lesson, stretch_of
from erc_engine.generation.recipes import bundled_recipes
from erc_engine.llm.local.training import Pair, SmallModel, TrainingOutcome, train
from erc_engine.llm.recordings import Recordings
from erc_engine.settings import assets_folder

RECIPE = "tiny-meld"
SETS = ("meld-balanced", "meld-matched")
HELD_OUT = 10  # every so manieth recording
LONGEST = 13  # turns
FORM_EPOCHS, FORM_DRILLS = 4, 6  # the first epochs have nothing but drills in few words, so many a recording
IN_FEW_WORDS, DRILLS, STRETCHES = 2, 1, 1  # a recording and later epoch


def teach(folder: Path, *, shape: SmallModel | None = None, say: Callable[[str], None]) -> TrainingOutcome:
    """Train a tiny model into a new folder. ConflictError when there is something in it."""
    if folder.exists() and any(folder.iterdir()):
        raise ConflictError(f"{folder} is not empty", hint="remove it, or choose another --folder")
    shape = shape or SmallModel()
    recipe = bundled_recipes(assets_folder() / "recipes")[RECIPE]
    sets = Recordings(assets_folder() / "recordings")
    every = [r for name in SETS for r in sets.of(name)]
    recorded = [r for r in every if len(r.turns) <= LONGEST and len(r.item.speakers) <= len(recipe.names)]

    inside = [recording for n, recording in enumerate(recorded) if n % HELD_OUT]

    def lessons(epoch: int) -> list[Pair]:
        draw = random.Random(f"lessons/{shape.seed}/{epoch}")
        short = IN_FEW_WORDS if epoch >= FORM_EPOCHS else FORM_DRILLS
        drawn = [drill(recipe, inside, draw, few_words=True) for _ in range(short * len(inside))]
        if epoch >= FORM_EPOCHS:
            drawn += [drill(recipe, inside, draw) for _ in range(DRILLS * len(inside))]
            drawn += [lesson(recipe, stretch_of(r, draw), draw) for r in inside for _ in range(STRETCHES)]
        return [(one.messages, one.reply) for one in drawn]

    named = random.Random(shape.seed)
    outside = [lesson(recipe, r, named) for r in recorded[::HELD_OUT]]
    held_out = [(one.messages, one.reply) for one in outside]
    seen = [lesson(recipe, r, named) for r in inside]
    texts = [text for one in seen for text in (one.messages[-1].content, one.reply)]
    return train(lessons, held_out, folder, shape, texts=texts, say=say)
