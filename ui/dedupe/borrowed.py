"""Section "Contamination": which turns carry text of dev and test splits, whose, and which text."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.workflows import curation
from erc_engine.workflows.borrowed_text import (
    EvidenceSources,
    amount,
    evidence,
    evidence_mark,
    evidence_sources,
    needs_job,
)
from erc_engine.workflows.jobs import submit
from erc_engine.workflows.similarity import Similarities
from ui import frame, resources
from ui.components import job_progress, tables
from ui.dedupe.clusters import who

KINDS = "verbatim: a turn of five words or more; window: eight words in a row; near: a word apart, or nearly all words"


def held_against(sources: EvidenceSources, chosen: Sequence[str]) -> str:
    """Which of the chosen splits are of a benchmark and which are demo text, and what of a benchmark is left out."""
    kinds = {"imported": sources.benchmarks, "recorded demo text": sources.recorded, "not imported": sources.others}
    told = [(kind, [s for s in splits if s in chosen]) for kind, splits in kinds.items()]
    said = "; ".join(f"{', '.join(splits)} ({kind})" for kind, splits in told if splits)
    left = [s for s in sources.benchmarks if s not in chosen]
    more = f". Left out, though imported: {', '.join(left)}" if left else ""
    none = "" if sources.benchmarks else ". No benchmark is imported yet"
    return f"Held against {said}{more}{none}."


def section(found: Similarities) -> None:
    space = resources.workspace()
    sources = evidence_sources(space, found.corpus)
    if not sources.all:
        st.info("There is no other corpus with a dev or test split. Import a benchmark to hold this corpus against it.")
        st.page_link("pages/datasets.py", label="Import one", query_params={"section": "import"})
        return
    against = st.multiselect(
        "Held against", sources.all, default=list(sources.usual), key=f"dedupe.against.{found.corpus}",
        help="Freezing keeps generated text clear of the dev and test splits of imported benchmarks. Recorded text is "
        "held against the demo corpora as well.",
    )  # fmt: skip
    if not against:
        st.caption("Choose one split or more.")
        return
    st.caption(frame.plain(held_against(sources, against)))
    if needs_job(space, found.corpus, against):
        look_first(found, against)
        return
    asked = ("evidence", *evidence_mark(space, found.corpus, against))
    seen = resources.worked_out(asked, lambda: evidence(space, found.corpus, against))
    if seen is None:
        frame.working(asked, f"Looking for borrowed text in {len(found.kept):,} dialogues")
        return
    dialogues = list(dict.fromkeys(e.dialogue for e in seen))
    if not seen:
        st.success(f"None of {len(found.kept):,} kept dialogues carries text of these splits.")
        return
    st.warning(f"{len(dialogues):,} of {len(found.kept):,} kept dialogues carry text of these splits.")
    texts = {u.id: u.text for d in found.dialogues(dialogues).values() for u in d.utterances}
    rows = [
        {
            "dialogue": e.dialogue,
            "turn": e.utterance,
            "its text": texts.get(e.utterance, ""),
            "source": e.source,
            "text there": e.text,
            "found as": e.kind,
            "similarity": e.similarity,
        }
        for e in seen
    ]
    tables.table(
        rows,
        key="dedupe.evidence",
        height=min(38 * len(rows) + 42, 420),
        columns={"found as": st.column_config.TextColumn(help=KINDS)},
    )
    left, right = st.columns([2, 3], vertical_alignment="center")
    with left:
        tables.download(rows, key="dedupe.evidence.csv", name=f"contamination-{found.corpus}")
    if found.may_drop and right.button(f"Drop these {len(dialogues):,} dialogues", key="dedupe.drop.contaminated"):
        done = curation.drop(space, found.corpus, dialogues, reason="contaminated", who=who())
        st.session_state["dedupe.told"] = f"{done:,} dialogues dropped. They can be brought back under Dropped."
        st.rerun()
    st.caption(f"Whole dialogues are dropped, never turns cut out. {frame.plain(KINDS)}.")


def look_first(found: Similarities, against: Sequence[str]) -> None:
    """Of much text: the button that looks through it, and how far that is."""
    key = f"dedupe.borrowed.{found.corpus}.{','.join(against)}"
    job = job_progress.follow(key)
    if job is not None and not job.ended:
        return
    space = resources.workspace()
    st.info(
        f"These are {amount(space, found.corpus, against):,} dialogues to look through. It takes a minute or so, and "
        "is kept until dialogues are added."
    )
    if st.button("Look for borrowed text", type="primary", key="dedupe.borrowed.look"):
        arguments = {"name": found.corpus, "against": list(against)}
        job_progress.remember(key, submit(space, "borrowed", arguments))
        st.rerun()
