"""A new run: target, size, recipe, model, seed; what the plan would give; start.

    new_run(space)          # a fragment; "Start" submits a job and leaves its run's name in generate.run

The page Imbalance may have left `generate.shares`, `generate.like` and `generate.gap`; they are taken over once.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from erc_engine.domain.generation import PromptRecipe, TargetMode
from erc_engine.errors import ErcError, InputError
from erc_engine.workflows import jobs
from erc_engine.workflows.prompt_studio import recipe_rows
from erc_engine.workflows.recipes import RecipeRow, find_recipe
from erc_engine.workflows.run_views import (
    LikeChoice,
    PlanPreview,
    RunOrder,
    check_name,
    free_name,
    mix_said,
    preview,
)
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.charts.numbers import number
from ui.charts.shares import Shares, label_shares, share_rows
from ui.components import tables
from ui.generation.model_choice import ChosenModel, choose_model, mark, tell_missing

BY_RECIPE, OWN = "as the recipe says", "shares of my own"
RUN, STARTED = "generate.run", "generate.started"
SHOWN_PLANS = 20


def take_over(likes: tuple[LikeChoice, ...], rows: tuple[RecipeRow, ...]) -> None:
    """Shares and size from Imbalance into the widgets, once for each time that they were sent."""
    shares = st.session_state.get("generate.shares")
    if not isinstance(shares, Mapping) or st.session_state.get("generate.taken") is shares:
        return
    st.session_state["generate.taken"] = shares
    like = next((c for c in likes if c.name == st.session_state.get("generate.like")), None)
    like = like or next((c for c in likes if set(shares) <= set(c.scheme.names)), None)
    if like is None:
        return
    fitting = [r for r in rows if r.scheme == like.scheme.name]
    if fitting and st.session_state.get("generate.recipe") not in [r.hash for r in fitting]:
        st.session_state["generate.recipe"] = fitting[0].hash
    st.session_state["generate.source"] = like.name
    st.session_state["generate.target"] = OWN
    for name in like.scheme.names:
        st.session_state[_slider(like.scheme.name, name)] = round(100 * float(shares.get(name, 0.0)), 1)
    gap = st.session_state.get("generate.gap")
    if isinstance(gap, int) and gap > 0:
        st.session_state["generate.utterances"] = gap
    st.session_state["generate.from_gap"] = True


@st.fragment
def new_run(space: Workspace, likes: tuple[LikeChoice, ...]) -> None:
    """Changing a setting draws this part again, with the plan that follows from it."""
    with frame.shown_errors():
        settings, plan = st.columns([2, 3], gap="large")
        with settings:
            order, model = _settings(space, likes)
        with plan:
            _planned(space, order, model)


def _settings(space: Workspace, likes: tuple[LikeChoice, ...]) -> tuple[RunOrder | None, ChosenModel]:
    if st.session_state.get("generate.from_gap"):
        st.info("Shares and size come from the gap on Imbalance; change them as you like.")
    recipe = _recipe(space, likes)
    fitting = [c for c in likes if c.scheme.names == recipe.scheme.names]
    like = _like(fitting)
    shares = _target(recipe, like) if like else None
    left, right = st.columns(2)
    utterances = left.number_input(
        "Utterances",
        *(1, 1_000_000, 500),
        step=100,
        key="generate.utterances",
        persist_state="session",
        help="Accepted ones. The run goes on until they are there; dialogues beyond are marked as surplus.",
    )
    seed = right.number_input(
        "Seed",
        *(0, 2**31 - 1, 1),
        key="generate.seed",
        persist_state="session",
        help="The same seed draws the same plans.",
    )
    model = choose_model(space, "generate")
    left, right = st.columns(2)
    window = left.number_input(
        "Requests at once",
        *(1, 1024, 1),
        key="generate.window",
        persist_state="session",
        help="Servers that batch are fast with 16 or more. With 1, a run that was interrupted gives the same set.",
    )
    attempts = right.number_input(
        "Attempts per plan",
        *(1, 100, 4),
        key="generate.attempts",
        persist_state="session",
        help="A refused reply is asked for again with another seed, so often at most.",
    )
    name = st.text_input(
        "Name of the set",
        key="generate.name",
        persist_state="session",
        placeholder=free_name(space, recipe.name),
        help="Accepted dialogues become a corpus of this name.",
    )
    if like is None:
        return None, model
    chosen = name.strip() or free_name(space, recipe.name)
    spec = (utterances, model.spec, seed, window, attempts, shares, model.allow_address)
    return RunOrder(chosen, recipe.hash, like.name, *spec), model


def _recipe(space: Workspace, likes: tuple[LikeChoice, ...]) -> PromptRecipe:
    rows = {row.hash: row for row in recipe_rows(space)}
    if st.session_state.get("generate.recipe") not in rows:
        served = {c.scheme.name for c in likes}
        usable = [row for row in rows.values() if row.scheme in served and row.recordings] or list(rows.values())
        st.session_state["generate.recipe"] = usable[0].hash
    chosen = st.selectbox(
        "Recipe",
        list(rows),
        key="generate.recipe",
        persist_state="session",
        format_func=lambda hash_: recipe_said(rows[hash_]),
        help="How dialogues are asked for and checked. Edit one in Prompt studio.",
    )
    return find_recipe(space, chosen)


def recipe_said(row: RecipeRow) -> str:
    return f"{row.name} · {f'v{row.version}' if row.version else 'bundled'} · {row.hash[:8]}"


def _like(fitting: list[LikeChoice]) -> LikeChoice | None:
    by_name = {c.name: c for c in fitting}
    if not by_name:
        st.warning("No corpus here has this recipe's labels and a train split. Import one, or choose another recipe.")
        st.page_link("pages/datasets.py", label="Import a corpus", query_params={"section": "import"})
        return None
    if st.session_state.get("generate.source") not in by_name:
        st.session_state["generate.source"] = fitting[0].name
    chosen = st.selectbox(
        "Lengths, speakers and label dynamics like",
        list(by_name),
        key="generate.source",
        persist_state="session",
        help="Taken from the train split alone; dev and test are never looked at.",
    )
    return by_name[chosen]


def _target(recipe: PromptRecipe, like: LikeChoice) -> dict[str, float] | None:
    """Shares of one's own, or None for those of the recipe."""
    if recipe.target is TargetMode.CUSTOM:
        st.caption("This recipe leaves the label shares to you.")
    else:
        said = {BY_RECIPE: f"{BY_RECIPE}: {recipe.target}", OWN: OWN}
        chosen = st.segmented_control(
            "Label shares",
            [BY_RECIPE, OWN],
            default=BY_RECIPE,
            key="generate.target",
            persist_state="session",
            required=True,
            format_func=lambda option: said[option],
        )
        if chosen != OWN:
            return None
    names = recipe.scheme.names
    even = dict.fromkeys(names, 1 / len(names))
    first = like.fractions if recipe.target is TargetMode.MATCHED else even
    columns = st.columns(2)
    for place, name in enumerate(names):
        key = _slider(recipe.scheme.name, name)
        st.session_state.setdefault(key, round(100 * first.get(name, 0.0), 1))
        columns[place % 2].slider(
            frame.plain(name), 0.0, 100.0, key=key, step=0.1, format="%.1f", persist_state="session"
        )
    weights = {name: float(st.session_state[_slider(recipe.scheme.name, name)]) for name in names}
    total = sum(weights.values())
    st.caption(f"The sliders sum to {total:.1f}; they count as shares of that.")
    if not total:
        raise InputError("every label has the share 0", hint="give at least one label a share above 0")
    return {name: weight / total for name, weight in weights.items()}


