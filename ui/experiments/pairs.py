"""Section "Compare": chosen runs pair by pair on the same dialogues, as a forest plot."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.domain.conversation import Split
from erc_engine.workflows.experiments import compare
from erc_engine.workflows.leaderboard import Standing, looks_at_test
from ui import frame, resources
from ui.charts.forest import forest, forest_rows
from ui.components import tables
from ui.experiments.one_run import times

KEPT, OFFERED = "experiments.pairs", "experiments.pairs.offered"
MOST_RUNS = 6


def offered(runs: Sequence[Standing]) -> list[str]:
    """The two runs of one version that are worth comparing first, the weaker one as control; none where none has two.

    Real versions come before demo ones; runs without a score on dev come last.
    """
    by_version: dict[str, list[Standing]] = {}
    for run in sorted(runs, key=lambda r: (r.demo, r.dev is None, -((r.dev and r.dev.value) or 0.0))):
        by_version.setdefault(run.version, []).append(run)
    best = next((same for same in by_version.values() if len(same) > 1), [])
    return [run.run for run in reversed(best[:2])]


def section(runs: Sequence[Standing]) -> None:
    usable = {r.run: r for r in runs if r.usable}
    if len(usable) < 2:
        st.info("A comparison needs two finished runs. Train another, or bring in predictions, under Runs.")
        return
    if not set(st.session_state.get("experiments.compared", ())) & set(usable) and not st.session_state.get(OFFERED):
        st.session_state["experiments.compared"] = offered(tuple(usable.values()))
        st.session_state[OFFERED] = True
    chosen = st.multiselect(
        "Runs, the control first",
        list(usable),
        key="experiments.compared",
        persist_state="session",
        max_selections=MOST_RUNS,
        format_func=lambda name: f"{name}  (demo)" if usable[name].demo else name,
    )
    on, button = st.columns([3, 1], vertical_alignment="bottom")
    split = on.radio("On", [Split.DEV, Split.TEST], horizontal=True, key="experiments.on")
    pressed = button.button(
        "Compare" if split == Split.DEV else "Look at test and compare",
        type="primary",
        key="experiments.compare",
        disabled=len(chosen) < 2,
        width="stretch",
    )
    space = resources.workspace()
    if split == Split.TEST:
        looked = {usable[name].version for name in chosen}
        told = "; ".join(f"{frame.plain(v)}: {times(looks_at_test(space, v))}" for v in sorted(looked))
        st.caption(
            "A look is recorded for each run before anything is computed."
            + (f" So far looked at: {told}." if told else "")
        )
    if len(chosen) < 2:
        st.caption("Choose two runs or more. They must share one test set: versions that do not are refused.")
    if pressed:
        st.session_state.pop(KEPT, None)
        with st.spinner("10,000 resamples of each pair"):
            st.session_state[KEPT] = compare(space, chosen, Split(split), who=frame.annotator() or None)
    pairs = st.session_state.get(KEPT)
    if not pairs:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"Weighted F1 on {pairs[0].split}, pair by pair", width="content")
        if any(usable[name].demo for c in pairs for name in (c.a, c.b) if name in usable):
            st.badge("demo", color="orange")
    tables.chart_with_data(forest(pairs), forest_rows(pairs), key="experiments.forest", name="comparisons")
    st.caption(
        f"Each row is the first-named run minus the second, with a 95 % interval from resampling dialogues. p is from "
        f"approximate randomisation over dialogues, Holm-corrected over {len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}; filled points are "
        f"under 0.05. n = {pairs[0].n:,} turns in {pairs[0].dialogues:,} dialogues. One set and one seed a run: this "
        "says nothing about other draws of the set."
    )
