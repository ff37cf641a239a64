"""How far keywords alone, or form alone, give the emotion away, in a set and in a benchmark.

    shortcut(TwoSets(mine, theirs), scheme("meld")).row("keywords").mine     # Measured(0.61, …): macro F1

A linear model sees which words a turn has (no pairs, no context, no order), another one marks, capitals, length and
place alone. Both are tested on held-out dialogues, episodes kept whole, with equally many turns of each label in both
sets: so neither the amount of data nor the label mix makes one set easier than the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from erc_engine.classifiers.base import Floats, Ints
from erc_engine.classifiers.linear import decisions, fit_linear
from erc_engine.classifiers.selection import grouped_folds
from erc_engine.classifiers.turn_features import count, inverse_document_frequency, learn_vocabulary
from erc_engine.curation.imbalance import label_counts
from erc_engine.curation.quality.compared import TwoSets, compared, drawn_sides
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.quality import SCORE, Aid, Bars, Row, Section
from erc_engine.evaluation.metrics import LabelCounts, f1_per_label, macro_f1

MOST_OF_A_LABEL, LEAST_OF_A_LABEL, FOLDS = 300, 10, 5
COST = 0.1
KINDS = (("keywords", "macro F1 by single words"), ("form", "macro F1 by form alone: marks, capitals, length, place"))
AID = Aid(
    "Macro F1 within the set of a model that sees only which words a turn has, and of one that sees only its form; "
    "held-out dialogues, equally many turns of each label in both sets.",
    "Higher than the benchmark: the labels hang on keywords and are too easy, and a model that learns them so will "
    "not do as well on real turns.",
    "own; the idea of partial-input baselines: Gururangan et al. 2018 (arXiv 1803.02324)",
)


@dataclass(frozen=True)
class _Tested:
    """(kinds, dialogues, labels, 3): right, gold and predicted turns on held-out dialogues."""

    sums: np.ndarray
    turns: int


def shortcut(sets: TwoSets, scheme: LabelScheme) -> Section:
    counts = np.array([label_counts(side, scheme).sum(0) for side in sets.sides]).reshape(-1, len(scheme.names))
    each = np.minimum(counts.min(0), MOST_OF_A_LABEL)
    used = [name for name, n in zip(scheme.names, each, strict=True) if n >= LEAST_OF_A_LABEL]
    rare = [name for name in scheme.names if name not in used]
    notes = [f"{', '.join(rare)}: fewer than {LEAST_OF_A_LABEL} turns, left out"] if rare else []
    if len(used) < 2:
        return _undefined(sets, f"fewer than two labels have {LEAST_OF_A_LABEL} turns", notes)
    wanted = {name: int(n) for name, n in zip(scheme.names, each, strict=True) if name in used}
    found = [_tested(side, wanted, sets.seed, stream) for stream, side in enumerate(sets.sides)]
    if any(tested is None for tested in found):
        return _undefined(sets, "too few dialogues for folds that keep episodes whole", notes)
    tested = [t for t in found if t is not None]
    rows = []
    for kind, (key, name) in enumerate(KINDS):
        drawn = drawn_sides(_macro, [t.sums[kind] for t in tested], sets)
        n = [t.turns for t in tested]
        rows.append(compared(key, name, "turns", drawn, n, sets, undefined="nothing was tested", unit=SCORE))
    f1 = [tuple(float(value) for value in f1_per_label(_counts(t.sums[0].sum(0).astype(float)))) for t in tested]
    bars = Bars("keywords", "F1 by single words", tuple(used), f1[0], f1[1] if len(f1) > 1 else (), SCORE)
    notes.insert(0, "turns of each label: " + ", ".join(f"{n:,} {name}" for name, n in wanted.items()))
    notes.insert(1, f"guessing at random would reach about {100 / len(used):.0f} points where labels are even")
    return Section("shortcut", "Too easy?", AID, tuple(rows), (bars,), notes=tuple(notes))


def _undefined(sets: TwoSets, reason: str, notes: Sequence[str]) -> Section:
    none = Measured.undefined(reason)
    theirs = none if sets.theirs else sets.none
    rows = tuple(Row(key, name, "turns", none, theirs, theirs, unit=SCORE) for key, name in KINDS)
    return Section("shortcut", "Too easy?", AID, rows, notes=tuple(notes))


def _tested(side: Sequence[Dialogue], wanted: dict[str, int], seed: int, stream: int) -> _Tested | None:
    """Both models on the turns that were drawn; None where folds cannot be made."""
    chosen, hard = drawn_turns(side, wanted, seed, stream)
    vocabulary = learn_vocabulary(chosen, with_speakers=False)
    table = count(chosen, vocabulary)
    number = np.repeat(np.arange(len(chosen)), [len(d) for d in chosen])
    sums = np.zeros((len(KINDS), len(chosen), len(wanted), 3), np.int64)
    turns = 0
    for kept, held in grouped_folds(chosen, hard, seed=seed, most=FOLDS):
        tried = held[hard[held] >= 0]
        turns += len(tried)
        weights = inverse_document_frequency(table, kept).words * table.is_single_word
        present = _present(table.words, weights)
        for kind, matrix in enumerate((present, table.cues)):
            model = fit_linear(matrix[kept], hard[kept], np.ones(len(kept)), power=1.0, cost=COST, seed=seed)
            said = decisions(model, matrix[tried], len(wanted)).argmax(1)
            _add(sums[kind], number[tried], hard[tried], said)
    return _Tested(sums, turns) if turns else None


def drawn_turns(
    side: Sequence[Dialogue], wanted: dict[str, int], seed: int, stream: int
) -> tuple[list[Dialogue], Ints]:
    """The dialogues that hold the drawn turns, and each turn's label number; -1 for a turn that was not drawn."""
    random = np.random.default_rng([seed % 2**64, stream])
    places: dict[str, list[tuple[int, int]]] = {name: [] for name in wanted}
    for row, d in enumerate(side):
        for turn, label in enumerate(d.labels):
            if label in places:
                places[str(label)].append((row, turn))
    taken: dict[tuple[int, int], int] = {}
    for number, (name, n) in enumerate(wanted.items()):
        for i in random.permutation(len(places[name]))[:n]:
            taken[places[name][i]] = number
    rows = sorted({row for row, _ in taken})
    hard = [taken.get((row, turn), -1) for row in rows for turn in range(len(side[row]))]
    return [side[row] for row in rows], np.array(hard, np.int64)


def _present(words: Any, weights: Floats) -> Any:
    """Which words each turn has, the rarer the heavier, in rows of length 1."""
    from sklearn.preprocessing import normalize

    matrix = words.copy()
    matrix.data = weights[matrix.indices]
    return normalize(matrix)


def _add(sums: np.ndarray, dialogue: Ints, gold: Ints, said: Ints) -> None:
    right = gold == said
    for column, rows, labels in ((0, dialogue[right], gold[right]), (1, dialogue, gold), (2, dialogue, said)):
        np.add.at(sums[..., column], (rows, labels), 1)


def _counts(sums: Floats) -> LabelCounts:
    return LabelCounts(sums[..., 0], sums[..., 1], sums[..., 2])


def _macro(sums: Floats) -> Floats:
    return macro_f1(_counts(sums))
