"""A quality card's numbers as text: the same on the command line, in the app and on the page.

said(Measured(0.604, (0.58, 0.63), 1699), "share")     # "60.4 % [58.2, 62.7]"
headlines(card)[0]                                     # Headline("Told from the benchmark (AUC)", "99.0", …)
"""

from __future__ import annotations

from dataclasses import dataclass

from erc_engine.domain.curation import Measured
from erc_engine.domain.quality import NUMBER, SHARE, QualityCard, Row

HEADLINES = (
    ("telling_apart", "auc", "Told from the benchmark (AUC, 50 is best)"),
    ("equal_length", "auc", "The same at equal length (AUC)"),
    ("lengths", "words_mean", "Words an utterance"),
    ("flow", "same_speaker", "Same speaker twice"),
    ("shortcut", "keywords", "Keywords alone (macro F1)"),
    ("fidelity", "human", "Intended label seen by people"),
)


@dataclass(frozen=True)
class Headline:
    """One number of a card; `value` is empty where there is none, for the reason in `beside`."""

    name: str
    value: str
    beside: str
    section: str


def headlines(card: QualityCard) -> tuple[Headline, ...]:
    """The six numbers that a reader wants first."""
    found = []
    for section, key, name in HEADLINES:
        row = card.section(section).row(key)
        only_gap = row.mine is None
        main = row.gap if only_gap else row.mine
        value = number(main.value, row.unit) if main is not None and main.value is not None else ""
        found.append(Headline(name, value, _beside(row, main, only_gap), section))
    return tuple(found)


def _beside(row: Row, main: Measured | None, only_gap: bool) -> str:
    if main is None or main.value is None:
        return main.reason or "" if main else ""
    inside = interval(main, row.unit)
    if only_gap or row.theirs is None:
        return inside
    theirs = number(row.theirs.value, row.unit) if row.theirs.value is not None else "–"
    return f"{inside}  benchmark {theirs}"


def said(found: Measured | None, unit: str = NUMBER) -> str:
    """Value and interval, or the reason why there is no value; nothing where a row has none."""
    if found is None:
        return ""
    if found.value is None:
        return found.reason or "undefined"
    beside = interval(found, unit)
    return f"{number(found.value, unit)} {beside}" if beside else f"{number(found.value, unit)} ({found.reason})"


def interval(found: Measured, unit: str = NUMBER) -> str:
    if found.interval is None:
        return ""
    low, high = (number(bound, unit).removesuffix(" %") for bound in found.interval)
    return f"[{low}, {high}]"


def number(value: float, unit: str = NUMBER) -> str:
    """Shares in percent, scores in points, other numbers with three digits."""
    if unit == SHARE:
        return f"{100 * value:.1f} %" if abs(value) >= 0.01 or value == 0 else f"{100 * value:.2f} %"
    if unit != NUMBER:
        return f"{100 * value:.1f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) >= 5e-4 else "0"


def gap_said(row: Row) -> str:
    """How far apart; a difference with its sign, that of shares in percentage points."""
    if row.gap is None:
        return ""
    text = said(row.gap, row.unit)
    if row.gap.value is None or row.gap_is != "difference":
        return text
    return ("+" if row.gap.value > 0 else "") + text.replace(" %", " points")


def n_said(row: Row) -> str:
    """How many were counted: of the set and of the benchmark, or of both where only a distance is given."""
    sides = [m for m in (row.mine, row.theirs) if m is not None and m.value is not None]
    if not sides and row.gap is not None and row.gap.value is not None:
        sides = [row.gap]
    return f"{' / '.join(f'{m.n:,}' for m in sides)} {row.counts}" if sides else ""
