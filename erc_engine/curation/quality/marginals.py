"""Label shares of a set beside those of a benchmark, or beside published counts where the benchmark is not at hand.

marginals(TwoSets(mine, theirs), scheme("meld")).row("total_variation").gap     # Measured(0.402, …)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from erc_engine.curation.imbalance import label_counts
from erc_engine.curation.quality.compared import TwoSets, beside, compared, distance, drawn_sides
from erc_engine.domain.curation import Measured
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.quality import SHARE, Aid, Bars, Row, Section
from erc_engine.evaluation.resampling import Drawn, Floats, measured_distance, ratio

AID = Aid(
    "Labelled utterances with each label over all labelled ones; total variation is half the sum of the differences.",
    "Total variation is the fraction of labels that would have to change: 0 the same mix, 1 no label in common. A "
    "balanced set is far from its benchmark on purpose.",
    "total variation: ½ Σ |share − share|; intervals as in erc imbalance",
)
NOTHING = "no utterance is labelled"


def marginals(sets: TwoSets, scheme: LabelScheme, published: Mapping[str, int] | None = None) -> Section:
    """`published` are label counts that stand in where there is no benchmark."""
    tables = [label_counts(side, scheme) for side in sets.sides]
    drawn = drawn_sides(_shares, tables, sets)
    n = [int(table.sum()) for table in tables]
    known = published if published and len(tables) == 1 and sum(published.values()) else None
    rows = []
    for i, name in enumerate(scheme.names):
        at = [side[i] for side in drawn]
        row = compared(f"share_{name}", name, "labelled utterances", at, n, sets, undefined=NOTHING, unit=SHARE)
        rows.append(beside(row, known[name] / sum(known.values()), sum(known.values())) if known else row)
    rows.append(_total(drawn, n, sets, scheme, known))
    values = [tuple(None if np.isnan(s) else float(s) for s in side.value) for side in drawn]
    theirs = values[1] if len(values) > 1 else ()
    if known:
        theirs = tuple(known[name] / sum(known.values()) for name in scheme.names)
    bars = Bars("labels", "labels", scheme.names, values[0], theirs)
    return Section("marginals", "Label shares", AID, tuple(rows), (bars,))


def _shares(counts: Floats) -> Floats:
    return ratio(counts, counts.sum(-1, keepdims=True))


def half_sum(differences: Floats) -> Floats:
    return np.asarray(0.5 * np.abs(differences).sum(-1))


def _total(
    drawn: list[Drawn], n: list[int], sets: TwoSets, scheme: LabelScheme, published: Mapping[str, int] | None
) -> Row:
    found = distance(drawn, half_sum, sum(n), sets)
    if published and n[0]:
        shares = np.array([published[name] / sum(published.values()) for name in scheme.names])
        away = half_sum(drawn[0].resampled - drawn[0].value)
        found = measured_distance(float(half_sum(drawn[0].value - shares)), away, n[0])
    elif not n[0]:
        found = Measured.undefined(NOTHING)
    name = "distance between label shares"
    return Row("total_variation", name, "labelled utterances", None, None, found, "total variation", SHARE)
