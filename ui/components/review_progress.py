"""Below the board: how far everybody is, how many annotators a dialogue has, and the history of a dialogue.

progress(space, desk, "d3")      # folded away; drawn anew with the page, not with every key
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from erc_engine.workflows import review
from erc_engine.workflows.review import Desk
from erc_engine.workflows.workspace import Workspace
from ui import frame

OVERLAP = "review.overlap"


def progress(space: Workspace, desk: Desk, dialogue: str) -> None:
    corpus = desk.corpus
    folded = st.expander("Progress, overlap and history", key="review.more", on_change="rerun")
    if not folded.open:  # counting a large corpus takes a moment
        return
    with folded:
        st.button("Refresh", key="review.refresh")
        status = review.status(space, corpus)
        st.write(
            f"{status.begun:,} of {status.dialogues:,} dialogues begun · {status.full:,} with all {status.overlap} "
            f"annotators · {status.approved:,} approved · {status.turned_down:,} turned down · "
            f"edited turns: {status.edited:,}"
        )
        people = pd.DataFrame([vars(a) for a in status.annotators])
        if len(people):
            st.dataframe(people, hide_index=True, key="review.people")
            name = f"review-{corpus}.csv"
            st.download_button("Download CSV", people.to_csv(index=False).encode(), name, "text/csv", key="review.csv")
        else:
            st.caption("Nobody has reviewed this corpus yet.")
        _overlap(space, corpus, status.overlap)
        st.caption(
            f"History of dialogue {frame.plain(dialogue)}: what was undone stays in it. In blind mode it has your own acts and all edits."
        )
        rows = [vars(line) for line in review.history(space, desk, dialogue)]
        if rows:
            st.dataframe(pd.DataFrame(rows), hide_index=True, key="review.history")


def _overlap(space: Workspace, corpus: str, now: int) -> None:
    st.number_input(
        "Annotators for each dialogue (overlap)",
        *(1, 100, now),
        key=f"{OVERLAP}.{corpus}",
        width=260,
        on_change=_set_overlap,
        args=(space, corpus),
        help="For everybody who reviews this corpus. A place is kept for half an hour after the last key; then it is "
        "free for the next. Labels that come too late are kept as surplus and do not count as votes.",
    )


def _set_overlap(space: Workspace, corpus: str) -> None:
    with frame.shown_errors():
        chosen = int(st.session_state[f"{OVERLAP}.{corpus}"])
        review.set_overlap(space, corpus, chosen, who=frame.annotator())
