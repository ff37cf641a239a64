"""Who is labelling: asked once, and remembered by this browser tab over a reload.

    who = annotator_name()        # "" while nobody has said; then the page shows nothing but the question

The name lives in the sidebar's field. A tab's own storage keeps it: a link that is passed on carries no name, and two
tabs may belong to two people.
"""

from __future__ import annotations

import streamlit as st

from ui import frame

FIELD, ASKED, KEPT = "frame.annotator", "review.name", "review.remembered"
_SCRIPT = """
const KEY = "erc.annotator";
export default function ({ data, setStateValue }) {
  try {
    if (data.name) sessionStorage.setItem(KEY, data.name);
    else if (sessionStorage.getItem(KEY)) setStateValue("name", sessionStorage.getItem(KEY));
  } catch (error) { /* no storage in this browser: the name is asked again after a reload */ }
}
"""
_component = st.components.v2.component("erc_annotator_name", js=_SCRIPT)


def annotator_name() -> str:
    who = frame.annotator()
    _component(key=KEPT, data={"name": who}, on_name_change=_recall)
    if who:
        return who
    st.subheader("Who is labelling?")
    with st.form("review.who", width=480):
        st.text_input("Your name", key=ASKED, max_chars=60, placeholder="ana")
        st.form_submit_button("Start", type="primary", on_click=_take)
    st.caption("Labels are stored under this name. It is a convenience, not protection: anybody can type any name.")
    return ""


def _take() -> None:
    st.session_state[FIELD] = str(st.session_state.get(ASKED) or "").strip()


def _recall() -> None:
    given = st.session_state[KEPT].get("name")
    if isinstance(given, str) and given.strip() and not frame.annotator():
        st.session_state[FIELD] = given.strip()[:60]
