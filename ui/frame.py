"""What stands around every page: navigation, the workspace, who is annotating, running jobs, and errors with hints.

    with frame.page("datasets"):        # pages/datasets.py begins like this
        ...                             # an engine error inside is shown with its hint; the page stays alive

A folder `pages/` beside `app.py` makes Streamlit run the first deep link after a restart without `app.py`. `page` sees
that, remembers page and query, and goes through `app.py`, which comes back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from erc_engine.errors import ErcError
from erc_engine.workflows import jobs
from ui import resources

FRAMED, TARGET, QUERY, THEME = "frame.framed", "frame.target", "frame.query", "frame.theme"


@dataclass(frozen=True)
class PageInfo:
    name: str
    title: str
    heading: str
    lead: str

    @property
    def path(self) -> str:
        return f"pages/{self.name}.py"


PAGES = {
    p.name: p
    for p in (
        PageInfo("home", "Home", "Data", "Where this workspace stands, and what comes next."),
        PageInfo("datasets", "Datasets", "Data", "Import, audit, browse, freeze and export."),
        PageInfo("prompt_studio", "Prompt studio", "Make", "Recipes: edit a template, see it rendered, try it."),
        PageInfo("generate", "Generate", "Make", "Write dialogues to a label plan, and see what was refused and why."),
        PageInfo("review", "Review", "Judge", "Label dialogues in their context, by keyboard."),
        PageInfo("disagreement", "Disagreement", "Judge", "Soft labels, agreement, and where people differ."),
        PageInfo("imbalance", "Imbalance", "Judge", "Label shares, dynamics, and the gap to a target."),
        PageInfo("dedupe", "Dedupe", "Judge", "Duplicates, and text that a benchmark's test split has too."),
        PageInfo("experiments", "Experiments", "Prove", "Train, evaluate and compare, with intervals."),
        PageInfo("jobs", "Jobs", "Prove", "Long work: what runs, what ended, what failed."),
    )
}


def run_app() -> None:
    """`app.py`: navigation, sidebar, then the page."""
    st.set_page_config(page_title="ERC Studio", page_icon="💬", layout="wide")
    pages = {p.name: st.Page(p.path, title=p.title, url_path=p.name, default=p.name == "home") for p in PAGES.values()}
    headings = dict.fromkeys(p.heading for p in PAGES.values())
    chosen = st.navigation({h: [pages[p.name] for p in PAGES.values() if p.heading == h] for h in headings})
    target = st.session_state.pop(TARGET, None)
    if target in pages:
        st.switch_page(pages[target], query_params=st.session_state.pop(QUERY, {}))
    st.session_state[FRAMED] = True
    st.session_state[THEME] = st.context.theme.type
    with shown_errors():
        resources.ensure_worker()
        _sidebar()
    chosen.run()


@contextmanager
def page(name: str) -> Iterator[None]:
    """Head of a page and the net under it."""
    if not st.session_state.pop(FRAMED, False):
        st.session_state[TARGET] = name
        st.session_state[QUERY] = st.query_params.to_dict()
        st.switch_page("app.py")
    info = PAGES[name]
    st.title(info.title)
    st.caption(info.lead)
    with shown_errors():
        yield


@contextmanager
def shown_errors() -> Iterator[None]:
    """Errors of the engine as a message with what to do; anything else is a fault of ours, said so."""
    try:
        yield
    except ErcError as error:
        show_error(error)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        show_error(ErcError(str(error), hint="check the disk and the workspace folder, then reload"))


def working(key: Hashable, what: str) -> None:
    """Said where the answer of `resources.worked_out` will stand; the page is drawn again when it is there."""
    st.fragment(_look_again, run_every=1.0)(key, what)


def _look_again(key: Hashable, what: str) -> None:
    if not resources.under_work(key):
        st.rerun()
    st.info(f"{what}. This is done once, and goes on while you are on another page.", icon="⏳")


def show_error(error: ErcError) -> None:
    st.error(plain(error.message), icon="⚠️")
    if error.hint:
        st.caption(f"Try: {plain(error.hint)}")


def plain(text: str) -> str:
    """Text of data or errors inside Markdown: every character that Markdown or LaTeX would read is escaped."""
    escaped = "".join("\\" + c if c in "\\`*_{}[]()<>#+-.!|~$:&^=\"'" else c for c in text)
    return "".join(c if c.isprintable() else " " for c in escaped)


def _sidebar() -> None:
    with st.sidebar:
        space = resources.workspace()
        st.caption("Workspace")
        st.text(str(space.home.resolve().name))
        st.text_input(
            "Annotator",
            key="frame.annotator",
            persist_state="session",
            placeholder="your name",
            max_chars=60,
            help="Labels are stored under this name. It is a convenience, not protection: anybody can type any name.",
        )
        running_jobs()


@st.fragment(run_every="3s")
def running_jobs() -> None:
    """Jobs under way, refreshed by themselves. Charts are drawn for a theme: after another was chosen the whole page is
    drawn again, which Streamlit does not do by itself."""
    if st.session_state.get(THEME) != st.context.theme.type:
        st.rerun()
    with shown_errors():
        running = jobs.under_way(resources.workspace())
        if running:
            st.caption("Running")
        for job in running[:5]:
            st.progress(job.progress or 0.0, text=plain(f"{job.kind}: {job.message or job.state}"))


def annotator() -> str:
    """Who is labelling, as typed in the sidebar; empty when nobody said."""
    return str(st.session_state.get("frame.annotator") or "").strip()
