"""Generate: plan a run and see the plan, start it, watch it, read what was refused and why."""

import streamlit as st

from erc_engine.workflows.prompt_studio import recipe_rows
from erc_engine.workflows.run_orders import like_choices
from erc_engine.workflows.run_views import run_names
from ui import frame, resources
from ui.components.marks import nothing_yet
from ui.generation.ordering import RUN, STARTED, new_run, take_over
from ui.generation.refusals import refusals
from ui.generation.verification import verification
from ui.generation.watching import watch

NEW = "new run"
LINK = "generate.link"


def chosen_run(names: tuple[str, ...]) -> str:
    """The run of the address, of the box, or a new one."""
    asked = st.query_params.get("run", "")
    started = st.session_state.pop(STARTED, None)
    if started in names:
        st.session_state[RUN] = st.session_state[LINK] = started
    elif asked != st.session_state.get(LINK, ""):
        st.session_state[LINK] = asked
        if asked in names:
            st.session_state[RUN] = asked
        elif asked:
            st.warning(f"There is no run {frame.plain(asked[:80])} in this workspace.")
    if st.session_state.get(RUN) not in (NEW, *names):
        st.session_state[RUN] = NEW
    chosen = st.selectbox("Run", [NEW, *names], key=RUN, persist_state="session")
    link = "" if chosen == NEW else chosen
    if link != st.session_state.get(LINK, "") or (link and link != asked):
        st.session_state[LINK] = link
        st.query_params.from_dict({"run": link} if link else {})
    return chosen


def empty() -> None:
    nothing_yet(
        "Generated dialogues belong here. A run takes lengths, speakers and label dynamics from a corpus with a train "
        "split, and there is none yet.",
        key="generate",
    )


with frame.page("generate"):
    space = resources.workspace()
    likes = like_choices(space)
    known = run_names(space)
    shares = st.session_state.get("generate.shares")
    if shares is not None and st.session_state.get("generate.taken") is not shares:
        st.session_state[RUN] = NEW
        take_over(likes, recipe_rows(space))
    if not likes and not known:
        empty()
    else:
        run = chosen_run(known)
        if run != NEW:
            watch(space, run)
            refusals(space, run)
            verification(space, run)
        elif likes:
            new_run(space, likes)
        else:
            empty()
