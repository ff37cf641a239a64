"""How labels follow each other and who speaks next, beside a benchmark.

    flow(TwoSets(mine, theirs), scheme("meld")).row("inertia").gap     # Measured(-0.087, …)

The measures are those of `curation.dynamics`; here their differences get intervals too. Label by position is compared
with the label mix taken off, so that sets of different mixes can stand side by side.
"""

from __future__ import annotations

import numpy as np

from erc_engine.curation.dynamics import ALL_ALIKE, Passages, beyond_chance, row_distance
from erc_engine.curation.quality.compared import TwoSets, compared, distance, drawn_sides
from erc_engine.domain.curation import Measured
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.quality import SHARE, Aid, Bars, Row, Section
from erc_engine.evaluation.resampling import Floats, ratio

AID = Aid(
    "Inertia and contagion: Cohen's kappa of a label and the same speaker's last one, or another's right before. "
    "Same speaker: turns by the speaker of the turn before. Distances: total variation, weighted by the benchmark.",
    "0 is what the label mix alone gives. Read inertia and contagion, not the raw shift rate: two sets can shift "
    "equally often, one because speakers answer each other, one because each keeps an own mood.",
    "Cohen 1960 (10.1177/001316446002000104); definitions in erc imbalance",
)


def flow(sets: TwoSets, scheme: LabelScheme) -> Section:
    seen = [Passages.of(side, scheme) for side in sets.sides]
    rows: list[Row] = []
    for key, name, counts, nothing in (
        ("own", "inertia", "own pairs", "no speaker has two labelled turns in a dialogue"),
        ("other", "contagion", "pairs with another speaker", "no labelled turn follows one of another speaker"),
    ):
        pairs = [getattr(side, key) for side in seen]
        n = [int(p.sum()) for p in pairs]
        drawn = drawn_sides(beyond_chance, pairs, sets)
        rows.append(compared(name, name, counts, drawn, n, sets, undefined=ALL_ALIKE if min(n) else nothing))
    for key, name, counts, nothing in (
        ("same_speaker", "same speaker twice", "turns after a turn", "no dialogue has two turns"),
        ("shifts", "raw shift rate", "labelled neighbours", "no two neighbouring turns are labelled"),
    ):
        sums = [getattr(side, key) for side in seen]
        n = [int(s[:, 1].sum()) for s in sums]
        drawn = drawn_sides(lambda s: ratio(s[..., 0], s[..., 1]), sums, sets)
        row_key = "shift_rate" if key == "shifts" else key
        rows.append(compared(row_key, name, counts, drawn, n, sets, undefined=nothing, unit=SHARE))
    for key, name in (("own", "own transitions"), ("other", "transitions between speakers")):
        gap = _transitions(seen, key, sets)
        label = f"distance between {name}"
        rows.append(Row(f"{key}_transitions", label, "pairs", None, None, gap, "total variation", SHARE))
    rows.append(_positions(seen, sets))
    return Section("flow", "How labels follow each other", AID, tuple(rows), _pictures(seen))


def _transitions(seen: list[Passages], key: str, sets: TwoSets) -> Measured:
    if len(seen) == 1:
        return sets.none
    mine, theirs = (getattr(side, key) for side in seen)
    return row_distance(mine, theirs, seed=sets.seed, resamples=sets.resamples)


def _positions(seen: list[Passages], sets: TwoSets) -> Row:
    tables = [side.positions for side in seen]
    drawn = drawn_sides(beyond_mix, tables, sets)
    weights = tables[-1].sum((0, 2)) / max(1, tables[-1].sum())

    def norm(differences: Floats) -> Floats:
        return np.asarray((0.5 * np.abs(differences).sum(-1) * weights).sum(-1))

    gap = distance(drawn, norm, int(sum(t.sum() for t in tables)), sets)
    name = "distance between labels by position, label mix taken off"
    return Row("positions", name, "labelled utterances", None, None, gap, "total variation", SHARE)


def beyond_mix(counts: Floats) -> Floats:
    """Label shares at each position less the shares over all positions; 0 where nothing stands at a position."""
    whole = counts.sum(-2, keepdims=True)
    mix = ratio(whole, whole.sum(-1, keepdims=True))
    here = counts.sum(-1, keepdims=True)
    return np.where(here > 0, ratio(counts, here) - mix, np.where(np.isfinite(mix), 0.0, np.nan))


def _pictures(seen: list[Passages]) -> tuple[Bars, ...]:
    """How often a label is repeated by the same speaker, and taken over from another: rows of the transition tables."""
    names = (
        "same speaker's last label again",
        "other speaker's label taken over",
        "same speaker twice",
        "raw shift rate",
    )

    def shares(side: Passages) -> tuple[float | None, ...]:
        parts = [(np.trace(p.sum(0)), p.sum()) for p in (side.own, side.other)]
        parts += [(c[:, 0].sum(), c[:, 1].sum()) for c in (side.same_speaker, side.shifts)]
        return tuple(float(above / below) if below else None for above, below in parts)

    found = [shares(side) for side in seen]
    return (
        Bars("flow", "raw shares, before correction for chance", names, found[0], found[1] if len(found) > 1 else ()),
    )
