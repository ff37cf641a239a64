"""How labels follow each other: measures of all parts, then transitions and positions of one of them.

part = dynamics_part(report)      # an ImbalanceReport; gives back the part that was looked at closer
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.imbalance import ImbalanceReport, LabelBalance
from ui import frame
from ui.charts.transitions import (
    by_position,
    cells,
    dynamics_forest,
    dynamics_rows,
    position_rows,
    transition_heat,
    transition_rows,
)
from ui.components import tables

KAPPA = (
    "Inertia is Cohen's kappa of a label and the same speaker's last one, contagion that of a label and the other "
    "speaker's turn right before: 0 is what the label mix alone gives, 1 always the same."
)


def dynamics_part(report: ImbalanceReport) -> LabelBalance:
    """Measures of all parts, then maps and positions of one of them, which is given back."""
    st.subheader("How labels follow each other", help=KAPPA)
    base = report.against_dynamics
    every = [*report.dynamics, *([base] if base else [])]
    tables.chart_with_data(
        tables.drawn(dynamics_forest, every), dynamics_rows(every), key="imbalance.dynamics", name="dynamics"
    )
    st.caption(
        "Inertia and contagion are corrected for chance. The raw shift rate is not: two sets can shift equally often, "
        "one because speakers answer each other, one because each keeps to an own mood."
    )
    names = [p.part for p in report.parts]
    left, right = st.columns([1, 2])
    name = left.selectbox("Look closer at", names, key="imbalance.part")
    mixed = right.toggle(
        "Take the label mix off",
        key="imbalance.beyond",
        value=True,
        persist_state="session",
        help="Each cell less the share that the label has overall: what the turn before adds.",
    )
    at = names.index(name) if name in names else 0
    found = report.dynamics[at]
    minus = f" − {base.part}" if base and base.part != found.part else ""
    held = base if minus else None
    maps = [
        cells(f"Same speaker: {found.part}{minus}", found.own, held.own if held else None, beyond_mix=mixed),
        cells(f"Other speaker: {found.part}{minus}", found.other, held.other if held else None, beyond_mix=mixed),
    ]
    for column, shown, key in zip(st.columns(2), maps, ("own", "other"), strict=True):
        with column:
            rows = transition_rows(found.scheme, [shown])
            tables.chart_with_data(transition_heat(found.scheme, shown), rows, key=f"imbalance.{key}", name=key)
    st.caption("Rows: the label before; columns: the label now; percentage points. Hover says how many turns.")
    st.markdown("**Label by position in the dialogue**")
    figure = tables.drawn(by_position, found, held)
    tables.chart_with_data(figure, position_rows([found]), key="imbalance.positions", name="positions")
    if held:
        st.caption(f"Percent of the turns at each position; thin grey line: {frame.plain(held.part)}.")
    return report.parts[at]
