"""Section "Export": a corpus or version as a zip, with the terms under which it may be handed on."""

from __future__ import annotations

import streamlit as st

from erc_engine.workflows import downloads
from erc_engine.workflows.jobs import start_beside
from ui import frame, resources
from ui.components import job_progress

JOB = "datasets.export.job"
FORMATS = {
    "jsonl": "JSONL: ours, exact",
    "meld-csv": "CSV: MELD's columns, a file for each split",
    "dialogue-json": "JSON: as DialogXL, SPCL and EACL read",
}


def section() -> None:
    space = resources.workspace()
    offered = {item.name: item for item in downloads.exportable(space)}
    asked = st.query_params.get("corpus", "")
    left, right = st.columns(2)
    name = left.selectbox(
        "What",
        list(offered),
        index=list(offered).index(asked) if asked in offered else 0,
        format_func=lambda n: f"{n}  ({'version' if offered[n].is_version else 'corpus'})",
        key="datasets.export.what",
    )
    form = right.selectbox("As", list(downloads.FORMATS), format_func=FORMATS.__getitem__, key="datasets.export.format")
    item = offered[name]
    safe = True
    if form == "meld-csv":
        safe = st.checkbox(
            "Mark cells that a spreadsheet would run as formulas with '", value=True, key="datasets.export.safe"
        )
    with st.container(border=True):
        st.text(f"Licence: {item.licence}")
        leave = (
            "Its text may leave this machine." if item.may_leave_machine else "Its text is not cleared to be handed on."
        )
        st.caption(f"{leave} {frame.plain(item.note)}")
        if item.recorded:
            st.badge("recorded", color="orange")
            st.caption("Recorded text of a large language model; the card in the zip says so.")
    if item.refused:
        st.error(f"Nothing of it is exported: {frame.plain(item.refused)}.")
        st.caption("Hand on where to get it and the ids you used instead.")
        return
    job = job_progress.follow(JOB)
    ready = downloads.download(space, name, form, neutralise_cells=safe)
    if ready is not None:
        st.download_button(
            f"Download {ready.file_name} ({len(ready.data) / 1024:,.0f} KB)",
            ready.data,
            ready.file_name,
            "application/zip",
            type="primary",
            key="datasets.export.download",
            on_click="ignore",
        )
        st.caption(f"In it: {frame.plain(', '.join(ready.files))}")
    elif (job is None or job.ended) and st.button("Prepare the download", type="primary", key="datasets.export.go"):
        arguments = {"name": name, "format_name": form, "neutralise_cells": safe}
        job_progress.remember(JOB, start_beside(space, "export", arguments))
        st.rerun()
