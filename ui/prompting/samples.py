"""A few plans through the edited recipe and a model: the reply as it came beside what was read in it.

    samples(space, recipe, like="meld", seed=4)

The model is asked beside the page, which looks again each second until all replies are there. Nothing is stored.
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.generation import PromptRecipe, Repair
from erc_engine.domain.labels import LabelScheme
from erc_engine.workflows.prompt_studio import MOST_SAMPLES, Sample, SampleBatch, try_samples
from erc_engine.workflows.run_views import mix_said
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.components.bubbles import Bubble, Chip, bubbles
from ui.generation.model_choice import choose_model, mark, tell_missing

BATCH = "prompt_studio.batch"
DEAF = (
    "This model does not read the prompt: it replays recorded dialogues, so an edit changes none of its replies. "
    "What it shows is how replies are read and checked."
)


def samples(space: Workspace, recipe: PromptRecipe | None, like: str | None, seed: int) -> None:
    st.subheader("Samples")
    choose, count_at, run_at = st.columns([4, 1, 1], vertical_alignment="bottom")
    with choose:
        model = choose_model(space, "prompt_studio")
    count = int(count_at.number_input("Samples", 1, MOST_SAMPLES, 3, key="prompt_studio.count"))
    ready = recipe is not None and not model.missing
    pressed = run_at.button("Run samples", key="prompt_studio.run", type="primary", disabled=not ready)
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
        st.fragment(_shown, run_every="1s" if going else None)(batch, recipe, going)


def _shown(batch: SampleBatch, recipe: PromptRecipe | None, was_going: bool) -> None:
    with frame.shown_errors():
        if was_going and batch.done:
            st.rerun()
        found, all_of_them = batch.samples, len(batch.plans)
        if not batch.done:
            st.progress(len(found) / max(1, all_of_them), text=f"{len(found)} of {all_of_them} replies")
            if st.button("Stop", key="prompt_studio.stop"):
                batch.stop()
        mark(not batch.reads_prompt)
        if recipe is None or recipe.hash != batch.recipe.hash:
            st.caption("These samples are of another text of the recipe than the one above.")
        accepted = sum(sample.accepted for sample in found)
        mended = sum(bool(sample.repairs) for sample in found)
        st.caption(f"{accepted} of {len(found)} would be accepted, {mended} were mended on reading. Model:")
        st.text(batch.spec)
        for n, sample in enumerate(found, start=1):
            _one(n, sample, batch.recipe.scheme)


def _one(n: int, sample: Sample, scheme: LabelScheme) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**#{n}**")
            if sample.accepted:
                st.badge("accepted", color="green")
            else:
                st.badge(f"refused: {frame.plain(sample.reason.replace('_', ' '))}", color="red")
            if sample.repairs:
                st.badge(f"{len(sample.repairs)} repairs", color="orange")
            if sample.injected:
                st.badge(f"injected fault: {frame.plain(sample.injected)}", color="violet")
        if sample.detail:
            st.text(sample.detail)
        asked = f"asked for {sample.plan.turns} turns: {mix_said(sample.plan)}"
        tokens = "" if sample.completion_tokens is None else f", {sample.completion_tokens:,} tokens"
        st.caption(frame.plain(f"{asked} ({sample.seconds:.1f} s{tokens})"))
        raw, parsed = st.columns(2, gap="large")
        with raw:
            st.caption("The reply as it came")
            st.code(sample.raw or "(no reply)", language=None, wrap_lines=True)
        with parsed:
            st.caption("What was read in it")
            for repair in sample.repairs:
                if repair.turn is None:
                    st.caption(f"Mended: {frame.plain(said(repair))}")
            if sample.turns:
                bubbles(turn_bubbles(sample, scheme), key=f"prompt_studio.sample.{n}")
            else:
                st.text("nothing")


def said(repair: Repair) -> str:
    kind = repair.kind.replace("_", " ")
    return f"{kind}, was “{repair.before[:60]}”" if repair.before else kind


def turn_bubbles(sample: Sample, scheme: LabelScheme) -> list[Bubble]:
    colours = {label.name: label.colour for label in scheme.labels}
    return [
        Bubble(
            f"turn-{n}",
            turn.speaker,
            turn.text,
            (
                Chip(turn.label, colours[turn.label])
                if turn.known
                else Chip(f"{turn.label or 'no label'}: not in the scheme", plain=True),
                *(Chip(f"mended: {said(repair)}", plain=True) for repair in turn.repairs),
            ),
        )
        for n, turn in enumerate(sample.turns)
    ]
