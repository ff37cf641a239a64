"""A few plans through the edited recipe and a model, each reply seen as it is written.

    samples(space, recipe, like="meld", seed=4)

The model is asked beside the page, which looks again twice a second until all replies are there. Nothing is stored.
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.generation import PromptRecipe
from erc_engine.workflows.prompt_samples import MOST_SAMPLES, SampleBatch, SampleState, try_samples
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.generation.model_choice import ChosenModel, choose_model, mark, tell_about, tell_missing
from ui.prompting.one_sample import one_sample

BATCH = "prompt_studio.batch"
BESIDE = 2  # samples in a row, each with its raw reply and what was read in it
DEAF = (
    "This model does not read the prompt: it replays recorded dialogues, so an edit changes none of its replies. "
    "What it shows is how replies are read and checked."
)


def samples(space: Workspace, recipe: PromptRecipe | None, like: str | None, seed: int) -> ChosenModel:
    """Gives back the model that was chosen."""
    st.subheader("Samples")
    choose, count_at, run_at = st.columns([4, 1, 1], vertical_alignment="bottom")
    with choose:
        model = choose_model(space, "prompt_studio")
    count = int(
        count_at.number_input("Samples", 1, MOST_SAMPLES, 4, key="prompt_studio.count", persist_state="session")
    )
    ready = recipe is not None and not model.missing
    pressed = run_at.button("Run samples", key="prompt_studio.run", type="primary", disabled=not ready)
    tell_about(model)
    tell_missing(model)
    if model.recorded:
        st.info(DEAF)
    if pressed and recipe is not None:
        old = st.session_state.pop(BATCH, None)
        if old is not None:
            old.stop()
        with frame.shown_errors():
            st.session_state[BATCH] = try_samples(
                space, recipe, like=like, model=model.spec, seed=seed, count=count, allow_address=model.allow_address
            )
    batch = st.session_state.get(BATCH)
    if batch is not None:
        going = not batch.wait(0.2)
        st.fragment(_shown, run_every="0.5s" if going else None)(batch, recipe, going)
    return model


def _shown(batch: SampleBatch, recipe: PromptRecipe | None, was_going: bool) -> None:
    with frame.shown_errors():
        if was_going and batch.done:
            st.rerun()
        begun = batch.samples
        ended = [sample for sample in begun if sample.state is not SampleState.WRITING]
        if not batch.done:
            bar, stop = st.columns([5, 1], vertical_alignment="center")
            bar.progress(len(ended) / max(1, len(batch.plans)), text=f"{len(ended)} of {len(batch.plans)} replies")
            stop.button("Stop", key="prompt_studio.stop", on_click=batch.stop)
        if recipe is None or recipe.hash != batch.recipe.hash:
            st.caption("These samples are of another text of the recipe than the one above.")
        accepted = sum(sample.accepted for sample in ended)
        mended = sum(bool(sample.repairs) for sample in ended)
        with st.container(horizontal=True, vertical_alignment="center"):
            mark(not batch.reads_prompt)
            st.caption(f"{accepted} of {len(ended)} would be accepted, {mended} were repaired on reading. Model:")
            st.text(batch.spec, width="content")
        for first in range(0, len(begun), BESIDE):
            places = st.columns(BESIDE if len(batch.plans) > 1 else 1, gap="medium")
            for n, (place, sample) in enumerate(zip(places, begun[first : first + BESIDE], strict=False), first + 1):
                with place:
                    one_sample(n, sample, batch.recipe.scheme, recorded=not batch.reads_prompt)
