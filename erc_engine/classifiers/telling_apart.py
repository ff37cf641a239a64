"""Can a classifier tell the turns of a set from those of a benchmark, and by what?

    all_turns, equal_length = telling_apart(TwoSets(mine, theirs))
    all_turns.row("auc").gap          # Measured(0.99, (0.988, 0.993), n=4000): 0.5 cannot be told apart, 1 always
    all_turns.clues[0]                # Clue("—", "word or mark", "set", mine=0.21, theirs=0.03, weight=0.05)

A classifier two-sample test (Lopez-Paz & Oquab 2017, arXiv 1610.06545): logistic regression on words, word pairs, runs
of characters and form, on equally many turns of both sets, then on turns with equally many words. Dialogues of one
episode are never on both sides of a fold. What gives the set away is read from a model of words and form alone: the
weight of a feature is its coefficient times the difference of its means, as a fraction of the whole distance between
the sets on the model's scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from erc_engine.classifiers.base import Floats, Ints
from erc_engine.classifiers.selection import grouped_folds
from erc_engine.classifiers.surface_cues import CUES, NAMES
from erc_engine.classifiers.turn_features import (
    Context,
    TurnTable,
    Vocabulary,
    count,
    features,
    inverse_document_frequency,
    learn_vocabulary,
)
from erc_engine.corpora.text import word_count
from erc_engine.curation.quality.compared import TwoSets
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured
from erc_engine.domain.quality import BENCHMARK, SCORE, SET, Aid, Clue, Row, Section
from erc_engine.evaluation.auc import auc

MOST_TURNS, LEAST_TURNS, FOLDS, LISTED = 2_000, 20, 5, 24
MOST_IN_POOL = 8_000  # turns of each set, among which those of equal length are looked for
COST = 10.0
GRADED = (
    "number of exclamation marks",
    "number of question marks",
    "share of words in capitals",
    "length",
    "far into the dialogue",
)
AID = Aid(
    "Area under the ROC curve of a classifier that is told to say which set a turn is from, on held-out dialogues. "
    "Below it, the words, marks and forms that it goes by.",
    "50 points: nothing tells the sets apart. 100: every turn gives its set away. Weights say how much each feature "
    "contributes; shares are of turns that have it.",
    "classifier two-sample test: Lopez-Paz & Oquab 2017 (arXiv 1610.06545)",
)
AUC_IS = "area under the ROC curve"


@dataclass(frozen=True)
class Pool:
    """Turns of both sets with their features, the set's first; `rows` are equally many of each."""

    dialogues: tuple[Dialogue, ...]
    vocabulary: Vocabulary
    table: TurnTable
    is_mine: np.ndarray
    dialogue: Ints
    words: Ints
    rows: Ints


def telling_apart(sets: TwoSets) -> tuple[Section, Section]:
    """On turns as they are, and on turns of equal length."""
    titles = (("telling_apart", "Told from the benchmark"), ("equal_length", "Told from the benchmark at equal length"))
    if not sets.theirs:
        return _without(titles[0], sets.none), _without(titles[1], sets.none)
    pool = pooled(sets)
    note = f"{len(pool.rows) // 2:,} turns of each set, whole dialogues drawn at random"
    first = _section(titles[0], pool, pool.rows, sets, note)
    rows = equal_length(pool, sets.seed)
    sizes = f"{pool.is_mine.sum():,} of the set and {(~pool.is_mine).sum():,} of the benchmark"
    note = f"{len(rows) // 2:,} turns of each set with equally many words, found among {sizes}"
    return first, _section(titles[1], pool, rows, sets, note)


def pooled(sets: TwoSets) -> Pool:
    most = min(MOST_TURNS, *(sum(map(len, side)) for side in sets.sides))
    drawn = [_drawn(side, MOST_IN_POOL, sets.seed, stream) for stream, side in enumerate(sets.sides)]
    dialogues = (*drawn[0], *drawn[1])
    vocabulary = learn_vocabulary(dialogues, with_speakers=False)
    mine = sum(map(len, drawn[0]))
    turns = sum(map(len, dialogues))
    return Pool(
        dialogues,
        vocabulary,
        count(dialogues, vocabulary),
        np.arange(turns) < mine,
        np.repeat(np.arange(len(dialogues)), [len(d) for d in dialogues]),
        np.array([word_count(u.text) for d in dialogues for u in d.utterances], np.int64),
        np.concatenate([np.arange(most), mine + np.arange(most)]),
    )


def _drawn(side: Sequence[Dialogue], turns: int, seed: int, stream: int) -> list[Dialogue]:
    """Whole dialogues until there are enough turns."""
    found, so_far = [], 0
    for number in np.random.default_rng([seed % 2**64, stream]).permutation(len(side)):
        if so_far >= turns:
            break
        found.append(side[number])
        so_far += len(side[number])
    return found