def _slider(scheme: str, label: str) -> str:
    return f"generate.want.{scheme}.{label}"


def _planned(space: Workspace, order: RunOrder | None, model: ChosenModel) -> None:
    st.subheader("The plan before it runs")
    mark(model.recorded)
    tell_missing(model)
    if order is None or model.missing:
        return
    seen = preview(space, order)
    of_all = "all" if seen.whole else "the first"
    parts = [Shares(f"{of_all} {len(seen.plans):,} plans", {k: round(v) for k, v in seen.labels.items()})]
    figure = label_shares(seen.scheme, parts, outline=seen.wanted, outline_name="target")
    tables.chart_with_data(figure, share_rows(seen.scheme, parts), key="generate.mix", name="plan-label-mix")
    st.caption(
        f"Target: {frame.plain(seen.target)}. Distance of these plans to it {number(seen.distance)} (total variation, "
        f"n = {seen.utterances:,} planned utterances). The run stops after {seen.most_attempts:,} attempts at most."
    )
    if seen.runs_out:
        st.warning(
            f"The recordings give {seen.utterances:,} of the {order.utterances:,} utterances; the run would end there."
        )
    with st.expander(f"Plans ({min(SHOWN_PLANS, len(seen.plans))} of {len(seen.plans):,})"):
        tables.table(plan_rows(seen), key="generate.plans")
    try:
        check_name(space, order.name)
    except ErcError as error:
        frame.show_error(error)
        return
    if st.button(f"Start {frame.plain(order.name)}", key="generate.start", type="primary"):
        _start(space, order)


def plan_rows(seen: PlanPreview) -> list[dict[str, object]]:
    return [
        {
            "plan": plan.id,
            "turns": plan.turns,
            "speakers": ", ".join(s.name for s in plan.speakers),
            "labels": mix_said(plan),
            "sequence": " ".join(plan.sequence),
            "attributes": "; ".join(plan.attributes.values()),
            "recording": plan.recording or "",
        }
        for plan in seen.plans[:SHOWN_PLANS]
    ]


def _start(space: Workspace, order: RunOrder) -> None:
    jobs.submit(space, "generate", order.arguments())
    st.session_state[STARTED] = order.name
    st.session_state.pop("generate.from_gap", None)
    st.rerun()
