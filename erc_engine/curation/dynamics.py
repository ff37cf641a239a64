"""How labels follow each other in dialogue, corrected for what chance alone would give.

    found = dynamics("meld:train", train, scheme("meld"))
    found.inertia         # Measured(0.223, …): a speaker keeps the emotion of the own turn before
    found.contagion       # Measured(0.096, …): a speaker takes over the emotion of the other's turn just before
    found.same_speaker    # Measured(0.224, …): turns by the speaker of the turn before
    found.shift_rate      # Measured(0.600, …): neighbouring turns with different labels; alone it deceives

Inertia and contagion are Cohen's kappa (1960, 10.1177/001316446002000104) of a label and the label before it:

    kappa = (o − e) / (1 − e)    o = Σ_l n(l, l) / N    e = Σ_l n(l, ·) n(·, l) / N²

over N pairs (label before, label now). For inertia a pair is a labelled turn and the last labelled turn of the same
speaker in the dialogue, however many turns ago; for contagion a labelled turn and the turn right before it, when that
is labelled and another speaker's. 0: as often the same as the label mix alone gives; 1: always the same; below 0:
rather another label. A dialogue that is sad all through raises both: kappa says what goes together, not what causes it.

The pairs are those of generation's label plans. Intervals are from resampling dialogues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erc_engine.curation.turn_arrays import Turns, counted
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured
from erc_engine.domain.imbalance import POSITIONS, Counts, Dynamics
from erc_engine.domain.labels import LabelScheme
from erc_engine.evaluation.resampling import (
    RESAMPLES,
    Drawn,
    Floats,
    bootstrap,
    measured,
    measured_distance,
    ratio,
)

ALL_ALIKE = "all labels are the same: beyond chance nothing can be told"


@dataclass(frozen=True)
class Passages:
    """What is counted in each dialogue: (dialogues, labels, labels) pairs, (dialogues, 2) turns, positions."""

    own: np.ndarray
    other: np.ndarray
    same_speaker: np.ndarray  # (dialogues, 2): turns by the speaker before, turns with a turn before
    shifts: np.ndarray  # (dialogues, 2): neighbours with different labels, neighbours with labels
    positions: np.ndarray  # (dialogues, positions, labels)

    @classmethod
    def of(cls, dialogues: Sequence[Dialogue], scheme: LabelScheme) -> Passages:
        turns, rows, labels = Turns.of(dialogues, scheme), len(dialogues), len(scheme.names)
        square = rows, labels, labels
        of, label = turns.dialogue, turns.label
        # labelled turns, those of one speaker in one dialogue one after the other
        labelled = np.flatnonzero(label >= 0)
        own = labelled[np.lexsort((labelled, turns.speaker[labelled], of[labelled]))]
        before, now = own[:-1], own[1:]
        same = (of[before] == of[now]) & (turns.speaker[before] == turns.speaker[now])
        before, now = before[same], now[same]
        # neighbours: every turn but the first of its dialogue, and the turn before it
        after = np.flatnonzero(turns.turn > 0)
        by_same = turns.speaker[after] == turns.speaker[after - 1]
        both = (label[after] >= 0) & (label[after - 1] >= 0)
        other = after[both & ~by_same]
        shifted = after[both & (label[after] != label[after - 1])]
        return cls(
            own=counted(square, of[now], label[before], label[now]),
            other=counted(square, of[other], label[other - 1], label[other]),
            same_speaker=np.stack([counted((rows,), of[after[by_same]]), counted((rows,), of[after])], -1),
            shifts=np.stack([counted((rows,), of[shifted]), counted((rows,), of[after[both]])], -1),
            positions=counted(
                (rows, len(POSITIONS), labels), of[labelled], positions_of(turns)[labelled], label[labelled]
            ),
        )


def positions_of(turns: Turns) -> np.ndarray:
    """Places in POSITIONS. The first turn opens, the last closes (a single turn opens), those between are thirds."""
    length = turns.lengths[turns.dialogue]
    found = 1 + 3 * (turns.turn - 1) // np.maximum(length - 2, 1)
    return np.where(turns.turn == 0, 0, np.where(turns.turn == length - 1, len(POSITIONS) - 1, found))


def dynamics(
    part: str,
    dialogues: Sequence[Dialogue],
    scheme: LabelScheme,
    *,
    against: Sequence[Dialogue] = (),
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Dynamics:
    """Transitions, inertia, contagion, turn-taking and labels by position.

    With `against`, `distances` say how far the own and other transitions are from that part's (0 to 1): the total
    variation between rows, weighted by how often each label comes before in `against`.
    """
    seen = Passages.of(dialogues, scheme)

    def kappa(pairs: np.ndarray, none: str) -> Measured:
        n = int(pairs.sum())
        return measured(
            bootstrap(beyond_chance, pairs, seed=seed, resamples=resamples), n, none if not n else ALL_ALIKE
        )

    def rate(counts: np.ndarray, none: str) -> Measured:
        drawn = bootstrap(lambda s: ratio(s[..., 0], s[..., 1]), counts, seed=seed, resamples=resamples)
        return measured(drawn, int(counts[:, 1].sum()), none)

    places = bootstrap(_rows, seen.positions, seed=seed, resamples=resamples)
    distances = {}
    if against:
        benchmark = Passages.of(against, scheme)
        for name in ("own", "other"):
            pairs, theirs = getattr(seen, name), getattr(benchmark, name)
            distances[name] = row_distance(pairs, theirs, seed=seed, resamples=resamples)
    return Dynamics(
        part=part,
        scheme=scheme,
        dialogues=len(dialogues),
        own=_plain(seen.own),
        other=_plain(seen.other),
        inertia=kappa(seen.own, "no speaker has two labelled turns in a dialogue"),
        contagion=kappa(seen.other, "no labelled turn follows a labelled turn of another speaker"),
        same_speaker=rate(seen.same_speaker, "no dialogue has two turns"),
        shift_rate=rate(seen.shifts, "no two neighbouring turns are labelled"),
        by_position={
            name: {
                label: measured(places[p, i], int(seen.positions[:, p].sum()), "no labelled turn stands there")
                for i, label in enumerate(scheme.names)
            }
            for p, name in enumerate(POSITIONS)
        },
        distances=distances,
    )


def beyond_chance(pairs: Floats) -> Floats:
    """Kappa of (..., labels, labels) counts, rows before and columns now; NaN where chance alone is certain."""
    n = pairs.sum((-2, -1))
    same = ratio(np.trace(pairs, axis1=-2, axis2=-1), n)
    chance = ratio((pairs.sum(-1) * pairs.sum(-2)).sum(-1), n**2)
    return ratio(same - chance, 1 - chance)


def _rows(counts: Floats) -> Floats:
    return ratio(counts, counts.sum(-1, keepdims=True))


def row_distance(pairs: np.ndarray, theirs: np.ndarray, *, seed: int, resamples: int) -> Measured:
    """Total variation between rows of (dialogues, before, now), weighted by how often each stands in `theirs`."""
    mine = bootstrap(_rows, pairs, seed=seed, resamples=resamples)
    benchmark = bootstrap(_rows, theirs, seed=seed, stream=1, resamples=resamples)
    both = np.isfinite(mine.value).all(-1) & np.isfinite(benchmark.value).all(-1)
    weights = np.where(both, theirs.sum((0, 2)), 0).astype(float)
    if not weights.sum():
        return Measured.undefined("no label comes before in both")
    weights /= weights.sum()

    def norm(difference: Floats) -> Floats:
        return np.asarray(0.5 * (np.abs(np.nan_to_num(difference)).sum(-1) * weights).sum(-1))

    deviations = _deviations(mine)
    if len(benchmark.resampled) == len(deviations):
        deviations = deviations - _deviations(benchmark)
    return measured_distance(float(norm(mine.value - benchmark.value)), norm(deviations), int(pairs.sum()))


def _deviations(drawn: Drawn) -> Floats:
    """Of each resample from the whole; 0 where a row is empty in a resample."""
    return np.asarray(np.nan_to_num(drawn.resampled - drawn.value))


def _plain(pairs: np.ndarray) -> Counts:
    return tuple(tuple(int(n) for n in row) for row in pairs.sum(0))