def equal_length(pool: Pool, seed: int) -> Ints:
    """As many turns of each set as allowed, so that both have equally many of each number of words."""
    random = np.random.default_rng([seed % 2**64, 2])
    pairs: list[Ints] = []
    for length in np.unique(pool.words):
        here = pool.words == length
        sides = [random.permutation(np.flatnonzero(here & side)) for side in (pool.is_mine, ~pool.is_mine)]
        each = min(map(len, sides))
        pairs.append(np.column_stack([side[:each] for side in sides]))
    matched = random.permutation(np.concatenate(pairs))[:MOST_TURNS] if pairs else np.zeros((0, 2), np.int64)
    return np.sort(matched.ravel())


def _section(heading: tuple[str, str], pool: Pool, rows: Ints, sets: TwoSets, note: str) -> Section:
    key, title = heading
    few = f"fewer than {LEAST_TURNS} turns of each set to tell apart"
    found = _areas(pool, rows, sets) if len(rows) >= 2 * LEAST_TURNS else [Measured.undefined(few)] * 2
    clues = giveaways(pool, rows) if len(rows) >= 2 * LEAST_TURNS else ()
    return Section(key, title, AID, _rows(*found), clues=clues, clues_are="what gives it away", notes=(note,))


def _without(heading: tuple[str, str], reason: Measured) -> Section:
    return Section(*heading, AID, _rows(reason, reason), clues_are="what gives it away")


def _rows(whole: Measured, form: Measured) -> tuple[Row, ...]:
    return (
        Row("auc", "AUC by words, characters and form", "turns", None, None, whole, AUC_IS, SCORE),
        Row("auc_form", "AUC by form alone: marks, capitals, length, place", "turns", None, None, form, AUC_IS, SCORE),
    )


def _areas(pool: Pool, rows: Ints, sets: TwoSets) -> list[Measured]:
    """By all features, and by form alone."""
    hard = np.full(len(pool.is_mine), -1, np.int64)
    hard[rows] = pool.is_mine[rows]
    fold_of = np.full(len(hard), -1, np.int64)
    scores = np.zeros((2, len(hard)))
    for number, (kept, held) in enumerate(grouped_folds(pool.dialogues, hard, seed=sets.seed, most=FOLDS)):
        tried = held[hard[held] >= 0]
        fold_of[tried] = number
        matrix = features(pool.table, inverse_document_frequency(pool.table, kept), Context())
        for which, columns in enumerate((matrix, pool.table.cues)):
            model = _logistic(columns[kept], hard[kept])
            scores[which, tried] = model.decision_function(columns[tried])
    told = np.flatnonzero(fold_of >= 0)
    if len(told) == 0:
        return [Measured.undefined("too few dialogues for folds that keep episodes whole")] * 2
    return [
        auc(
            each[told], pool.is_mine[told], pool.dialogue[told], fold_of[told],
            seed=sets.seed, resamples=sets.resamples,
        )
        for each in scores
    ]  # fmt: skip


def _logistic(matrix: Any, labels: Ints) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=COST, max_iter=200, tol=1e-3).fit(matrix, labels)


def giveaways(pool: Pool, rows: Ints) -> tuple[Clue, ...]:
    """The features of words and form that contribute most to the distance between the sets, the greatest first."""
    from scipy.sparse import csr_matrix, hstack

    is_mine = pool.is_mine[rows]
    matrix = features(pool.table, inverse_document_frequency(pool.table, rows), Context())
    words = len(pool.vocabulary.words)
    start = words + len(pool.vocabulary.characters)
    chosen = hstack([matrix[:, :words], matrix[:, start : start + CUES]], format="csr")[rows]
    coefficients = _logistic(chosen, is_mine.astype(np.int64)).coef_[0]
    difference = _means(chosen[is_mine]) - _means(chosen[~is_mine])
    parts = coefficients * difference
    whole = parts.sum()
    if not whole > 0:
        return ()
    cues = pool.table.cues[rows]
    there = hstack([pool.table.words[rows] > 0, csr_matrix(np.where(_graded(), cues, cues > 0))], format="csr")
    shares = [_means(there[is_mine]), _means(there[~is_mine])]
    names = [*((text, "word or mark") for text in pool.vocabulary.words), *((name, _kind(name)) for name in NAMES)]
    return tuple(_clue(names[i], coefficients[i], shares, i, parts[i] / whole) for i in _largest(parts))


def _largest(parts: Floats) -> Iterable[int]:
    order = np.argsort(-parts, kind="stable")[:LISTED]
    return (int(i) for i in order if parts[i] > 0)


def _clue(name: tuple[str, str], coefficient: float, shares: Sequence[Floats], i: int, weight: float) -> Clue:
    side = SET if coefficient > 0 else BENCHMARK
    return Clue(name[0], name[1], side, float(shares[0][i]), float(shares[1][i]), float(weight))


def _means(matrix: Any) -> Floats:
    return np.asarray(matrix.sum(0), np.float64).ravel() / matrix.shape[0]


def _graded() -> np.ndarray:
    return np.array([name in GRADED for name in NAMES])


def _kind(name: str) -> str:
    return "form, mean from 0 to 1" if name in GRADED else "form"
