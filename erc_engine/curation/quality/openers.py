"""How utterances begin: the same few words again and again are a habit of language models.

    openers(TwoSets(mine, theirs)).row("pair_repetition").mine     # Measured(0.0061, …)

Repetition is the chance that two turns, drawn from two different dialogues, begin with the same word (the same two
words): Simpson's index (1949, 10.1038/163688a0) without pairs inside a dialogue. Unlike a count of different openers
it does not depend on how large the set is. The other rows follow the set's own most frequent openers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from erc_engine.corpora.text import opening
from erc_engine.curation.quality.compared import TwoSets, compared, drawn_sides
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.quality import SHARE, Aid, Clue, Row, Section
from erc_engine.evaluation.resampling import CELLS, Drawn, Floats, ratio

LISTED = 12
FREQUENT = 10
MOST_OPENERS = 3_000  # the most frequent ones, beyond which nothing repeats often enough to count
AID = Aid(
    "The first word and the first two words of each turn: the share of the most frequent ones, and the chance "
    "that two turns of different dialogues begin alike.",
    "Higher than the benchmark: turns begin by habit, as language models like to. Lower: more varied than people are.",
    "Simpson 1949 (10.1038/163688a0); case and punctuation do not count",
)
NOTHING = "no turn begins with a word"


def openings(d: Dialogue, length: int) -> list[str]:
    """The first `length` words of each turn that has so many."""
    return [found for u in d.utterances if (found := opening(u.text, length)) is not None]


def openers(sets: TwoSets) -> Section:
    rows: list[Row] = []
    clues: list[Clue] = []
    for length, key, name in ((1, "word", "first word"), (2, "pair", "first two words")):
        found = [[Counter(openings(d, length)) for d in side] for side in sets.sides]
        n = [sum(c.total() for c in side) for side in found]
        for most, label in (
            (1, f"share of the most frequent {name}"),
            (FREQUENT, f"share of the {FREQUENT} most frequent {name}"),
        ):
            sums = [_frequent(side, most) for side in found]
            drawn = drawn_sides(lambda s: ratio(s[..., 0], s[..., 1]), sums, sets)
            row_key = f"{key}_top" if most == 1 else f"{key}_top_{most}"
            rows.append(compared(row_key, label, "turns", drawn, n, sets, undefined=NOTHING, unit=SHARE))
        repeated = [
            repetition(side, seed=sets.seed, stream=s, resamples=sets.resamples) for s, side in enumerate(found)
        ]
        label = f"two turns have the same {name}"
        undefined = f"{NOTHING} in two dialogues"
        rows.append(compared(f"{key}_repetition", label, "turns", repeated, n, sets, undefined=undefined, unit=SHARE))
        if length == 2:
            clues = _most_frequent(found, n)
    return Section("openers", "How turns begin", AID, tuple(rows), clues=tuple(clues), clues_are="first two words")


def _frequent(side: Sequence[Counter[str]], most: int) -> np.ndarray:
    """(dialogues, 2): turns with one of the set's most frequent openers, and all turns with an opener."""
    total = sum(side, Counter[str]())
    chosen = {text for text, _ in _ranked(total)[:most]}
    return np.array([(sum(c[text] for text in chosen), c.total()) for c in side], np.int64).reshape(len(side), 2)


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def repetition(side: Sequence[Counter[str]], *, seed: int, stream: int, resamples: int) -> Drawn:
    """The chance that two turns of different dialogues begin alike, of the whole and of resampled dialogues.

    A dialogue that is drawn twice is never compared with its own copy, which would repeat by construction.
    """
    shared = Counter(text for c in side for text in c)
    kept = {text: i for i, (text, n) in enumerate(_ranked(shared)[:MOST_OPENERS]) if n > 1}
    counts = np.zeros((len(side), len(kept)))
    for row, c in enumerate(side):
        for text, n in c.items():
            if text in kept:
                counts[row, kept[text]] = n
    sizes = np.array([c.total() for c in side], np.float64)
    own, own_pairs = (counts**2).sum(1), sizes**2

    def chance(weights: Floats) -> Floats:
        alike = ((weights @ counts) ** 2).sum(-1) - weights**2 @ own
        return ratio(alike, (weights @ sizes) ** 2 - weights**2 @ own_pairs)

    whole = chance(np.ones(len(side)))
    if len(side) < 2:
        return Drawn(whole, np.zeros(0), len(side))
    random = np.random.default_rng([seed % 2**64, stream])
    block = max(1, CELLS // max(len(side), len(kept), 1))
    found = []
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        picked = random.integers(len(side), size=(rows, len(side))) + len(side) * np.arange(rows)[:, None]
        found.append(chance(np.bincount(picked.ravel(), minlength=rows * len(side)).reshape(rows, -1).astype(float)))
    return Drawn(whole, np.concatenate(found) if found else np.zeros(0), len(side))


def _most_frequent(found: Sequence[Sequence[Counter[str]]], n: Sequence[int]) -> list[Clue]:
    totals = [sum(side, Counter[str]()) for side in found]

    def share(side: int, text: str) -> float:
        return totals[side][text] / n[side] if n[side] else 0.0

    texts = dict.fromkeys(text for total in totals for text, _ in _ranked(total)[: LISTED // len(totals)])
    clues = []
    for text in texts:
        mine, theirs = share(0, text), share(1, text) if len(totals) > 1 else None
        more = "" if theirs is None else "set" if mine > theirs else "benchmark"
        clues.append(Clue(text, "first two words", more, mine, theirs))
    return sorted(clues, key=lambda clue: -clue.mine)
