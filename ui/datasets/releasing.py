"""Section "Release": balanced and matched sets for three benchmarks, made as a job, with their cards to read."""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.release import Release
from erc_engine.workflows import jobs, releases
from erc_engine.workflows.release import SETS, UTTERANCES
from erc_engine.workflows.run_targets import PUBLISHED
from ui import frame, resources
from ui.components import job_progress, tables
from ui.generation.model_choice import choose_model, tell_about, tell_missing

JOB, CHOSEN = "datasets.release.job", "datasets.release.shown"


def section() -> None:
    space = resources.workspace()
    st.caption(
        "Six sets in one folder: balanced and matched, for MELD, EmoryNLP and IEMOCAP, each with its data, card, ledger "
        "and raw replies."
    )
    _order()
    job = job_progress.follow(JOB)
    if job is not None and not job.ended:
        st.caption("It goes on while you are on another page; Jobs has its log.")
    there = releases.released(space)
    if there:
        _shown(there)


def _order() -> None:
    space = resources.workspace()
    with st.container(border=True):
        name_at, count_at, seed_at = st.columns([3, 2, 1])
        name = name_at.text_input("Name of the release", "six", key="datasets.release.name", max_chars=60).strip()
        utterances = count_at.number_input(
            "Utterances of each set", 1, 100_000, UTTERANCES, key="datasets.release.count"
        )
        seed = seed_at.number_input("Seed", 0, 2**31 - 1, 1, key="datasets.release.seed")
        only = st.multiselect("Sets", list(SETS), list(SETS), key="datasets.release.only")
        model = choose_model(space, "release")
        tell_about(model)
        tell_missing(model)
        after = [
            f"{benchmark}: {'its published counts' if like.startswith(PUBLISHED) else frame.plain(like)}"
            for benchmark, like in releases.stand_ins(space).items()
            if any(SETS[each] == benchmark for each in only)
        ]
        st.caption(f"Shares, lengths and transitions come from {'; '.join(after) or 'nothing'}.")
        ready = bool(name and only and model.spec and not model.missing)
        if st.button("Make the release", type="primary", key="datasets.release.go", disabled=not ready):
            arguments = {
                "to": str(releases.place(space, name)),
                "model": model.spec,
                "utterances": int(utterances),
                "seed": int(seed),
                "only": [each for each in SETS if each in only],
                "window": model.window,
                "allow_address": model.allow_address,
            }
            job_progress.remember(JOB, jobs.submit(space, "release", arguments))
            st.session_state[CHOSEN] = name


def _shown(there: dict[str, Release]) -> None:
    space = resources.workspace()
    st.subheader("Releases")
    if st.session_state.get(CHOSEN) not in there:
        st.session_state.pop(CHOSEN, None)
    name = st.selectbox("Release", list(there), key=CHOSEN)
    found = there[name]
    tables.table(
        [
            {
                "set": made.name,
                "dialogues": made.dialogues,
                "utterances": made.utterances,
                "short": made.short,
                "distance": round(made.distance, 4),
                "plan": "met" if made.complete else "not met",
                "contamination checked": "yes" if made.own_text_checked else "no",
                "recorded": "yes" if made.recorded else "",
            }
            for made in found.sets
        ],
        key="datasets.release.sets",
    )
    st.download_button(
        "Download it as a zip",
        lambda: releases.packed(space, name),
        f"{name}.zip",
        "application/zip",
        key="datasets.release.zip",
        on_click="ignore",
        disabled=not found.sets,
    )
    st.caption(f"On this machine: {frame.plain(found.folder)}")
    if found.sets:
        chosen = st.selectbox("Read a card", [made.name for made in found.sets], key="datasets.release.card")
        with st.container(border=True):
            st.markdown(releases.card(space, name, chosen))
