"""A new run: size, recipe, model, seed, bounds; what the plan would give; start.

    new_run(space)          # a fragment; "Start" submits a job and leaves its run's name in generate.run

The page Imbalance may have left `generate.shares` (of what is to be added), `generate.wanted` (of all that is there then),
`generate.like` and `generate.gap`; they are taken over once, as a repair of that corpus where it is one. The
target has widgets of its own in `targets`.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from erc_engine.domain.generation import PromptRecipe, TargetMode
from erc_engine.errors import ErcError
from erc_engine.workflows import jobs
from erc_engine.workflows.prompt_studio import recipe_rows
from erc_engine.workflows.recipes import RecipeRow, find_recipe
from erc_engine.workflows.run_orders import LikeChoice, PlanPreview, RunOrder, check_name, free_name, preview
from erc_engine.workflows.run_views import mix_said
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.charts.numbers import number
from ui.charts.shares import Shares, label_shares, share_rows
from ui.components import tables
from ui.generation.model_choice import ChosenModel, choose_model, mark, tell_about, tell_missing
from ui.generation.targets import OWN, ChosenTarget, choose_target, slider
from ui.generation.verifying import verifying

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
    wanted = st.session_state.get("generate.wanted")
    repair = isinstance(wanted, Mapping) and like.name == st.session_state.get("generate.like")
    st.session_state["generate.target"] = TargetMode.REPAIR if repair else OWN
    st.session_state["generate.toward"] = OWN
    for name in like.scheme.names:
        share = float((wanted if repair else shares).get(name, 0.0))  # type: ignore[union-attr]
        st.session_state[slider(like.scheme.name, name)] = round(100 * share, 1)
    gap = st.session_state.get("generate.gap")
    if isinstance(gap, int) and gap > 0:
        st.session_state["generate.utterances.repair" if repair else "generate.utterances"] = gap
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
    target = choose_target(recipe, like) if like else ChosenTarget()
    left, right = st.columns(2)
    utterances = _utterances(left, target)
    seed = right.number_input(
        "Seed",
        *(0, 2**31 - 1, 1),
        key="generate.seed",
        persist_state="session",
        help="The same seed draws the same plans.",
    )
    model = choose_model(space, "generate")
    tell_about(model)
    left, right = st.columns(2)
    window = left.number_input(
        "Requests at once",
        *(1, 1024, model.window),
        key="generate.window" if model.window == 1 else "generate.window.local",
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
    most = _bounds(model)
    checked = verifying(space, recipe.scheme, recorded=model.recorded)
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
    spec = (utterances, model.spec, seed, window, attempts, target.shares, model.allow_address)
    return RunOrder(chosen, recipe.hash, like.name, *spec, target.mode, target.toward, *most, **checked), model


def _utterances(column: DeltaGenerator, target: ChosenTarget) -> int | None:
    """None where a repair adds all that is missing."""
    help_ = "Accepted ones. The run goes on until they are there; dialogues beyond are marked as surplus."
    if not target.fills_up:
        number_ = column.number_input(
            "Utterances", *(1, 1_000_000, 500), step=100, key="generate.utterances", persist_state="session", help=help_
        )
        return int(number_)
    bound = column.number_input(
        "Utterances at most",
        *(1, 1_000_000, None),
        step=100,
        key="generate.utterances.repair",
        persist_state="session",
        placeholder="all that is missing",
        help="With fewer than all, the labels furthest below their share are filled first.",
    )
    return None if bound is None else int(bound)


def _bounds(model: ChosenModel) -> tuple[int | None, int | None, float | None]:
    """Attempts, tokens and minutes after which the run ends, each or none."""
    with st.expander("Bounds"):
        attempts, tokens, minutes = st.columns(3)
        most_attempts = attempts.number_input(
            "Attempts at most", 1, value=None, step=100, key="generate.most.attempts", persist_state="session"
        )
        most_tokens = tokens.number_input(
            "Tokens at most",
            *(1, None, None),
            step=100_000,
            key="generate.most.tokens",
            persist_state="session",
            disabled=model.recorded,
            help="Of prompts and replies, as the model tells them. Recorded text tells none.",
        )
        most_minutes = minutes.number_input(
            "Minutes at most", 0.1, value=None, step=10.0, key="generate.most.minutes", persist_state="session"
        )
        st.caption("A run that reaches a bound ends with what it accepted, and says for each label what is missing.")
    return most_attempts, None if model.recorded else most_tokens, most_minutes


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
    if order.utterances is None:
        st.caption(f"The repair needs {seen.asked:,} utterances.")
    if seen.runs_out:
        st.warning(
            f"The recordings give {seen.utterances:,} of the {seen.asked:,} utterances; the run would end there."
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
