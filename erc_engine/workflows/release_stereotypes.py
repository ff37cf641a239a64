"""What a card says of names, or traits, and emotions: the test, the cells furthest from chance, the whole table.

"\\n\\n".join(associations_text(found))     # "### Names\\n\\nChi-squared 138.3, p = 0.6122 by dealing the names …"
"""

from __future__ import annotations

from collections.abc import Iterator

from erc_engine.curation.stereotypes import Association, Associations
from erc_engine.workflows.markdown import plain, rows

STRIKING = 8  # cells named in the text
ENOUGH = 10  # turns
ALPHA = 0.05


def associations_text(table: Associations) -> Iterator[str]:
    yield f"### {table.what.capitalize()}s"
    if table.p is None or table.chi_squared is None:
        yield f"Not tested: {plain(table.reason)}."
        return
    striking = [row for row in table.rows if row.adjusted < ALPHA]
    single = (
        f"{len(striking)} of {len(table.rows)} differ from all others at p < .05 after Holm: "
        f"{', '.join(plain(row.value) for row in striking)}."
        if striking
        else f"No single {table.what} of {len(table.rows)} differs from all others at p < .05 after Holm's correction."
    )
    yield (
        f"Chi-squared {table.chi_squared:.1f}, p = {table.p:.4f} by dealing the {table.what}s out anew {table.deals:,} "
        f"times among {table.speakers:,} speakers of dialogues. {single}"
    )
    yield _furthest(table)
    grid = rows(
        [table.what, "turns", *table.labels, "p (Holm)"],
        [(row.value, row.turns, *_cells(row), f"{row.adjusted:.3f}") for row in table.rows],
    )
    shares = rows(
        ["emotion", f"{table.what}s with the largest share of its turns"],
        [(label, _largest(table, label)) for label in table.labels],
    )
    summary = f"All {len(table.rows)} {table.what}s: turns (adjusted residual)"
    yield f"<details><summary>{summary}</summary>\n\n{grid}\n\n</details>"
    yield shares


def _furthest(table: Associations) -> str:
    cells = [
        (abs(r), row, label, r)
        for row in table.rows
        if row.turns >= ENOUGH
        for label, r in zip(table.labels, row.residuals, strict=True)
    ]
    if not cells:
        return f"No {table.what} has {ENOUGH} turns: single cells say nothing yet."
    cells.sort(key=lambda cell: (-cell[0], cell[1].value, cell[2]))
    far = ", ".join(
        f"{plain(row.value)} and {plain(label)} {r:+.1f} ({row.counts[table.labels.index(label)]} of {row.turns} turns)"
        for _, row, label, r in cells[:STRIKING]
    )
    return (
        f"Furthest from chance, among those with {ENOUGH} turns or more (adjusted residuals; beyond ±2 is one cell in "
        f"twenty by chance): {far}."
    )


def _cells(row: Association) -> Iterator[str]:
    return (f"{n} ({r:+.1f})" for n, r in zip(row.counts, row.residuals, strict=True))


def _largest(table: Associations, label: str) -> str:
    shares = sorted(table.share(label).items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    return ", ".join(f"{value} {100 * share:.1f} %" for value, share in shares if share) or "none"
