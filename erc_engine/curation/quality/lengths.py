"""How long utterances and dialogues are and how many people speak, beside a benchmark.

    lengths(TwoSets(mine, theirs)).row("words_mean").mine      # Measured(19.1, (18.8, 19.4), 2011)

Words are those between white space; in scripts without spaces an ideograph or kana is one. Two distributions are
compared by the Kolmogorov-Smirnov distance, the largest difference of their cumulative shares, and by the earth
mover's distance, which for whole numbers is the sum of those differences: how many words (turns, speakers) a text
would have to gain or lose on average for one to become the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from erc_engine.corpora.text import word_count
from erc_engine.curation.quality.compared import TwoSets, beside, compared, distance, drawn_sides
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.quality import SHARE, Aid, Bars, Row, Section
from erc_engine.domain.reports import SplitSummary
from erc_engine.evaluation.resampling import Drawn, Floats, ratio

LONGEST = 600  # words, turns or speakers: longer ones count as this long
AID = Aid(
    "Words an utterance, turns and speakers a dialogue; KS and earth mover's distance between the distributions.",
    "Texts longer than the benchmark's give a model cues that real turns lack. 0 is the same distribution; KS 1 "
    "is no overlap; the earth mover's distance is in words, turns or speakers.",
    "Kolmogorov 1933, Smirnov 1948; Rubner et al. 2000 (10.1023/A:1026543900054)",
)


def _words(d: Dialogue) -> list[int]:
    return [word_count(u.text) for u in d.utterances]


def _turns(d: Dialogue) -> list[int]:
    return [len(d)]


def _speakers(d: Dialogue) -> list[int]:
    return [len(d.speakers)]


MEASURED: tuple[tuple[str, str, str, Callable[[Dialogue], list[int]], tuple[int, ...]], ...] = (
    ("words", "words an utterance", "utterances", _words, (1, 3, 5, 8, 12, 17, 25, 40)),
    ("turns", "turns a dialogue", "dialogues", _turns, (1, 3, 5, 7, 10, 13, 17, 25)),
    ("speakers", "speakers a dialogue", "dialogues", _speakers, (1, 2, 3, 4, 5, 6)),
)


def lengths(sets: TwoSets, published: SplitSummary | None = None) -> Section:
    """`published` counts give the mean number of turns where there is no benchmark."""
    rows: list[Row] = []
    bars: list[Bars] = []
    for key, name, counts, of, starts in MEASURED:
        found = [[of(d) for d in side] for side in sets.sides]
        longest = max((n for side in found for each in side for n in each), default=0)
        tables = [histograms(side, min(longest, LONGEST) + 1) for side in found]
        n = [int(table.sum()) for table in tables]
        nothing = f"there are no {counts}"
        for what, statistic in (("mean", mean), ("median", median)):
            drawn = drawn_sides(statistic, tables, sets)
            row = compared(f"{key}_{what}", f"{name}, {what}", counts, drawn, n, sets, undefined=nothing)
            if published and published.dialogues and not sets.theirs and row.key == "turns_mean":
                row = beside(row, published.utterances / published.dialogues, published.dialogues)
            rows.append(row)
        cumulative = drawn_sides(cumulative_shares, tables, sets)
        rows.append(_distance(f"{key}_ks", f"{name}, KS distance", counts, cumulative, largest, sets, sum(n), "KS"))
        mover = _distance(f"{key}_emd", f"{name}, earth mover's distance", counts, cumulative, total, sets, sum(n))
        rows.append(mover)
        shares = [in_groups(table.sum(0), starts) for table in tables]
        bars.append(Bars(key, name, group_names(starts), shares[0], shares[1] if len(shares) > 1 else (), SHARE))
    return Section("lengths", "Lengths", AID, tuple(rows), tuple(bars))


def _distance(
    key: str,
    name: str,
    counts: str,
    drawn: Sequence[Drawn],
    norm: Callable[[Floats], Floats],
    sets: TwoSets,
    n: int,
    gap_is: str = "earth mover's",
) -> Row:
    most = 1.0 if gap_is == "KS" else float(LONGEST)
    return Row(key, name, counts, None, None, distance(drawn, norm, n, sets, most=most), gap_is)


def histograms(lengths: Iterable[Sequence[int]], bins: int) -> np.ndarray:
    """(dialogues, bins): how many texts of each dialogue are that long; the last bin also has all longer ones."""
    rows = [np.bincount(np.minimum(each, bins - 1), minlength=bins) for each in lengths]
    return np.array(rows, np.int64) if rows else np.zeros((0, bins), np.int64)


def mean(counts: Floats) -> Floats:
    return ratio(counts @ np.arange(counts.shape[-1]), counts.sum(-1))


def median(counts: Floats) -> Floats:
    """Half the texts are shorter and half longer; between two middle ones, the number half way."""
    below = counts.cumsum(-1)
    half = below[..., -1:] / 2
    low, high = (below >= half - 1e-9).argmax(-1), (below > half + 1e-9).argmax(-1)
    return np.where(below[..., -1] > 0, (low + high) / 2, np.nan)


def cumulative_shares(counts: Floats) -> Floats:
    return ratio(counts.cumsum(-1), counts.sum(-1, keepdims=True))


def largest(differences: Floats) -> Floats:
    return np.asarray(np.abs(differences).max(-1))


def total(differences: Floats) -> Floats:
    return np.asarray(np.abs(differences).sum(-1))


def in_groups(counts: np.ndarray, starts: Sequence[int]) -> tuple[float | None, ...]:
    """Shares of texts from each start up to the next; what is shorter than the first start counts with it."""
    whole = counts.sum()
    ends = [*starts[1:], len(counts)]
    begins = [0, *starts[1:]]
    return tuple(float(counts[a:b].sum() / whole) if whole else None for a, b in zip(begins, ends, strict=True))


def group_names(starts: Sequence[int]) -> tuple[str, ...]:
    names = [str(a) if b == a + 1 else f"{a}–{b - 1}" for a, b in pairwise(starts)]
    return (*names, f"{starts[-1]} or more")
