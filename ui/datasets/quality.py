"""Section "Quality": the card of a set against a benchmark; six numbers, then pictures, with tables behind them.

Measuring takes some seconds, so it is a job; the card is kept until a dialogue, a state or a vote changes.
"""

from __future__ import annotations

import json

import streamlit as st

from erc_engine.domain.quality import QualityCard, Section
from erc_engine.workflows import quality
from erc_engine.workflows.browsing import CorpusShape
from erc_engine.workflows.jobs import start_beside
from erc_engine.workflows.quality_words import gap_said, headlines, n_said, number, said
from ui import frame, resources
from ui.charts.paired_bars import paired_bars, paired_rows
from ui.components import job_progress, tables
from ui.datasets.browser import facts

JOB = "datasets.quality.job"
ALONE = "no benchmark: the set alone"


def section(corpus: CorpusShape) -> None:
    name = corpus.stored.name
    facts(corpus)
    if not corpus.splits:
        st.caption("No dialogue here is kept.")
        return
    space = resources.workspace()
    left, right = st.columns(2)
    split = left.selectbox("Part", list(corpus.splits), key=f"datasets.quality.split.{name}")
    part = f"{name}:{split}"
    offered = [*quality.against_choices(space, part), ALONE]
    chosen = right.selectbox(
        "Against",
        offered,
        key=f"datasets.quality.against.{part}",
        help="A benchmark that is not in this workspace is offered where its label counts are published.",
    )
    against = None if chosen == ALONE else chosen
    card = quality.kept_card(space, part, against)
    job = job_progress.follow(JOB)
    if card is None and (job is None or job.ended):
        st.info("How natural is this set, and what gives it away? Not measured yet for these dialogues.")
        if st.button("Measure", type="primary", key="datasets.quality.go"):
            job_progress.remember(JOB, start_beside(space, "quality", {"name": part, "against": against}))
            st.rerun()
    if card is not None:
        _card(card, {label.name: label.colour for label in corpus.stored.scheme.labels})


def _card(card: QualityCard, colours: dict[str, str]) -> None:
    for note in card.notes:
        st.caption(f"Note: {frame.plain(note)}")
    if card.against is None:
        st.caption(f"Comparisons are not available because {frame.plain(card.absent)}.")
    _headlines(card)
    _downloads(card)
    sides = (card.names["set"], card.names["benchmark"])
    for part in card.sections:
        _section(part, sides, colours)


def _headlines(card: QualityCard) -> None:
    found = headlines(card)
    for column, each in zip(st.columns(len(found)), found, strict=True):
        with column.container(border=True, height="stretch"):
            st.caption(frame.plain(each.name))
            st.markdown(f"### {frame.plain(each.value or '–')}")
            st.caption(frame.plain(each.beside))


def _downloads(card: QualityCard) -> None:
    stem = f"{card.mine.name}-quality".replace(":", "-")
    with st.container(horizontal=True):
        st.download_button(
            "Download HTML", quality.to_html(card).encode("utf-8", "replace"), f"{stem}.html", "text/html",
            key="datasets.quality.html", on_click="ignore",
        )  # fmt: skip
        data = json.dumps(quality.to_json(card), indent=2, allow_nan=False)
        st.download_button(
            "Download JSON", data.encode(), f"{stem}.json", "application/json",
            key="datasets.quality.json", on_click="ignore",
        )  # fmt: skip


def _section(part: Section, sides: tuple[str, str], colours: dict[str, str]) -> None:
    st.subheader(part.title, help=frame.plain(f"{part.aid.what} {part.aid.read} Source: {part.aid.source}."))
    pictures = part.pictures
    for column, bars in zip(st.columns(max(1, len(pictures))), pictures, strict=False):
        with column:
            st.plotly_chart(
                paired_bars(bars, sides, colours),
                key=f"datasets.quality.{part.key}.{bars.key}",
                config={"displaylogo": False},
            )
    with st.expander("Measures with intervals", expanded=not pictures):
        key = f"datasets.quality.{part.key}"
        tables.table(_measures(part, sides), key=f"{key}.measures")
        for bars in part.bars:
            tables.table(paired_rows(bars, sides), key=f"{key}.{bars.key}.data")
        if part.clues:
            tables.table(_clues(part, sides), key=f"{key}.clues")
        tables.download(_measures(part, sides), key=f"{key}.csv", name=f"quality-{part.key}")
    for note in part.notes:
        st.caption(frame.plain(note))


def _measures(part: Section, sides: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {
            "measure": row.name,
            sides[0]: said(row.mine, row.unit),
            sides[1]: said(row.theirs, row.unit),
            "apart": gap_said(row),
            "n": n_said(row),
        }
        for row in part.rows
    ]


def _clues(part: Section, sides: tuple[str, str]) -> list[dict[str, str | None]]:
    return [
        {
            part.clues_are: clue.text,
            "kind": clue.kind,
            "more in": clue.points_to,
            "weight": None if clue.weight is None else number(clue.weight, "share"),
            sides[0]: number(clue.mine, "share"),
            sides[1]: None if clue.theirs is None else number(clue.theirs, "share"),
        }
        for clue in part.clues
    ]
