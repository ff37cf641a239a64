"""From how much support a verifier's word on a label is taken, learnt from turns that people reviewed.

    thresholds = thresholds_by_label([("joy", 1.0, True), ("joy", 0.33, False), …], scheme("meld"), default=0.5)
    thresholds["joy"]     # Threshold("joy", 0.67, n=41, f1=0.88)
    thresholds["fear"]    # Threshold("fear", 0.5, n=3, why="3 reviewed turns, 20 needed")

The threshold of a label maximises F1 of "people agree with the intended label"; of equals, the one nearest the default.
F1 is on the same turns and so flatters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.verification import Threshold

LEAST = 20  # reviewed turns of a label
LEAST_EACH = 5  # of those where people agree, and of those where they do not

Row = tuple[str, float, bool]  # intended label, support for it, whether people agree


def thresholds_by_label(
    rows: Iterable[Row], scheme: LabelScheme, *, default: float, least: int = LEAST
) -> Mapping[str, Threshold]:
    by_label: dict[str, list[tuple[float, bool]]] = {name: [] for name in scheme.names}
    for label, support, agrees in rows:
        by_label[label].append((support, agrees))
    return {label: _threshold(label, pairs, default, least) for label, pairs in by_label.items()}


def _threshold(label: str, pairs: list[tuple[float, bool]], default: float, least: int) -> Threshold:
    n, right = len(pairs), sum(agrees for _, agrees in pairs)
    if n < least:
        return Threshold(label, default, n, why=f"{n} reviewed turns, {least} needed")
    if min(right, n - right) < LEAST_EACH:
        why = f"people agree with {right} of {n}: {LEAST_EACH} of each kind are needed to tell them apart"
        return Threshold(label, default, n, why=why)
    scored = [(f1(pairs, value), -abs(value - default), value) for value in {support for support, _ in pairs}]
    best, _, value = max(scored)
    return Threshold(label, value, n, best)


def f1(pairs: Iterable[tuple[float, bool]], threshold: float) -> float:
    """Of "people agree" when support from the threshold on says so."""
    hit = wrong = missed = 0
    for support, agrees in pairs:
        passed = support >= threshold
        hit += passed and agrees
        wrong += passed and not agrees
        missed += agrees and not passed
    return 2 * hit / (2 * hit + wrong + missed) if hit else 0.0
