"""Which label shares a run aims at: as the recipe says, balanced, matched, a repair of the train split, or one's own.

target = choose_target(recipe, like)      # ChosenTarget(TargetMode.REPAIR, Toward.EVEN, None); widgets generate.target.*
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from erc_engine.domain.generation import PromptRecipe, TargetMode, Toward
from erc_engine.errors import InputError
from erc_engine.workflows.run_orders import LikeChoice
from ui import frame

BY_RECIPE, OWN = "as the recipe says", "shares of my own"
SAID = {
    TargetMode.BALANCED: "balanced",
    TargetMode.MATCHED: "matched",
    TargetMode.REPAIR: "repair the long tail",
}
MEANING = {
    TargetMode.BALANCED: "Every label equally often.",
    TargetMode.MATCHED: "Label shares, transitions, positions and turn-taking as in the train split.",
    TargetMode.REPAIR: "Adds what the train split lacks, so that both together have the wanted shares.",
}
TOWARD: dict[str, str] = {Toward.EVEN: "even shares", Toward.ROOT: "square roots of its shares", OWN: OWN}


@dataclass(frozen=True)
class ChosenTarget:
    """`mode` None leaves it to the recipe, or to `shares` where there are any."""

    mode: TargetMode | None = None
    toward: Toward = Toward.EVEN
    shares: dict[str, float] | None = None
    fills_up: bool = False


def choose_target(recipe: PromptRecipe, like: LikeChoice) -> ChosenTarget:
    own_only = recipe.target is TargetMode.CUSTOM
    options: list[str] = [*([] if own_only else [BY_RECIPE]), *SAID, OWN]
    if st.session_state.get("generate.target") not in options:
        st.session_state["generate.target"] = OWN if own_only else BY_RECIPE
    chosen = st.selectbox(
        "Label shares",
        options,
        key="generate.target",
        persist_state="session",
        format_func=lambda option: f"{BY_RECIPE}: {recipe.target}" if option == BY_RECIPE else SAID.get(option, option),
    )
    if chosen == OWN:
        return ChosenTarget(shares=_own(recipe, like))
    mode = recipe.target if chosen == BY_RECIPE else TargetMode(chosen)
    st.caption(MEANING[mode])
    if mode is not TargetMode.REPAIR:
        return ChosenTarget(None if chosen == BY_RECIPE else mode)
    toward = st.selectbox(
        "What train should come to",
        list(TOWARD),
        key="generate.toward",
        persist_state="session",
        format_func=lambda option: TOWARD[option],
    )
    if toward == OWN:
        return ChosenTarget(mode, shares=_own(recipe, like), fills_up=True)
    return ChosenTarget(mode, Toward(toward), fills_up=True)


def _own(recipe: PromptRecipe, like: LikeChoice) -> dict[str, float]:
    names = recipe.scheme.names
    even = dict.fromkeys(names, 1 / len(names))
    first = like.fractions if recipe.target is TargetMode.MATCHED else even
    columns = st.columns(2)
    for place, name in enumerate(names):
        key = slider(recipe.scheme.name, name)
        st.session_state.setdefault(key, round(100 * first.get(name, 0.0), 1))
        columns[place % 2].slider(
            frame.plain(name), 0.0, 100.0, key=key, step=0.1, format="%.1f", persist_state="session"
        )
    weights = {name: float(st.session_state[slider(recipe.scheme.name, name)]) for name in names}
    total = sum(weights.values())
    st.caption(f"The sliders sum to {total:.1f}; they count as shares of that.")
    if not total:
        raise InputError("every label has the share 0", hint="give at least one label a share above 0")
    return {name: weight / total for name, weight in weights.items()}


def slider(scheme: str, label: str) -> str:
    """The key of a label's slider."""
    return f"generate.want.{scheme}.{label}"
