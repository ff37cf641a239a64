"""The flow of one dialogue under its layers of labels, the most disputed dialogues first in the list.

dialogue_flow(study)      # follows and writes ?dialogue= of the address
"""

from __future__ import annotations

import streamlit as st

from erc_engine.workflows.disagreement import Study, dialogues_by_entropy, flow
from ui import frame
from ui.charts.flow import emotion_flow, flow_rows, letters
from ui.charts.text import shortened
from ui.components import tables

FOLLOWED = "disagreement.followed"
MOST_OFFERED = 500


@st.fragment
def dialogue_flow(study: Study) -> None:
    st.subheader("Emotion flow of a dialogue")
    with frame.shown_errors():
        ranked = dict(dialogues_by_entropy(study))
        key = f"disagreement.dialogue.{study.part}"
        asked = st.query_params.get("dialogue", "")
        if asked and st.session_state.get(FOLLOWED) != asked:
            st.session_state[FOLLOWED] = asked
            if asked in ranked:
                st.session_state[key] = asked
            else:
                st.warning(f"{frame.plain(study.part)} has no dialogue {frame.plain(shortened(asked, 80))}.")
        if st.session_state.get(key) not in ranked:
            st.session_state.pop(key, None)
        offered = list(ranked)[:MOST_OFFERED]
        if (linked := st.session_state.get(key)) and linked not in offered:
            offered.append(linked)
        left, right = st.columns([2, 3])
        chosen = left.selectbox(
            "Dialogue",
            offered,
            key=key,
            persist_state="session",
            format_func=lambda id_: id_ if ranked[id_] is None else f"{id_}  ({ranked[id_]:.2f} bits)",
            help="The most disputed first: mean entropy of its turns. "
            f"At most {MOST_OFFERED:,} are offered; the address (?dialogue=) opens any.",
        )
        if chosen is None:
            return
        found = flow(study, chosen)
        layers = right.multiselect(
            "Layers", found.layers, default=found.layers, key=f"disagreement.layers.{study.part}"
        )
        if st.session_state.get(FOLLOWED) != chosen:
            st.session_state[FOLLOWED] = chosen
            st.query_params["dialogue"] = chosen
        figure = emotion_flow(study.corpus.scheme, found, layers)
        tables.chart_with_data(figure, flow_rows(found), key="disagreement.flow", name="emotion-flow")
        short = letters(study.corpus.scheme)
        st.caption("Letters: " + ", ".join(f"{frame.plain(s)} {frame.plain(name)}" for name, s in short.items())
                   + ". Two letters with a stroke: a tie.")  # fmt: skip
