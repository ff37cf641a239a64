"""How often a turn says the name of its own emotion, which teaches a classifier a shortcut.

    leakage(TwoSets(mine, theirs), scheme("meld"), names_it).row("label_words").mine     # Measured(0.012, …)

Which words name a label is decided outside: `names_it(text, label)`, by default `generation.label_words`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from erc_engine.curation.quality.compared import TwoSets, compared, drawn_sides
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.quality import SHARE, Aid, Bars, Section
from erc_engine.evaluation.resampling import ratio

NamesIt = Callable[[str, str], bool]
AID = Aid(
    "Labelled turns (neutral ones aside) that contain a form of their own label: 'angry' under anger.",
    "More than in the benchmark: the text spells out what the model should infer.",
    "forms of the label's own name alone, so 'happy' is free under joy",
)


def leakage(sets: TwoSets, scheme: LabelScheme, names_it: NamesIt) -> Section:
    """`label_words` over all labels but neutral, and one bar for each of them."""
    emotions = [name for name in scheme.names if name != scheme.neutral]
    tables = []
    for side in sets.sides:
        table = np.zeros((len(side), len(emotions), 2), np.int64)
        for number, d in enumerate(side):
            for u in d.utterances:
                if u.label is not None and u.label != scheme.neutral:
                    table[number, emotions.index(u.label)] += (names_it(u.text, u.label), 1)
        tables.append(table)
    drawn = drawn_sides(lambda s: ratio(s[..., 0].sum(-1), s[..., 1].sum(-1)), tables, sets)
    n = [int(table[..., 1].sum()) for table in tables]
    row = compared(
        "label_words", "turns that name their own emotion", "turns with an emotion", drawn, n, sets,
        undefined="no turn is labelled with an emotion", unit=SHARE,
    )  # fmt: skip
    shares = [
        tuple(float(named / all_) if all_ else None for named, all_ in table.sum(0)) if len(table) else ()
        for table in tables
    ]
    bars = Bars("label_words", "by label", tuple(emotions), shares[0], shares[1] if len(shares) > 1 else ())
    return Section("leakage", "Emotions that are named", AID, (row,), (bars,))
