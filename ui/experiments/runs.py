"""Section "Runs": every run by its dev scores, demo runs apart; train a classifier; bring in predictions."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.domain.conversation import Split
from erc_engine.domain.jobs import JobState
from erc_engine.workflows import jobs, leaderboard
from erc_engine.workflows.leaderboard import Standing
from ui import frame, resources
from ui.charts.numbers import said
from ui.components import job_progress, tables

JOB = "experiments.train.job"
CLASSIFIERS = {
    "tfidf": "tfidf: words and characters of a turn and its neighbours, logistic regression",
    "majority": "majority: always the most frequent label of train",
}


def section(versions: Sequence[str], runs: Sequence[Standing]) -> None:
    real, demo = [r for r in runs if not r.demo], [r for r in runs if r.demo]
    if real:
        standing_table(real, "experiments.runs", "runs")
    else:
        st.info(
            "Runs on your own versions belong here, the best on dev at the top. Train one below, or bring in the "
            "predictions of a model of yours."
        )
    if demo:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("demo", color="orange")
            st.caption("Runs on demo versions: recorded text of a language model on both sides, no benchmark result.")
        standing_table(demo, "experiments.demo", "demo-runs")
    left, right = st.columns(2, gap="large")
    with left:
        train_form(versions)
    with right:
        import_form(versions)


def standing_table(runs: Sequence[Standing], key: str, name: str) -> None:
    rows = [row(r) for r in runs]
    tables.table(
        rows,
        key=key,
        columns={
            "weighted F1 on dev": st.column_config.TextColumn(
                help="Points, with a 95 % interval from resampling whole dialogues. Weighted by gold label counts."
            ),
            "macro F1": st.column_config.TextColumn(help="Mean F1 over the labels that occur in gold."),
        },
    )
    tables.download(rows, key=f"{key}.csv", name=name)


def row(r: Standing) -> dict[str, object]:
    return {
        "run": r.run,
        "version": r.version,
        "classifier": f"{r.classifier} (outside)" if r.outside else r.classifier,
        "seed": "not given" if r.seed is None else str(r.seed),
        "weighted F1 on dev": said(r.dev, points=True) if r.dev else "no scores on dev",
        "macro F1": "–" if r.macro_f1 is None else f"{100 * r.macro_f1:.1f}",
        "n": f"{r.dev.n:,} in {r.dialogues:,} dialogues" if r.dev else "–",
        "state": r.state,
        "mark": "demo" if r.demo else "",
    }


def train_form(versions: Sequence[str]) -> None:
    st.subheader("Train")
    with st.form("experiments.train", border=True):
        version = st.selectbox("Version", versions, key="experiments.train.version")
        classifier = st.selectbox(
            "Classifier",
            leaderboard.CLASSIFIERS,
            format_func=lambda name: CLASSIFIERS.get(name, name),
            key="experiments.train.classifier",
        )
        seed = st.number_input("Seed", 0, 2**31 - 1, 1, key="experiments.train.seed")
        st.caption("Train and dev are all that training sees. The same settings again give the run that is there.")
        pressed = st.form_submit_button("Train", type="primary", key="experiments.train.go")
    if pressed:
        arguments = {"version_name": version, "classifier": classifier, "seed": int(seed)}
        job_progress.remember(JOB, jobs.submit(resources.workspace(), "train", arguments))
    job = job_progress.follow(JOB)
    if job and job.state == JobState.DONE and job.result:
        told(str(job.result["run"]), "is trained")


def import_form(versions: Sequence[str]) -> None:
    st.subheader("Bring in predictions")
    with st.form("experiments.import", border=True):
        version = st.selectbox("Version", versions, key="experiments.import.version")
        file = st.file_uploader(
            "CSV, TSV or JSONL: dialogue, utterance, and a label or probabilities",
            type=list(leaderboard.ENDINGS),
            max_upload_size=leaderboard.MAX_UPLOAD_BYTES >> 20,
            key="experiments.import.file",
        )
        name, at, seed = st.columns([3, 2, 2])
        model = name.text_input("Model", max_chars=64, key="experiments.import.model", placeholder="as the file says")
        split = at.selectbox("Split", [Split.DEV, Split.TEST], key="experiments.import.split")
        given = seed.number_input("Seed", 0, 2**31 - 1, None, key="experiments.import.seed", placeholder="none")
        pressed = st.form_submit_button("Import", key="experiments.import.go")
    st.caption("Every labelled utterance of the split exactly once, by the ids of the version. Nothing is guessed.")
    if pressed and file is None:
        st.warning("Choose a file first.")
    elif pressed and file is not None:
        with frame.shown_errors():
            run = leaderboard.import_upload(
                resources.workspace(),
                version,
                file.name,
                file.getvalue(),
                model=model.strip() or None,
                seed=None if given is None else int(given),
                split=Split(split),
            )
            told(run.id, "has these predictions now")


def told(run: str, what: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(f"{frame.plain(run)} {what}.")
        st.page_link(
            "pages/experiments.py", label="Look at it", query_params={"section": "run", "run": run}, width="content"
        )
