"""Choices that the address names: a link opens them, and what is chosen stands in the address for passing on.

    part = section("dedupe", {"duplicates": "Duplicates", "map": "Map"}, default="duplicates")    # ?section=
    name = chosen_corpus("dedupe", ("demo-copies", "demo-sitcom"))                                # ?corpus=

The widgets' keys are "<page>.section" and "<page>.corpus".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from ui import frame


def section(page: str, sections: Mapping[str, str], *, default: str) -> str:
    """The chosen section; the address wins when it says another one, and follows what is clicked."""
    key = f"{page}.section"
    asked = st.query_params.get("section", "")
    if asked in sections:
        st.session_state[key] = asked
    elif st.session_state.get(key) not in sections:
        st.session_state[key] = default
    chosen = st.segmented_control(
        "Section",
        list(sections),
        key=key,
        format_func=sections.__getitem__,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
        on_change=lambda: st.query_params.update({"section": st.session_state[key]}),
    )
    return chosen or default


def chosen_corpus(page: str, names: Sequence[str], *, on_change: Callable[[], None] | None = None) -> str:
    """The corpus in the address, or the first; an unknown one is said and passed over."""
    key = f"{page}.corpus"
    asked = st.query_params.get("corpus", "")
    if asked and asked not in names:
        st.warning(f"There is no corpus {frame.plain(asked[:64])} in this workspace.")
    if asked in names:
        st.session_state[key] = asked
    elif st.session_state.get(key) not in names:
        st.session_state[key] = names[0]

    def follow() -> None:
        st.query_params["corpus"] = st.session_state[key]
        if on_change:
            on_change()

    return st.selectbox("Corpus", names, key=key, persist_state="session", on_change=follow)
