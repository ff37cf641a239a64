"""Section "A/B" of the Prompt studio: two versions on the same plans and seeds, and what that shows.

lab_section(space, rows, base, like="meld", seed=1)

The lab runs as a job; what it shows is `lab_result`.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.domain.generation import PromptRecipe
from erc_engine.domain.jobs import JobState
from erc_engine.workflows import jobs
from erc_engine.workflows.lab_confirmation import confirming_runs
from erc_engine.workflows.lab_words import detectable_words
from erc_engine.workflows.prompt_lab import MOST_PLANS, MOST_REPLIES, detectable, lab_report, labs, why_not
from erc_engine.workflows.recipes import RecipeRow
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.components import job_progress
from ui.generation.model_choice import choose_model, tell_about, tell_missing
from ui.generation.ordering import recipe_said
from ui.prompting.lab_result import result

JOB, LAB, FOLLOWED = "prompt_lab.job", "prompt_lab.lab", "prompt_lab.followed"
DEAF = "Recorded text does not read the prompt: both versions would get the same replies. An A/B needs a live model."


def lab_section(space: Workspace, rows: Sequence[RecipeRow], base: PromptRecipe, like: str | None, seed: int) -> None:
    st.subheader("A/B")
    st.caption("The same label plans with the same seeds through two versions of a recipe, compared plan by plan.")
    by_hash = {row.hash: row for row in rows if row.scheme == base.scheme.name}
    if len(by_hash) < 2:
        st.info("An A/B needs two versions of the same labels. Edit a template above and save it as a new version.")
        return
    _order(space, by_hash, base, like, seed)
    job = job_progress.follow(JOB)
    _kept(space, job.result if job and job.state is JobState.DONE else None)


def _order(space: Workspace, by_hash: dict[str, RecipeRow], base: PromptRecipe, like: str | None, seed: int) -> None:
    hashes = list(by_hash)
    versions = [h for h in hashes if h != base.hash and by_hash[h].name == base.name]
    newest = max(versions, key=lambda h: by_hash[h].version or 0, default=None)
    first = newest or next(h for h in hashes if h != base.hash)
    key = base.hash[:16]
    a_at, b_at, plans_at, replies_at = st.columns([3, 3, 1, 1])

    def said(recipe_hash: str) -> str:
        return recipe_said(by_hash[recipe_hash])

    a = a_at.selectbox("A", hashes, hashes.index(first), key=f"prompt_lab.a.{key}", format_func=said)
    b = b_at.selectbox("B", hashes, hashes.index(base.hash), key=f"prompt_lab.b.{key}", format_func=said)
    plans = int(plans_at.number_input("Plans", 1, MOST_PLANS, 40, key="prompt_lab.plans", persist_state="session"))
    replies = int(
        replies_at.number_input("Replies a plan", 1, MOST_REPLIES, 1, key="prompt_lab.replies", persist_state="session")
    )
    model_at, confirm_at, run_at = st.columns([3, 2, 1], vertical_alignment="bottom")
    with model_at:
        model = choose_model(space, "prompt_lab")
    confirm = confirm_at.selectbox(
        "Labels confirmed by",
        [None, *confirming_runs(space, base.scheme)],
        key=f"prompt_lab.confirm.{base.scheme.name}",
        format_func=lambda run: run or "nobody: held against the plan alone",
        help="A trained classifier may read the turns, too: a second opinion, with errors of its own.",
    )
    tell_about(model)
    tell_missing(model)
    against = ""
    if model.recorded:
        against = DEAF
    elif like is None:
        against = "Choose a corpus above: plans take their lengths, speakers and labels from its train split."
    else:
        against = why_not(space, a, b, like)
    if against:
        st.info(frame.plain(against))
    elif model.spec:
        st.caption(frame.plain(detectable_words(detectable(space, model=model.spec, plans=plans))))
    ready = bool(model.spec) and not against
    if run_at.button("Compare", key="prompt_lab.run", type="primary", disabled=not ready, width="stretch"):
        arguments = {
            "a": a, "b": b, "like": like, "model": model.spec, "plans": plans, "replies": replies, "seed": seed,
            "confirm": confirm, "allow_address": model.allow_address,
        }  # fmt: skip
        job_progress.remember(JOB, jobs.submit(space, "lab", arguments))


def _kept(space: Workspace, done: object) -> None:
    """The labs so far; the one that has just ended is chosen once."""
    there = {lab.id: lab for lab in labs(space)}
    if not there:
        return
    ended = done.get("lab") if isinstance(done, dict) else None
    if ended in there and st.session_state.get(FOLLOWED) != ended:
        st.session_state[FOLLOWED] = st.session_state[LAB] = ended
    if st.session_state.get(LAB) not in there:
        st.session_state[LAB] = next(iter(there))

    def said(lab_id: str) -> str:
        asked = there[lab_id].settings
        return f"{asked.a_name} ⟷ {asked.b_name} · {asked.plans} plans · {asked.model} · {lab_id}"

    chosen = st.selectbox("Labs", list(there), key=LAB, format_func=said)
    result(space, lab_report(space, chosen))
