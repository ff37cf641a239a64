"""A confusion of two sources of labels: choose them, click a cell, and its utterances stand below.

confusion_part(study, "disagreement.perceived", rows=["intended"], columns=["majority of llm", "llm-a"])
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.domain.disagreement import Confusion
from erc_engine.workflows.disagreement import ANY_TWO, Study, confusion, utterances
from ui import frame
from ui.charts.agreement import confusion_heat, confusion_rows
from ui.charts.matrix import clicked
from ui.charts.numbers import said
from ui.components import tables
from ui.components.disputed import disputed


@st.fragment
def confusion_part(study: Study, key: str, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Choosing sources or a cell draws this part again, nothing else."""
    with frame.shown_errors():
        left, right = st.columns(2)
        first = left.selectbox("Rows", rows, key=f"{key}.rows")
        others = [ANY_TWO] if first == ANY_TWO else [name for name in columns if name not in (ANY_TWO, first)]
        other = right.selectbox("Columns", others, key=f"{key}.columns.{first}")
        if other is None:
            st.caption(f"There is nobody to hold {frame.plain(first)} against.")
            return
        found = confusion(study, first, other)
        if not found.total:
            st.caption(f"Nothing to compare: {frame.plain(found.kappa.reason or 'no utterance is labelled by both')}.")
            return
        named = cells(found)
        chart, cell = f"{key}.chart.{first}.{other}", f"{key}.cell.{first}.{other}"

        def put() -> None:
            pair = clicked(st.session_state.get(chart))
            if pair:
                st.session_state[cell] = next((name for name, p in named.items() if p == pair), None)

        tables.chart_with_data(
            confusion_heat(found), confusion_rows(found), key=chart, name="confusion",
            on_select=put, selection_mode="points",
        )  # fmt: skip
        st.caption(
            f"Colour: share of the row. n = {found.total:,.0f} utterances; "
            f"Cohen's kappa {frame.plain(said(found.kappa))}."
        )
        picked = st.selectbox(
            "A cell (or click it above)",
            list(named),
            key=cell,
            index=None,
            placeholder="most frequent mix-ups first",
        )
    if picked:
        pair = named[picked]
        why = f"{first} {pair[0]}, {other} {pair[1]}"
        disputed(study, utterances(study, found.places[pair]), key=f"{key}.table.{first}.{other}.{picked}", why=why)


def cells(found: Confusion) -> dict[str, tuple[str, str]]:
    """Cells by a readable name: disagreements first, then agreements, the larger the earlier."""
    pairs = sorted(found.places, key=lambda pair: (pair[0] == pair[1], -len(found.places[pair])))
    return {f"{a} → {b}  ({len(found.places[a, b]):,})": (a, b) for a, b in pairs}
