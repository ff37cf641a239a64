"""Sliders for wanted label shares, the gap in utterances that follows, and the way to Generate.

    what_if(part, against, like="meld")      # part: a LabelBalance; writes generate.shares and generate.like

`generate.shares` are label shares of what is to be added, `generate.wanted` those of all that is there then (both sum
to 1), `generate.like` the corpus that lengths and speakers are taken from, `generate.gap` how many utterances it is about.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from erc_engine.domain.imbalance import LabelBalance
from erc_engine.workflows.imbalance import may_be_planned, plan_gap
from ui import frame
from ui.charts.gap import gap_bars, gap_rows
from ui.charts.numbers import number
from ui.components import tables

EVEN, HALFWAY, AS_IS = "even", "halfway to even", "as it is"


def presets(part: LabelBalance, against: LabelBalance | None) -> dict[str, dict[str, float]]:
    """Wanted shares by name. Halfway are square roots of the shares, the usual tempering."""
    names = part.scheme.names
    roots = {name: part.fractions[name] ** 0.5 for name in names}
    found = {EVEN: dict.fromkeys(names, 1 / len(names))}
    if sum(roots.values()):
        found[HALFWAY] = {name: root / sum(roots.values()) for name, root in roots.items()}
    if against and against.utterances and may_be_planned(against.part):
        found[f"like {against.part}"] = against.fractions
    found[AS_IS] = part.fractions
    return found


@st.fragment
def what_if(part: LabelBalance, against: LabelBalance | None, like: str) -> None:
    """Moving a slider draws this part of the page again, nothing else."""
    st.subheader("What if")
    if not may_be_planned(part.part):
        st.caption(
            f"{frame.plain(part.part)} is no train split: dev and test are never added to and never shape what is "
            "generated. Look closer at a train part."
        )
        return
    st.caption(
        f"Shares wanted for {frame.plain(part.part)}, and what has to be added to reach them. Nothing is taken away."
    )
    sliders, picture = st.columns([2, 3], gap="large")
    with sliders:
        wanted = _sliders(part, presets(part, against))
    if not sum(wanted.values()):
        picture.info("Give at least one label a weight above 0.")
        return
    needed = plan_gap(part, wanted).total
    with sliders:
        budget = st.number_input(
            f"Utterances to add (all that is needed: {needed:,})",
            key="imbalance.budget",
            min_value=0,
            max_value=10_000_000,
            value=None,
            step=100,
            placeholder=f"{needed:,}",
            persist_state="session",
            help="With fewer than needed, the labels furthest below their share are filled first.",
        )
    gap = plan_gap(part, wanted, budget)
    with picture:
        tables.chart_with_data(gap_bars(part.scheme, gap), gap_rows(part.scheme, gap), key="imbalance.gap", name="gap")
        st.caption(
            "Full bars are there, hatched ones are to add; a tick is the wanted share of all that is there then."
        )
        st.markdown(
            f"**{gap.total:,} utterances to add.** Distance to the wanted shares {number(gap.distance_before)} → "
            f"{number(gap.distance_after)} (n = {part.utterances:,} labelled utterances)."
        )
        if gap.unreachable:
            st.caption(f"Stays above its share whatever is added: {frame.plain(', '.join(gap.unreachable))}.")
        if st.button("Plan generation for this gap", key="imbalance.plan", type="primary", disabled=not gap.total):
            st.session_state["generate.shares"] = gap.shares
            st.session_state["generate.wanted"] = dict(gap.wanted)
            st.session_state["generate.like"] = like
            st.session_state["generate.gap"] = gap.total
            st.switch_page("pages/generate.py")


def _sliders(part: LabelBalance, known: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    keys = {name: f"imbalance.want.{part.scheme.name}.{name}" for name in part.scheme.names}

    def put() -> None:
        for name, share in known.get(st.session_state.get("imbalance.preset") or "", {}).items():
            st.session_state[keys[name]] = round(100 * share, 1)

    st.pills("Start from", list(known), key="imbalance.preset", on_change=put)
    columns = st.columns(2)
    for place, (name, key) in enumerate(keys.items()):
        st.session_state.setdefault(key, round(100 * known[EVEN][name], 1))
        columns[place % 2].slider(
            frame.plain(name), 0.0, 100.0, key=key, step=0.1, format="%.1f", persist_state="session"
        )
    weights = {name: float(st.session_state[key]) for name, key in keys.items()}
    total = sum(weights.values())
    st.caption(f"The sliders sum to {total:.1f}; they count as shares of that.")
    return weights
