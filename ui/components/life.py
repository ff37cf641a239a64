"""The life of a dataset as a row of steps, and a workspace in a few numbers.

life.steps(overview.steps)        # a card for each: done with its evidence, next, or open; a link to its page
life.numbers(overview)
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.workflows.overview import LifeStep, Overview, RunLine, StepState, TrainedLine

CARD_WIDTH = 117  # eight of them and their gaps beside the sidebar of a window of 1440
_SHOWN = {StepState.DONE: ("done", "green"), StepState.NEXT: ("next", "blue"), StepState.OPEN: ("open", "gray")}


def steps(found: Sequence[LifeStep]) -> None:
    """One card for each step, all in a row where the window is wide enough."""
    row = st.container(horizontal=True, gap="xsmall")
    for step in found:
        with row.container(border=True, width=CARD_WIDTH, height="stretch"):
            word, colour = _SHOWN[step.state]
            st.badge(word, color=colour)  # type: ignore[arg-type]
            st.page_link(f"pages/{step.page}.py", label=f"**{step.name}**", help=step.what)
            st.caption(step.evidence)


def numbers(seen: Overview) -> None:
    done = [t for t in seen.trained if t.run.state == "done"]
    told = (
        ("Corpora", len(seen.corpora)),
        ("Dialogues", sum(c.dialogues for c in seen.corpora)),
        ("Utterances", sum(c.utterances for c in seen.corpora)),
        ("Generation runs", len(seen.runs)),
        ("Versions", len(seen.versions)),
        ("Trained runs", len(done)),
    )
    for column, (name, value) in zip(st.columns(len(told)), told, strict=True):
        column.metric(name, f"{value:,}")


def run_rows(runs: Sequence[RunLine]) -> list[dict[str, object]]:
    return [
        {
            "run": r.settings.name,
            "state": str(r.state),
            "utterances": f"{r.utterances:,} of {r.settings.utterances:,}",
            "accepted": f"{r.books.accepted:,} of {r.books.submitted:,}",
            "model": ("recorded: " if r.recorded else "") + r.settings.model,
            "recipe": r.settings.recipe_name,
        }
        for r in runs
    ]


def trained_rows(trained: Sequence[TrainedLine]) -> list[dict[str, object]]:
    return [
        {
            "run": t.run.id,
            "version": t.run.version + (" (demo)" if t.demo else ""),
            "state": t.run.state,
            "weighted F1": score(t),
            "n": f"{t.n:,} in {t.dialogues:,} dialogues" if t.n else "",
        }
        for t in trained
    ]


def score(t: TrainedLine) -> str:
    """`58.9  [56.6, 61.1]` in points; empty while there is none."""
    if t.weighted_f1 is None:
        return ""
    span = f"  [{100 * t.interval[0]:.1f}, {100 * t.interval[1]:.1f}]" if t.interval else ""
    return f"{100 * t.weighted_f1:.1f}{span}"
