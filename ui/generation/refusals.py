"""Attempts that gave no accepted dialogue, with the reply as it came one click away.

refusals(space, "meld-extra")
"""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from erc_engine.workflows.run_views import PAGE, attempt_shown, attempts_page, mix_said, run_view
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.components import tables

ANY = "any reason"


@st.fragment
def refusals(space: Workspace, run: str) -> None:
    """Stands still while the run goes on; every choice here reads the ledger again."""
    with frame.shown_errors():
        view = run_view(space, run)
        if view is None or not view.report.books.submitted:
            return
        st.subheader("Refused attempts")
        reasons = [ANY, *view.report.reasons, *(["lost"] if view.report.books.lost else [])]
        choose, turn, again = st.columns([3, 2, 1], vertical_alignment="bottom")
        if st.session_state.get("generate.reason") not in reasons:
            st.session_state["generate.reason"] = ANY
        said = choose.selectbox(
            "Reason", reasons, key="generate.reason", format_func=lambda reason: reason.replace("_", " ")
        )
        reason = "" if said == ANY else said
        place = int(turn.number_input("Page", 1, 10_000, key=f"generate.page.{run}.{said}")) - 1
        again.button("Refresh", key="generate.refresh")
        rows, n = attempts_page(space, run, reason=reason, page=place)
        if not rows:
            st.caption("None." if not n else f"There are {-(-n // PAGE)} pages.")
            return
        st.caption(f"{len(rows):,} of {n:,}, the newest first. Choose a row to read the reply as it came.")
        shown = [asdict(row) for row in rows]
        picked = _table(shown, key=f"generate.refused.{run}.{said}.{place}")
        tables.download(shown, key="generate.refused.csv", name=f"refused-{run}")
        row = rows[picked] if picked is not None and picked < len(rows) else rows[0]
        _one(space, run, row.plan, row.attempt)


def _table(shown: list[dict[str, object]], key: str) -> int | None:
    import pandas as pd

    event = st.dataframe(
        pd.DataFrame(shown),
        key=key,
        hide_index=True,
        width="stretch",
        height=min(360, 38 + 35 * len(shown)),
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = event.selection.rows
    return int(chosen[0]) if chosen else None


def _one(space: Workspace, run: str, plan: str, number: int) -> None:
    found = attempt_shown(space, run, plan, number)
    attempt = found.attempt
    with st.container(border=True):
        st.text(f"{plan}, attempt {number}: {(attempt.reason or str(attempt.state)).replace('_', ' ')}")
        st.text(attempt.detail or "no detail")
        if attempt.injected:
            st.badge(f"injected fault: {frame.plain(attempt.injected)}", color="violet")
        st.caption(
            frame.plain(
                f"planned: {found.plan.turns} turns, {', '.join(s.name for s in found.plan.speakers)}; "
                f"{mix_said(found.plan)}"
            )
        )
        if attempt.repairs:
            mended = "; ".join(f"{r.kind}{'' if r.turn is None else f' in turn {r.turn + 1}'}" for r in attempt.repairs)
            st.caption(frame.plain(f"repairs: {mended}"))
        st.caption("The reply as it came")
        st.code(attempt.raw or "(no reply)", language=None, wrap_lines=True)
