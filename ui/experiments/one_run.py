"""Section "One run": scores on dev or test, each class, what is taken for what, and the wrong turns themselves.

Dev is shown at once. Test is shown after a recorded look, and kept in the session: drawing it again is no second look.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.domain.conversation import Split
from erc_engine.domain.curation import Measured
from erc_engine.workflows import leaderboard
from erc_engine.workflows.leaderboard import Inspection, JudgedTurn, Standing
from ui import frame, resources
from ui.charts.confusion import clicked, confusion_of_run, confusion_of_run_rows
from ui.charts.numbers import said
from ui.charts.per_class import per_class_bars, per_class_rows
from ui.components import tables

KEPT, GO = "experiments.inspection", "experiments.looked"
ANY = "any label"
MOST_ROWS = 200
HELP = {
    "weighted_f1": "Mean F1 of the labels, weighted by how often each is gold. The usual score on these corpora.",
    "macro_f1": "Mean F1 of the labels that occur in gold, each counted alike: rare labels matter as much.",
    "accuracy": "Share of labelled turns that are right.",
}


def section(runs: Sequence[Standing]) -> None:
    usable = {r.run: r for r in runs if r.usable}
    if not usable:
        st.info("No finished run yet. Train one, or bring in predictions, under Runs.")
        return
    asked = st.query_params.get("run", "")
    if asked and asked not in usable:
        st.warning(f"There is no finished run {frame.plain(asked[:80])} in this workspace.")
    if asked in usable:
        st.session_state["experiments.run"] = asked
    elif st.session_state.get("experiments.run") not in usable:
        st.session_state["experiments.run"] = next(iter(usable))
    chosen = st.selectbox(
        "Run",
        list(usable),
        key="experiments.run",
        format_func=lambda name: f"{name}  (demo)" if usable[name].demo else name,
        on_change=lambda: st.query_params.update({"run": st.session_state["experiments.run"]}),
    )
    run = usable[chosen]
    for note in run.notes:
        st.caption(frame.plain(note))
    split = shown_split(run)
    space = resources.workspace()
    if split == Split.TEST:
        shown(st.session_state[KEPT])
    elif run.dev is None:
        st.info("This run has predictions on test alone: there is nothing to show on dev.")
    else:
        with st.spinner("scoring dev"):
            shown(leaderboard.inspect_dev(space, run.run))


def shown_split(run: Standing) -> Split:
    """Dev, which needs no permission, unless a look at test was taken in this tab; the button takes one."""
    space = resources.workspace()
    looks = leaderboard.looks_at_test(space, run.version)
    who = frame.annotator()
    seen: Inspection | None = st.session_state.get(KEPT)
    if st.session_state.pop(GO, None) == run.run:
        st.session_state[f"experiments.split.{run.run}"] = Split.TEST
    st.session_state.setdefault(f"experiments.split.{run.run}", Split.DEV)
    looked = seen is not None and seen.evaluation.run == run.run
    with st.container(horizontal=True, vertical_alignment="center"):
        choice = Split.DEV
        if looked:
            choice = st.segmented_control(
                "Scores on",
                [Split.DEV, Split.TEST],
                key=f"experiments.split.{run.run}",
                required=True,
                label_visibility="collapsed",
            )
        if st.button("Look at test again" if looked else "Look at test", key="experiments.test"):
            with st.spinner("predicting and scoring"):
                st.session_state[KEPT] = leaderboard.inspect(space, run.run, Split.TEST, who=who or None)
            st.session_state[GO] = run.run
            st.rerun()  # the count below is one look behind
    st.caption(
        f"This test split was looked at {times(looks)} so far. A look is recorded, under "
        f"{frame.plain(who) if who else 'the name of this machine’s user'}, before any score is computed. "
        "Choose on dev; test is for the end."
    )
    return Split(choice)


def times(n: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(n, f"{n:,} times")


def shown(found: Inspection) -> None:
    evaluation = found.evaluation
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"Scores on {evaluation.split}", width="content")
        if evaluation.demo:
            st.badge("demo", color="orange")
        if found.recorded:
            st.badge("recorded", color="orange")
    measures = {"weighted F1": "weighted_f1", "macro F1": "macro_f1", "accuracy": "accuracy"}
    for place, (name, measure) in zip(st.columns(len(measures)), measures.items(), strict=True):
        with place:
            number(name, evaluation.intervals[measure], HELP[measure])
    look = f" Look number {evaluation.test_looks:,} at this test split." if evaluation.test_looks else ""
    st.caption(
        f"Points, with 95 % intervals from resampling dialogues; n = {evaluation.scores.n:,} labelled turns in "
        f"{evaluation.dialogues:,} dialogues.{look}"
    )
    key = f"{evaluation.run}.{evaluation.split}"
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**F1 by label**")
        tables.chart_with_data(
            per_class_bars(found.scheme, found.per_class),
            per_class_rows(found.scheme, found.per_class, evaluation.scores.per_class),
            key=f"experiments.classes.{key}",
            name="f1-by-label",
        )
    chart = f"experiments.confusion.{key}"
    with right:
        st.markdown("**Gold against predicted**")
        tables.chart_with_data(
            confusion_of_run(found.scheme, evaluation.scores.confusion),
            confusion_of_run_rows(found.scheme, evaluation.scores.confusion),
            key=chart,
            name="confusion",
            on_select=lambda: take_cell(chart),
            selection_mode="points",
        )
        st.caption("Counts and percent of the gold label. Click a cell to read its turns below.")
    errors(found)


def number(name: str, measured: Measured, help_text: str) -> None:
    value, _, interval = said(measured, points=True).partition(" ")
    st.metric(name, value, help=help_text)
    st.caption(frame.plain(interval))


def take_cell(chart: str) -> None:
    pair = clicked(st.session_state.get(chart))
    if pair:
        st.session_state["experiments.gold"], st.session_state["experiments.predicted"] = pair


def errors(found: Inspection) -> None:
    st.subheader("Wrong turns")
    names = [ANY, *found.scheme.names]
    for key in ("experiments.gold", "experiments.predicted"):
        if st.session_state.get(key) not in names:
            st.session_state[key] = ANY
    left, right = st.columns(2)
    gold = left.selectbox("Gold", names, key="experiments.gold")
    predicted = right.selectbox("Predicted", names, key="experiments.predicted")
    turns = found.wrong(None if gold == ANY else gold, None if predicted == ANY else predicted)
    if not turns:
        st.caption(
            "None: these labels are never confused here." if gold != predicted or gold == ANY else "Those are right."
        )
        return
    rows = [error_row(t) for t in turns]
    sure = ", the surest mistakes first" if turns[0].confidence is not None else ""
    cut = f"; the first {MOST_ROWS} are shown, all are in the download" if len(turns) > MOST_ROWS else ""
    st.caption(
        f"{len(turns):,} of {len(found.turns):,} labelled turns{sure}{cut}. Choose a row to read it in its context."
    )
    picked = st.dataframe(
        rows[:MOST_ROWS],
        key=f"experiments.errors.{found.evaluation.run}.{found.evaluation.split}.{gold}.{predicted}",
        hide_index=True,
        width="stretch",
        height=min(38 * len(rows) + 42, 340),
        on_select="rerun",
        selection_mode="single-row",
        column_config={"text": st.column_config.TextColumn(width="large")},
    )
    tables.download(rows, key="experiments.errors.csv", name=f"wrong-turns-{found.evaluation.split}")
    places = [i for i in picked["selection"]["rows"] if i < len(turns)]
    context(found, turns[places[0] if places else 0])


def error_row(t: JudgedTurn) -> dict[str, object]:
    return {
        "gold": t.gold,
        "predicted": t.predicted,
        "probability": None if t.confidence is None else round(t.confidence, 3),
        "speaker": t.speaker,
        "text": t.text,
        "before": "  /  ".join(f"{speaker}: {text}" for speaker, text in t.before[-1:]),
        "dialogue": t.dialogue,
        "turn": t.number,
    }


def context(found: Inspection, t: JudgedTurn) -> None:
    """The turns before, the turn itself, and the way to its whole dialogue."""
    with st.container(border=True):
        for speaker, text in t.before:
            st.text(f"{speaker}:  {text}")
        st.markdown(f"**{frame.plain(t.speaker)}:  {frame.plain(t.text)}**")
        sure = "" if t.confidence is None else f" (probability {t.confidence:.2f})"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"gold **{frame.plain(t.gold)}**, predicted **{frame.plain(t.predicted)}**{sure}", width="content"
            )
            st.page_link(
                "pages/datasets.py",
                label="The whole dialogue",
                query_params={"section": "browse", "corpus": found.corpus, "dialogue": t.dialogue},
                width="content",
            )
