"""Invented training data for classifiers: the feeling of a turn stands in one of its words."""

from __future__ import annotations

import random
from collections.abc import Sequence

from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.experiment import TrainingData
from erc_engine.domain.labels import scheme

MELD = scheme("meld")
CUES = {
    "neutral": ("table", "Tuesday", "bus"),
    "joy": ("wonderful", "lovely", "hooray"),
    "anger": ("idiot", "furious", "liar"),
    "sadness": ("alone", "tears", "funeral"),
}
FILLER = ("the", "one", "there", "with", "again", "was", "about", "us", "maybe", "in", "kitchen", "she")


def invented(
    dialogues: int, *, split: Split = Split.TRAIN, seed: int = 0, labels: Sequence[str] = tuple(CUES), turns: int = 6
) -> tuple[Dialogue, ...]:
    """Dialogues of two speakers, three to an episode."""
    draw = random.Random(f"{split}{seed}")
    made = []
    for number in range(dialogues):
        utterances = []
        for turn in range(turns):
            label = draw.choice(labels)
            words = [*draw.sample(FILLER, 4), draw.choice(CUES[label])]
            draw.shuffle(words)
            text = " ".join(words) + draw.choice((".", "...", "!"))
            utterances.append(Utterance(f"{split}{number}:{turn}", draw.choice(("Ana", "Bo")), text, label))
        made.append(Dialogue(f"{split}{number}", split, tuple(utterances), f"e{number // 3}"))
    return tuple(made)


def training_data(dialogues: int = 18, *, seed: int = 0, labels: Sequence[str] = tuple(CUES)) -> TrainingData:
    train = invented(dialogues, seed=seed, labels=labels)
    return TrainingData(MELD, train, invented(6, split=Split.DEV, seed=seed, labels=labels))
