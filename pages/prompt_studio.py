"""Prompt studio: edit a recipe's templates, see the prompt, try it on a model, save it, compare two versions."""

from collections.abc import Sequence

import streamlit as st

from erc_engine.domain.generation import LabelPlan, PromptRecipe
from erc_engine.workflows.prompt_samples import sample_plans
from erc_engine.workflows.prompt_studio import recipe_rows
from erc_engine.workflows.recipes import RecipeRow, find_recipe
from erc_engine.workflows.run_orders import like_choices
from ui import frame, resources
from ui.generation.ordering import recipe_said
from ui.prompting.attributes import attributes
from ui.prompting.editor import GO, edit, reference, saving
from ui.prompting.lab import lab_section
from ui.prompting.lint import findings
from ui.prompting.rejects import rejects
from ui.prompting.samples import samples
from ui.prompting.versions import versions

RECIPE, LINK, NO_CORPUS = "prompt_studio.recipe", "prompt_studio.link", "no corpus: even shares"


def chosen_recipe(rows: Sequence[RecipeRow]) -> PromptRecipe:
    """The recipe just saved, of the address (a hash of 8 characters or more, or a name), or of the box."""
    by_hash = {row.hash: row for row in rows}
    asked = st.query_params.get("recipe", "")
    if (saved := st.session_state.pop(GO, None)) in by_hash:
        st.session_state[RECIPE] = saved
    elif asked and asked != st.session_state.get(LINK):
        st.session_state[LINK] = asked
        named = [r.hash for r in rows if r.name == asked or (len(asked) >= 8 and r.hash.startswith(asked))]
        if named:
            st.session_state[RECIPE] = named[-1]
        else:
            st.warning(f"There is no recipe {frame.plain(asked[:80])} in this workspace.")
    if st.session_state.get(RECIPE) not in by_hash:
        st.session_state[RECIPE] = first_of(rows)
    chosen = st.selectbox(
        "Recipe and version",
        list(by_hash),
        key=RECIPE,
        persist_state="session",
        format_func=lambda hash_: recipe_said(by_hash[hash_]),
    )
    if st.session_state.get(LINK) != chosen[:12]:
        st.session_state[LINK] = chosen[:12]
        st.query_params.from_dict({"recipe": chosen[:12]})
    row = by_hash[chosen]
    said = f"labels {row.scheme} · shares {row.target} · label mode {row.label_mode} · reply as {row.protocol}"
    st.caption(frame.plain(said))
    return find_recipe(space, chosen)


def first_of(rows: Sequence[RecipeRow]) -> str:
    """One whose labels a corpus here has, if there is one."""
    schemes = {choice.scheme.name for choice in like_choices(space)}
    return next((row.hash for row in rows if row.scheme in schemes), rows[0].hash)


with frame.page("prompt_studio"):
    space = resources.workspace()
    every = recipe_rows(space)
    recipe_at, like_at, seed_at = st.columns([4, 3, 1])
    with recipe_at:
        base = chosen_recipe(every)
    fitting = [c.name for c in like_choices(space) if c.scheme.names == base.scheme.names]
    like = like_at.selectbox(
        "Sample plan like",
        [*fitting, NO_CORPUS],
        key=f"prompt_studio.like.{base.scheme.name}",
        help="Lengths, speakers and label dynamics of the sample plan, from this corpus's train split.",
    )
    source = None if like == NO_CORPUS else like
    seed = int(seed_at.number_input("Plan seed", 0, 2**31 - 1, 1, key="prompt_studio.seed", persist_state="session"))

    def plan_of(recipe: PromptRecipe) -> LabelPlan | None:
        return next(iter(sample_plans(space, recipe, source, seed=seed)), None)

    edited = edit(space, base, plan_of)
    checked = st.container()
    saving(space, base, edited)
    reference(base)
    model = samples(space, edited.recipe, source, seed)
    with checked:
        findings(space, edited.recipe, source, model.spec)
    lab_section(space, every, base, source, seed)
    rejects(space, base, changed=edited.changed)
    attributes(space, base)
    versions(space, every, base.hash)
