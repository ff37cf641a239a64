"""Home: where this workspace stands in numbers, the life of a dataset, what runs, and the demo in one click."""

import streamlit as st

from erc_engine.domain.jobs import JobState
from erc_engine.workflows.overview import Overview, overview
from ui import frame, resources
from ui.charts.shares import Shares, Strip, label_strips, share_rows
from ui.components import job_progress, life, tables
from ui.components.marks import DEMO, build_demo


def demo_part(seen: Overview) -> None:
    """The one click, or how far it is, or that it is done."""
    under_way = next((job for job in seen.under_way if job.kind == "demo"), None)
    if under_way:
        job_progress.remember(DEMO, under_way)
    job = job_progress.follow(DEMO)
    if job and not job.ended:
        return
    if job and job.state == JobState.DONE:
        st.success(
            "The demo workspace is built: a corpus, a generated set, planted copies, two versions, two baselines."
        )
    if seen.has_demo:
        st.caption(
            "Demo: every dialogue in it is recorded text of a large language model, not a benchmark and not a live "
            "model; the leaderboard leaves it out."
        )
        return
    if seen.empty:
        st.info(
            "This workspace is empty. The demo shows the whole life of a dataset on bundled recordings: "
            "offline, without a GPU, in under a minute. Or import a benchmark or your own dialogues."
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Build the demo workspace", key="home.demo", type="primary" if seen.empty else "secondary"):
            build_demo()
            st.rerun()
        st.page_link(
            "pages/datasets.py", label="Import your own data", query_params={"section": "import"}, width="content"
        )


def corpora_part(seen: Overview) -> None:
    st.subheader("Corpora")
    mark = {c.stored.name: "recorded" if c.recorded else "" for c in seen.corpora}
    strips = [Strip(c.stored.name, c.stored.scheme, c.labels, mark[c.stored.name]) for c in seen.corpora]
    rows = [
        row for c in seen.corpora for row in share_rows(c.stored.scheme, [Shares(c.stored.name, c.labels)])
    ]  # schemes differ
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.caption("Label shares of the kept dialogues, in percent")
        tables.chart_with_data(label_strips(strips), rows, key="home.shares", name="label-shares")
    with right:
        tables.table(
            [
                {
                    "corpus": c.stored.name,
                    "dialogues": c.dialogues,
                    "utterances": c.utterances,
                    "faults": len(c.stored.faults),
                }
                for c in seen.corpora
            ],
            key="home.corpora",
        )
        st.page_link("pages/datasets.py", label="Browse, audit, freeze and export", query_params={"section": "browse"})


def made_part(seen: Overview) -> None:
    st.subheader("Generation runs")
    tables.table(life.run_rows(seen.runs), key="home.runs") if seen.runs else st.caption("No generation run yet.")
    st.subheader("Trained on versions")
    if seen.trained:
        tables.table(life.trained_rows(seen.trained), key="home.trained")
        st.caption("Weighted F1 on dev, in points, with a 95 % interval over dialogues.")
    else:
        st.caption("No trained run yet." if seen.versions else "No version frozen yet.")


with frame.page("home"):
    now = overview(resources.workspace())
    demo_part(now)
    life.steps(now.steps)
    if not now.empty:
        life.numbers(now)
        corpora_part(now)
        made_part(now)
