"""The two templates of a recipe beside the prompt that they give, what is wrong with them, and saving.

    edited = edit(space, base, plans) # the Draft as typed; text of each recipe is kept under its hash in the session
    saving(space, base, edited)

A saved version is selected at once: its hash is left in `prompt_studio.go`.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from erc_engine.domain.generation import LabelPlan, PromptRecipe
from erc_engine.errors import ErcError
from erc_engine.workflows.prompt_studio import Draft, diff, draft, filters, prompt, save, variables
from erc_engine.workflows.run_views import mix_said
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.components import tables

GO, NAME = "prompt_studio.go", "prompt_studio.name"
HEIGHTS = {"system": 190, "user": 330}


def edit(space: Workspace, base: PromptRecipe, plan_of: Callable[[PromptRecipe], LabelPlan | None]) -> Draft:
    typed, rendered = st.columns(2, gap="large")
    with typed:
        st.subheader("Templates")
        texts = {role: _area(base, role) for role in ("system", "user")}
        edited = draft(base, texts["system"], texts["user"])
        st.caption("Ctrl+Enter, or a click outside, renders what you typed.")
        if edited.changed:
            st.button("Back to the saved text", key="prompt_studio.reset", on_click=_reset, args=(base,))
        for problem in edited.problems:
            st.error(f"{problem.where.capitalize()}: {frame.plain(problem.message)}")
            if problem.hint:
                st.caption(f"Try: {frame.plain(problem.hint)}")
    with rendered:
        st.subheader("Rendered")
        if edited.recipe is None:
            st.info("The prompt is shown here as soon as the templates can be used.")
        else:
            _rendered(space, edited.recipe, plan_of)
    return edited


def _key(base: PromptRecipe, role: str) -> str:
    return f"prompt_studio.{role}.{base.hash[:16]}"


def _area(base: PromptRecipe, role: str) -> str:
    key = _key(base, role)
    st.session_state.setdefault(key, getattr(base, role))
    return str(st.text_area(role.capitalize(), key=key, height=HEIGHTS[role], persist_state="session"))


def _reset(base: PromptRecipe) -> None:
    for role in ("system", "user"):
        st.session_state[_key(base, role)] = getattr(base, role)


def _rendered(space: Workspace, recipe: PromptRecipe, plan_of: Callable[[PromptRecipe], LabelPlan | None]) -> None:
    with frame.shown_errors():
        plan = plan_of(recipe)
        if plan is None:
            return
        people = ", ".join(speaker.name for speaker in plan.speakers)
        st.caption(frame.plain(f"Sample plan: {plan.turns} turns, {people}; {mix_said(plan)}"))
        messages = prompt(space, recipe, plan)
        for message in messages:
            st.caption(message.role.capitalize())
            st.code(message.content, language=None, wrap_lines=True, height="content")
        words = sum(len(message.content.split()) for message in messages)
        st.caption(f"{words:,} words, {sum(len(m.content) for m in messages):,} characters")


def reference(recipe: PromptRecipe) -> None:
    """What a template may use, and the recipe's own values."""
    with st.expander("Variables and filters"):
        tables.table(
            [{"variable": name, "what it is": said} for name, said in variables().items()],
            key="prompt_studio.variables",
        )
        st.caption("Filters")
        st.text(", ".join(filters()))
        rows = [
            {"attribute": f"attributes.{name}", "values": len(values), "for example": "; ".join(values[:4])}
            for name, values in recipe.attributes.items()
        ]
        if rows:
            st.caption("Attributes of this recipe, one value drawn for each dialogue")
            tables.table(rows, key="prompt_studio.attributes")
        st.caption("Conditions, loops and these filters are all that a template may use; it cannot call anything.")


def saving(space: Workspace, base: PromptRecipe, edited: Draft) -> None:
    saved = st.session_state.pop("prompt_studio.saved", None)
    if saved:
        st.success(f"Saved as {frame.plain(saved)}. Earlier versions stay as they were.")
    if not edited.changed or edited.recipe is None:
        return
    recipe = edited.recipe
    with st.expander("What you changed", expanded=True):
        shown = diff(base, recipe, old_name="saved", new_name="edited")
        st.code(shown, language="diff", wrap_lines=True)
        name_at, button_at = st.columns([3, 1], vertical_alignment="bottom")
        name = name_at.text_input(
            "Save under the name",
            key=NAME,
            placeholder=recipe.name,
            help="The same name gets its next version number. A run names the version that it used by its hash.",
        ).strip()
        if button_at.button("Save as a new version", key="prompt_studio.save", type="primary"):
            _save(space, base, recipe, name)


def _save(space: Workspace, base: PromptRecipe, recipe: PromptRecipe, name: str) -> None:
    named = draft(base, recipe.system, recipe.user, name) if name else None
    if named is not None and named.recipe is None:
        problem = named.problems[0]
        frame.show_error(ErcError(problem.message, hint=problem.hint))
        return
    done = save(space, base, recipe if named is None or named.recipe is None else named.recipe)
    st.session_state["prompt_studio.saved"] = f"{done.name}, version {done.version}"
    st.session_state[GO] = done.hash
    st.rerun()
