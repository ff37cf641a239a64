"""The Vendi score: how many wholly different texts would be as varied as these.

    vendi_score(np.eye(3))                            # 3.0: three texts that share nothing
    vendi_score(np.ones((3, 1)))                      # 1.0: three times the same

Friedman & Dieng 2023 (arXiv 2210.02410): exp of the entropy of the eigenvalues of K/n, K being the cosines of the
texts' vectors. With the hashing encoder it is about spelling, with sentence embeddings about meaning. It grows with
n, so both sets are measured at equal numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from erc_engine.curation.encoders import Encoder
from erc_engine.curation.quality.compared import TwoSets
from erc_engine.curation.quality.equal_amounts import (
    Draw,
    Estimate,
    compared_estimates,
    draws,
    equal_amount,
    estimate,
)
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.quality import NUMBER, Aid, Bars, Row, Section

MOST_DIALOGUES, MOST_UTTERANCES, DRAWS = 150, 300, 12
AID = Aid(
    "The Vendi score: the number of wholly different texts that would be as varied; from 1 (all the same) to n "
    "(nothing shared). At equal numbers of dialogues, and of utterances.",
    "Lower than the benchmark: the set goes round in a smaller circle. With the hashing encoder it sees spelling "
    "alone, and longer texts look more alike; read it beside the lengths.",
    "Friedman & Dieng 2023 (arXiv 2210.02410)",
)


def vendi_score(vectors: np.ndarray) -> float:
    """Of rows of length 1; a row of zeros is like nothing but itself."""
    if not len(vectors):
        return 0.0
    cosines = np.asarray(vectors, np.float64) @ np.asarray(vectors, np.float64).T
    np.fill_diagonal(cosines, 1.0)
    values = np.linalg.eigvalsh(cosines / len(cosines))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def vendi(sets: TwoSets, encoder: Encoder) -> Section:
    rows, told = [], []
    for key, most in (("dialogues", MOST_DIALOGUES), ("utterances", MOST_UTTERANCES)):
        row, amount = _row(sets, encoder, key, most)
        rows.append(row)
        told.append(f"{amount:,} {key}")
    note = f"at {' and '.join(told)}, mean of {DRAWS} draws"
    mine, theirs = (
        tuple(m and m.value for m in side) for side in zip(*((r.mine, r.theirs) for r in rows), strict=True)
    )
    bars = Bars("vendi", "Vendi score", tuple(told), mine, theirs if sets.theirs else (), NUMBER)
    return Section("vendi", "Effective number of texts", AID, tuple(rows), (bars,), notes=(note,))


def _row(sets: TwoSets, encoder: Encoder, key: str, most: int) -> tuple[Row, int]:
    sizes = [[1 if key == "dialogues" else len(d) for d in side] for side in sets.sides]
    amount = equal_amount(sizes, most)
    each = []
    for stream, (side, size) in enumerate(zip(sets.sides, sizes, strict=True)):
        if amount < 2:
            each.append(Estimate(None, None, 0, f"fewer than four {key}: no two in a draw"))
            continue
        found = list(draws(size, amount, DRAWS, seed=sets.seed, stream=stream))
        values = _scores([texts(side, draw, whole=key == "dialogues") for draw in found], encoder)
        each.append(estimate(values, amount / sum(size), amount, dialogues=len(side)))
    name = f"Vendi score of {amount:,} {key}"
    return compared_estimates(f"vendi_{key}", name, f"{key} in each draw", each, sets, most=float(amount)), amount


def texts(side: Sequence[Dialogue], draw: Draw, *, whole: bool) -> list[str]:
    """What a draw holds: each dialogue as one text, or the first so many of its utterances."""
    if whole:
        return [" ".join(u.text for u in side[d].utterances) for d, _ in draw]
    return [u.text for d, taken in draw for u in side[d].utterances[:taken]]


def _scores(drawn: Sequence[list[str]], encoder: Encoder) -> list[float]:
    """Each text is encoded once, however often it is drawn."""
    different = list(dict.fromkeys(text for texts in drawn for text in texts))
    vectors = encoder.encode(different)
    at = {text: i for i, text in enumerate(different)}
    return [vendi_score(vectors[[at[text] for text in texts]]) for texts in drawn]
