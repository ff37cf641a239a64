"""One lab: what it shows in a sentence, the differences as a forest plot, each plan in both versions, and promoting.

result(space, report)
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.prompt_lab import LEVEL, LabReport, PairedOutcome
from erc_engine.workflows.lab_replies import LabRow, lab_rows, lab_samples
from erc_engine.workflows.lab_words import detectable_words, difference_words, p_words, value_words, verdict
from erc_engine.workflows.prompt_lab import recipes_of
from erc_engine.workflows.prompt_studio import diff
from erc_engine.workflows.recipes import find_recipe, promote
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.charts.lab import outcome_forest, outcome_rows, plan_matrix, shown
from ui.charts.matrix import clicked
from ui.components import tables
from ui.prompting.one_sample import one_sample

ACROSS = 40  # plans in one matrix


def result(space: Workspace, report: LabReport) -> None:
    asked = report.settings
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{frame.plain(asked.a_name)} ⟷ {frame.plain(asked.b_name)}**", width="content")
        st.caption(f"{asked.plans} plans, same seeds, like", width="content")
        st.text(asked.like, width="content")
        if report.injected:
            st.badge(f"{report.injected:,} injected faults", color="violet")
    (st.success if report.shown else st.info)(frame.plain(verdict(report)))
    st.caption(frame.plain(" · ".join(_said(o) for o in report.outcomes[1:] if o.difference.value is not None)))
    if shown(report):
        tables.chart_with_data(
            outcome_forest(report), outcome_rows(report), key=f"prompt_lab.forest.{report.id}", name=report.id
        )
    st.caption(
        "Accepted was declared as the main outcome: its p stands alone. The others are Holm-corrected over all "
        f"{sum(o.p is not None for o in report.outcomes)} outcomes. Plans are what is resampled and swapped; intervals are 95 %. "
        "Fidelity is what the model says of its own turns, held against the plan."
    )
    for line in (detectable_words(report.detectable), _variety(report), *report.notes):
        if line:
            st.caption(frame.plain(line))
    _promoting(space, report)
    _plans(space, report)


def _said(outcome: PairedOutcome) -> str:
    told = f"{outcome.name} {value_words(outcome, outcome.a)} → {value_words(outcome, outcome.b)}"
    if outcome.p_holm is None:
        return told
    return f"{told} ({difference_words(outcome)}, {p_words(outcome.p_holm) if outcome.p_holm < LEVEL else 'n.s.'})"


def _variety(report: LabReport) -> str:
    a, b = report.texts["a"], report.texts["b"]
    if a.distinct_2 is None or b.distinct_2 is None or a.compression is None or b.compression is None:
        return ""
    return (
        f"All texts at equal length ({a.tokens:,} words each): distinct-2 {a.distinct_2:.3f} → {b.distinct_2:.3f}, "
        f"compression ratio {a.compression:.2f} → {b.compression:.2f} (described, not tested)."
    )


def _promoting(space: Workspace, report: LabReport) -> None:
    asked = report.settings
    left, right = st.columns([1, 5], vertical_alignment="center")
    name = asked.b_name.rpartition("@")[0]
    if left.button("Promote B", key=f"prompt_lab.promote.{report.id}", disabled=not report.complete):
        promote(space, name, asked.b, who=frame.annotator() or "the app", why=report.id)
        st.session_state["prompt_lab.promoted"] = asked.b_name
    if find_recipe(space, name).hash == asked.b:
        right.caption(frame.plain(f"The name {name} means {asked.b_name}: a run that asks for it takes this version."))
    else:
        right.caption("Promoted, a version is what its recipe's name stands for in every new run.")
    with st.expander("Diff of A and B"):
        a, b = recipes_of(space, asked).values()
        st.code(diff(a, b, old_name=asked.a_name, new_name=asked.b_name), language="diff", wrap_lines=True)


@st.fragment
def _plans(space: Workspace, report: LabReport) -> None:
    with frame.shown_errors():
        rows = lab_rows(report)
        if not rows:
            return
        only = st.toggle("Only plans where the versions differ", key=f"prompt_lab.only.{report.id}")
        chosen = [row for row in rows if row.differs] if only else list(rows)
        if not chosen:
            st.caption("Both versions fared alike on every plan.")
            return
        page = 0
        if len(chosen) > ACROSS:
            pages = -(-len(chosen) // ACROSS)
            page = int(st.number_input("Page", 1, pages, 1, key=f"prompt_lab.page.{report.id}.{only}")) - 1
        part = chosen[page * ACROSS : (page + 1) * ACROSS]
        by_name = {row.name: row for row in part}
        chart, picked = f"prompt_lab.matrix.{report.id}.{only}.{page}", f"prompt_lab.plan.{report.id}.{only}.{page}"

        def put() -> None:
            cell = clicked(st.session_state.get(chart))
            if cell and cell[1] in by_name:
                st.session_state[picked] = cell[1]

        st.plotly_chart(
            tables.in_ink(plan_matrix(part)), key=chart, width="stretch", config={"displaylogo": False},
            on_select=put, selection_mode="points",
        )  # fmt: skip
        name = st.selectbox("A plan (or click it above)", list(by_name), key=picked)
        _beside(space, report, by_name[name])


def _beside(space: Workspace, report: LabReport, row: LabRow) -> None:
    scheme = recipes_of(space, report.settings)
    for n, (arm, place, sample) in enumerate(
        zip(scheme, st.columns(2, gap="medium"), lab_samples(space, report, row), strict=True), 1
    ):
        with place:
            st.caption("A" if n == 1 else "B")
            if sample is None:
                st.text("not asked yet")
            else:
                one_sample(n, sample, scheme[arm].scheme, recorded=False, key=f"prompt_lab.{arm}")
