"""Measured values as text: three significant digits, the interval beside, a reason in place of a value.

said(Measured(17.6, (16.0, 21.4), 9989))       # "17.6 [16, 21.4]"
said(Measured(0.59, (0.571, 0.608), 13820), points=True)       # "59.0 [57.1, 60.8]"
said(Measured.undefined("the votes are anonymous"))            # "undefined because the votes are anonymous"
"""

from __future__ import annotations

from erc_engine.domain.curation import Measured


def said(found: Measured | None, *, points: bool = False) -> str:
    """Points are percent with one digit after the point; no interval is left without its reason."""
    if found is None:
        return "–"
    if found.value is None:
        return f"undefined because {found.reason}"
    if found.interval is None:
        return f"{number(found.value, points)}" + (f" ({found.reason})" if found.reason else "")
    low, high = (number(bound, points) for bound in found.interval)
    return f"{number(found.value, points)} [{low}, {high}]"


def number(value: float, points: bool = False) -> str:
    """At least three digits: 0.00513, 17.6, 1,234."""
    if points:
        return f"{100 * value:.1f}"
    if abs(value) < 5e-4:
        return f"{value:.4f}".rstrip("0").rstrip(".").replace("-0", "0") or "0"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
