"""What a page says before anything else: that it has nothing to show yet, or that what it shows is recorded text.

nothing_yet("Label shares of your corpora belong here.", key="imbalance")
recorded("demo-sitcom:train")
"""

from __future__ import annotations

import streamlit as st

from erc_engine.workflows import jobs
from ui import frame, resources
from ui.components import job_progress

DEMO = "home.demo.job"


def nothing_yet(what: str, *, key: str) -> None:
    """What belongs here, the one button that gets it, and the way for data of one's own."""
    st.info(what)
    with st.container(horizontal=True, vertical_alignment="center"):
        help_ = "The whole life of a dataset on bundled recordings: offline, without a GPU, in under a minute."
        if st.button("Build the demo workspace", key=f"{key}.demo", type="primary", help=help_):
            build_demo()
            st.switch_page("pages/home.py")
        st.page_link(
            "pages/datasets.py", label="Import your own data", query_params={"section": "import"}, width="content"
        )


def build_demo() -> None:
    """Once, however often it is asked for; Home follows the job."""
    space = resources.workspace()
    running = next((job for job in jobs.under_way(space) if job.kind == "demo"), None)
    job_progress.remember(DEMO, running or jobs.submit(space, "demo", {}))


def recorded(what: str) -> None:
    """The visible mark of text that was written beforehand; `what` may be text of data."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("recorded", color="orange")
        st.caption(frame.plain(f"Text of a large language model, replayed: {what}."))
