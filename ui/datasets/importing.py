"""Section "Import": upload files or choose a path under an allowed root, say what they are, bring them in.

A file for each split makes a corpus; for CSV the columns are chosen beside the first rows.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import streamlit as st

from erc_engine.domain.jobs import JobState
from erc_engine.domain.labels import SCHEMES
from erc_engine.workflows import imports
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.jobs import start_beside
from ui import frame, resources
from ui.components import job_progress
from ui.datasets.columns import column_mapper

JOB = "datasets.import.job"
WHAT = {
    "meld": "MELD: train_sent_emo.csv, dev_sent_emo.csv, test_sent_emo.csv",
    "emorynlp": "EmoryNLP: CSV or JSON, full or reduced",
    "emotionlines": "EmotionLines or EmotionX: JSON with votes",
    "jsonl": "JSONL: one dialogue a line, as we export",
    "csv": "CSV or TSV: one utterance a row, any columns",
}
UPLOAD, PATH = "Upload files", "Files on this machine"
UNCLEAR = {".json": "emotionlines", ".jsonl": "jsonl"}  # what is taken for what until somebody says better
FROM_LABELS, OWN = "taken from the labels", "my own list"


def section() -> None:
    how = st.radio("From", [UPLOAD, PATH], horizontal=True, key="datasets.import.from", persist_state="session")
    chosen = _uploaded() if how == UPLOAD else _path()
    if chosen is not None:
        _form(*chosen)
    job = job_progress.follow(JOB)
    if job and job.state == JobState.DONE and job.result:
        _arrived(job.result)


def _uploaded() -> tuple[str, list[tuple[str, bytes]], str | None, str] | None:
    files = st.file_uploader(
        "One file, or a file for each split (train, dev and test in their names)",
        type=list(imports.ENDINGS),
        accept_multiple_files=True,
        max_upload_size=imports.MAX_UPLOAD_BYTES >> 20,
        key="datasets.upload",
    )
    if not files:
        st.caption(
            f"Up to {imports.MAX_UPLOAD_FILES} files and {imports.MAX_UPLOAD_BYTES >> 20} MB together. They are read "
            "here, kept as a corpus in this workspace, and go nowhere else."
        )
        return None
    data = [(f.name, f.getvalue()) for f in files]
    first = data[0][0]
    stem = PurePath(first).stem if len(data) == 1 else ""
    return "", data, imports.looks_like(data), stem


def _path() -> tuple[str, list[tuple[str, bytes]], str | None, str] | None:
    space = resources.workspace()
    offered = {item.path: item for item in imports.sources(space)}
    where = " and ".join(str(root) for root in imports.roots(space))
    st.caption(f"The app reads {frame.plain(where)}, and nothing else.")
    listed = st.selectbox(
        "Found there",
        list(offered),
        index=None,
        placeholder="choose a file, or a folder with its splits" if offered else "nothing there yet",
        format_func=lambda path: f"{offered[path].shown}  ({offered[path].kind})",
        key="datasets.import.listed",
        on_change=lambda: st.session_state.update({"datasets.import.path": ""}),
    )
    typed = st.text_input("Or a path", key="datasets.import.path", persist_state="session", max_chars=500)
    path = typed.strip() or listed
    if not path:
        return None
    imports.allowed(space, path)
    kind = offered[path].kind if path in offered else None
    return path, [], kind, PurePath(path).stem


def _form(path: str, files: list[tuple[str, bytes]], guess: str | None, stem: str) -> None:
    left, right = st.columns(2)
    kinds = list(imports.KINDS)
    source = path or ", ".join(name for name, _ in files)
    kind = left.selectbox(
        "What it is",
        kinds,
        index=kinds.index(guess if guess in kinds else UNCLEAR.get(PurePath(source).suffix.lower(), "csv")),
        format_func=WHAT.__getitem__,
        key=f"datasets.import.kind.{source}",
        help="Guessed from names and the first characters; correct it where the guess is wrong.",
    )
    name = right.text_input(
        "Name of the corpus", value=_plain_name(stem or kind), key=f"datasets.import.name.{source}", max_chars=64
    )
    arguments: dict[str, Any] = {"kind": kind, "name": name.strip()}
    ready = True
    if kind == "emorynlp":
        version = st.selectbox("It must be", ["either version", "full", "reduced"], key="datasets.import.version")
        arguments["version"] = None if version == "either version" else version
    if kind == "csv":
        space = resources.workspace()
        preview = imports.preview_path(space, path) if path else imports.preview_upload(files[0][1], files[0][0])
        mapping, ready = column_mapper(preview, source)
        arguments["mapping"] = mapping
    if kind in ("csv", "jsonl"):
        arguments |= _terms(kind)
    if st.button("Import", type="primary", key="datasets.import.go", disabled=not ready):
        checked_name(arguments["name"], "a corpus name")
        space = resources.workspace()
        arguments["path"] = path or str(imports.keep_upload(space, files))
        job_progress.remember(JOB, start_beside(space, "import", arguments))
        st.rerun()


def _terms(kind: str) -> dict[str, Any]:
    """Scheme, split and licence of files that do not bring their own."""
    found: dict[str, Any] = {}
    with st.expander("Labels, split and licence", expanded=kind == "csv"):
        scheme, split, licence = st.columns(3)
        chosen = scheme.selectbox("Label scheme", [FROM_LABELS, *SCHEMES, OWN], key="datasets.import.scheme")
        if chosen == OWN:
            written = scheme.text_input(
                "Labels, in order", placeholder="neutral, joy, anger", key="datasets.import.labels"
            )
            found["labels"] = [part.strip() for part in written.split(",") if part.strip()]
        elif chosen != FROM_LABELS:
            found["scheme_name"] = chosen
        of_file = split.selectbox(
            "Split of a file that does not say", ["train", "dev", "test"], index=None, key="datasets.import.split"
        )
        found["split"] = of_file
        found["licence"] = licence.text_input("Licence, as it is cited", key="datasets.import.licence").strip() or None
        found["may_leave_machine"] = licence.checkbox(
            "Its text may be sent to other machines",
            key="datasets.import.leave",
            help="Unless ticked, no model on another machine ever sees it.",
        )
    return found


def _plain_name(stem: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in stem).strip("._-")
    return kept[:64] or "corpus"


def _arrived(result: Any) -> None:
    splits = ", ".join(f"{s['dialogues']:,} {name}" for name, s in result["splits"].items())
    version = f", recognised as version {result['version']}" if result.get("version") else ""
    st.success(f"{frame.plain(result['name'])} is here: {splits} dialogues{frame.plain(version)}.")
    browse, audit = st.columns(2)
    query = {"corpus": result["name"]}
    browse.page_link("pages/datasets.py", label="Browse it", query_params={"section": "browse", **query})
    audit.page_link("pages/datasets.py", label="Audit it", query_params={"section": "audit", **query})
