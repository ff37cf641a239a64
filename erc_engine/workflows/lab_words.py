"""What a lab says, in sentences: the difference, or as plainly that none was shown, and what it could have shown.

verdict(report)              # "B is accepted more often: 71 % → 86 % (+15 points [+1, +29], 40 plans, p = 0.031)."
detectable_words(found)      # "40 plans show a difference of 24 points in 80 % of labs, if …"
"""

from __future__ import annotations

from erc_engine.domain.prompt_lab import LEVEL, Detectable, LabReport, PairedOutcome

ABBREVIATED = {"words": "", "tokens": "", "seconds": " s"}


def verdict(report: LabReport) -> str:
    """The main outcome alone; the others have a p of their own, corrected for their number."""
    main = report.main
    if main.difference.value is None or main.p is None:
        return f"Nothing can be said yet: {main.difference.reason}."
    figures = f"{main.name} {value_words(main, main.a)} → {value_words(main, main.b)}"
    around = f"{difference_words(main)}, {main.difference.n} plans, {p_words(main.p)}"
    so_far = "" if report.complete else f" So far: {report.replied} of {report.asked} replies."
    if main.p < LEVEL:
        word = "more" if main.difference.value > 0 else "less"
        return f"B is accepted {word} often than A: {figures} ({around}).{so_far}"
    return f"No difference shown between A and B: {figures} ({around}).{so_far}"


def detectable_words(found: Detectable) -> str:
    said = "assumed" if found.assumed else "as in earlier labs with this model"
    if found.difference is None:
        return f"{found.plans} plans are too few to show any difference in {100 * found.power:.0f} % of labs."
    return (
        f"{found.plans} plans show a difference of {100 * found.difference:.0f} points in the accepted rate in "
        f"{100 * found.power:.0f} % of labs (α = {found.level:g}), if the versions disagree on "
        f"{100 * found.discordance:.0f} % of plans ({said})."
    )


def value_words(outcome: PairedOutcome, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if outcome.unit == "share" else f"{value:.3g}{ABBREVIATED[outcome.unit]}"


def difference_words(outcome: PairedOutcome) -> str:
    """In points for shares, else in the outcome's own unit."""
    found = outcome.difference
    if found.value is None:
        return "–"
    times, form = (100, "+.1f") if outcome.unit == "share" else (1, "+.3g")
    if found.interval is None:
        return f"{times * found.value:{form}}"
    low, high = (times * bound for bound in found.interval)
    return f"{times * found.value:{form}} [{low:{form}}, {high:{form}}]"


def p_words(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
