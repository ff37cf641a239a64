"""Examples that a prompt shows: dialogues of a train split that share labels with the plan and differ among each other.

    pool = ShotPool(settings, meld.scheme, train, HashingEncoder(512).encode)
    pool.choose(plan, seed="shots/1/0")      # ("meld:12", "meld:480"): kept in the plan, and with the dialogue
    pool.dialogues(plan.shots)               # the two dialogues, for the prompt
    pool.copied(dialogue)                    # "turn 3 repeats the example meld:12", or None

The nearest by label counts are taken first, then of those one at random and each next one farthest from all before
(max-min). Only train is ever given to a pool. The text stays in the prompt: what is kept of examples are their ids.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from erc_engine.corpora.text import normalise
from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.generation import LabelPlan
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.style import ShotSettings
from erc_engine.errors import InputError, RefusedError

SHORTLIST = 24  # dialogues that share most labels, of which diverse ones are taken
MOST_TURNS = 16  # a longer example costs more of the prompt than it shows
LEAST_TURNS = 2
COPIED_WORDS = 5  # people repeat shorter turns without copying them

Encode = Callable[[Sequence[str]], np.ndarray]


class ShotPool:
    def __init__(self, settings: ShotSettings, scheme: LabelScheme, train: Iterable[Dialogue], encode: Encode) -> None:
        given = list(train)
        if any(d.split is not Split.TRAIN for d in given):
            raise RefusedError("examples may come from a train split only", hint="dev and test are for measuring")
        self.settings = settings
        self._dialogues = [d for d in given if LEAST_TURNS <= len(d) <= MOST_TURNS and None not in d.labels]
        if len(self._dialogues) < settings.k:
            raise InputError(
                f"train of '{settings.source}' has {len(self._dialogues)} dialogues fit to be examples, "
                f"{settings.k} are asked for",
                hint=f"they have {LEAST_TURNS} to {MOST_TURNS} turns, all of them labelled",
            )
        self._by_id = {f"{settings.source}:{d.id}": d for d in self._dialogues}
        self._ids = list(self._by_id)
        self._names = scheme.names
        counts = [Counter(d.labels) for d in self._dialogues]
        self._counts = np.array([[c[name] for name in scheme.names] for c in counts], float)
        self._encode = encode
        self._vectors: dict[int, np.ndarray] = {}  # of the dialogues that were on a shortlist

    def choose(self, plan: LabelPlan, seed: str) -> tuple[str, ...]:
        draw = random.Random(seed)
        order = draw.sample(range(len(self._ids)), len(self._ids))
        budget = np.array([plan.budget.get(name, 0) for name in self._names], float)
        if self.settings.share_labels and budget.any():
            shared = overlap(self._counts, budget)
            order.sort(key=lambda n: -shared[n])  # stable: equals stay shuffled
        nearest = order[:SHORTLIST]
        if not self.settings.diverse:
            return tuple(self._ids[n] for n in nearest[: self.settings.k])
        first = draw.randrange(max(1, len(nearest) // 2))
        vectors = self._vectors_of(nearest)
        return tuple(self._ids[nearest[n]] for n in farthest(vectors, self.settings.k, first))

    def _vectors_of(self, numbers: Sequence[int]) -> np.ndarray:
        new = [n for n in numbers if n not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._encode([_text(self._dialogues[n]) for n in new]), strict=True))
        return np.array([self._vectors[n] for n in numbers])

    def dialogues(self, ids: Iterable[str]) -> tuple[Dialogue, ...]:
        """InputError for an example that is no longer there."""
        found = []
        for name in ids:
            if name not in self._by_id:
                raise InputError(
                    f"the example {name} is not in train of '{self.settings.source}' any more",
                    hint="the corpus was changed since the plan was made: start a new run",
                )
            found.append(self._by_id[name])
        return tuple(found)

    def copied(self, dialogue: Dialogue) -> str | None:
        """Whether a turn of some length is word for word one of the dialogue's examples."""
        shown: Mapping[str, str] = {
            text: name
            for name in dialogue.extra.get("shots", ())
            for u in (self._by_id[name].utterances if name in self._by_id else ())
            if (text := normalise(u.text)).count(" ") + 1 >= COPIED_WORDS
        }
        for n, u in enumerate(dialogue.utterances, start=1):
            if (name := shown.get(normalise(u.text))) is not None:
                return f"turn {n} repeats the example {name}"
        return None


def overlap(counts: np.ndarray, budget: np.ndarray) -> np.ndarray:
    """Weighted Jaccard of label shares: 1 for the plan's own mix, 0 without a label in common."""
    own = counts / counts.sum(1, keepdims=True)
    wanted = budget / budget.sum()
    found: np.ndarray = np.minimum(own, wanted).sum(1) / np.maximum(own, wanted).sum(1)
    return found


def farthest(vectors: np.ndarray, k: int, first: int) -> list[int]:
    """Rows chosen one by one, each the one whose nearest chosen row is farthest (Gonzalez 1985)."""
    chosen = [first]
    nearest = vectors @ vectors[first]
    while len(chosen) < min(k, len(vectors)):
        nearest[chosen] = np.inf
        following = int(np.argmin(nearest.round(6)))
        chosen.append(following)
        nearest = np.maximum(nearest, vectors @ vectors[following])
    return chosen


def _text(dialogue: Dialogue) -> str:
    return "\n".join(u.text for u in dialogue.utterances)
