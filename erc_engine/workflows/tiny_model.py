"""A tiny model of one's own, taught with the bundled recordings: real sampling, real refusals, no download.

    outcome = teach(workspace.home / "models" / "tiny", say=print)
    generate(workspace, recipe="tiny-meld", model="hf:tiny", …)

A tenth of the recordings is held out, by recording. It learns the prompts of the recipes in RECIPES, and of no other:
first their form, in drills whose labels and speakers only the prompt tells, then the dialogues.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from erc_engine.errors import ConflictError
from erc_engine.generation.lessons import drill, lesson
from erc_engine.generation.recipes import bundled_recipes
from erc_engine.llm.local.training import Pair, SmallModel, TrainingOutcome, train
from erc_engine.llm.recordings import Recordings
from erc_engine.settings import assets_folder

RECIPES = ("tiny-meld", "tiny-meld-free")
SETS = ("meld-balanced", "meld-matched")
HELD_OUT = 10  # every so manieth recording
LONGEST = 12  # turns
DRILL_EPOCHS = 4
DRILLS = 12  # a recording and epoch


def teach(folder: Path, *, shape: SmallModel | None = None, say: Callable[[str], None]) -> TrainingOutcome:
    """Train a tiny model into a new folder. ConflictError when there is something in it."""
    if folder.exists() and any(folder.iterdir()):
        raise ConflictError(f"{folder} is not empty", hint="remove it, or choose another --folder")
    shape = shape or SmallModel()
    recipes = bundled_recipes(assets_folder() / "recipes")
    taught = [recipes[name] for name in RECIPES]
    sets = Recordings(assets_folder() / "recordings")
    recorded = [r for name in SETS for r in sets.of(name) if len(r.turns) <= LONGEST]

    inside = [recording for n, recording in enumerate(recorded) if n % HELD_OUT]

    def lessons(epoch: int) -> list[Pair]:
        draw = random.Random(f"lessons/{shape.seed}/{epoch}")
        if epoch < DRILL_EPOCHS:
            drawn = [drill(draw.choice(taught), r, draw) for r in inside for _ in range(DRILLS)]
        else:
            drawn = [lesson(recipe, r, draw) for r in inside for recipe in taught]
            drawn += [drill(draw.choice(taught), r, draw) for r in inside]  # so that it does not forget the form
        return [(one.messages, one.learned) for one in drawn]

    outside = [lesson(recipe, r) for r in recorded[::HELD_OUT] for recipe in taught]
    held_out = [(one.messages, one.learned) for one in outside]
    seen = [lesson(recipe, r) for r in inside for recipe in taught]
    texts = [text for one in seen for text in (one.messages[-1].content, one.reply)]
    return train(lessons, held_out, folder, shape, texts=texts, say=say)
