"""Which attribute values of a generated set give labels away; their rules saved as the recipe's next version.

attributes(space, base)
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.attributes import AttributeReport
from erc_engine.domain.generation import PromptRecipe
from erc_engine.workflows.attributes import attributes_of, fitting_rules, generated_sets, save_rules
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.components import tables
from ui.prompting.editor import GO

SHOWN = 40
MEASURED = "prompt_studio.measured"


@st.fragment
def attributes(space: Workspace, base: PromptRecipe) -> None:
    sets = generated_sets(space)
    if not sets or not base.attributes:
        return
    with frame.shown_errors(), st.expander("Attributes that give labels away"):
        st.caption(
            "How much an attribute's value tells about the labels of its dialogues, in bits, beside values dealt out by "
            "chance. A value that gives a label away is one that a model can learn in place of the emotion."
        )
        set_at, button_at = st.columns([4, 1], vertical_alignment="bottom")
        chosen = set_at.selectbox("Generated set", sets, key="prompt_studio.attributes.set")
        if button_at.button("Measure", key="prompt_studio.attributes.measure"):
            st.session_state[MEASURED] = chosen
        if st.session_state.get(MEASURED) == chosen:
            _shown(space, base, attributes_of(space, chosen))


def _shown(space: Workspace, base: PromptRecipe, report: AttributeReport) -> None:
    tables.table(
        [
            {"attribute": a.name, "values": a.values, "bits": a.bits, "by chance": a.by_chance, "p (Holm)": a.p_holm}
            for a in report.attributes
        ],
        key="prompt_studio.attributes.all",
    )
    rows = [
        {
            "attribute": v.attribute,
            "value": v.value,
            "gives away": ", ".join(v.gives_away),
            "bits": v.bits,
            "p (Holm)": v.p_holm,
            "dialogues": v.dialogues,
            **v.labels,
        }
        for v in report.values
    ]
    tables.table(rows[:SHOWN], key="prompt_studio.attributes.values")
    tables.download(rows, key="prompt_studio.attributes.csv", name=f"attributes-{report.name}")
    rules = fitting_rules(base, report.suggested())
    if rules == base.forbidden:
        st.caption("No value gives a label away beyond chance, or the recipe has these rules already.")
        return
    st.caption("Rules to save: a plan that has one of these labels does not draw the value.")
    said = [f"{name}: {value}: {', '.join(ls)}" for name, values in rules.items() for value, ls in values.items()]
    st.code("\n".join(said), language=None)
    if st.button("Save these rules as a new version", key="prompt_studio.attributes.save"):
        done = save_rules(space, base, report.suggested())
        st.session_state["prompt_studio.saved"] = f"{done.name}, version {done.version}"
        st.session_state[GO] = done.hash
        st.rerun()
