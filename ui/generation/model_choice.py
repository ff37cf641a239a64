"""Which chat model: recorded text, recorded text with faults, a server of config.toml, or a typed spec.

model = choose_model(space, "generate")      # ChosenModel("replay:", recorded=True, …); widgets generate.model.*
mark(model)                                  # the visible mark of recorded text
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from erc_engine.workflows.run_views import endpoint_names
from erc_engine.workflows.workspace import Workspace
from ui import frame

RECORDED, FAULTS, TYPED = "recorded text", "recorded text with injected faults", "type a model"
SERVER = "server "
LOCAL_HINT = "openai:http://127.0.0.1:8000/v1#model"


@dataclass(frozen=True)
class ChosenModel:
    """`spec` is empty while a name is still missing; `missing` says which."""

    spec: str
    allow_address: bool = False
    missing: str = ""

    @property
    def recorded(self) -> bool:
        return self.spec.startswith("replay:")


def choose_model(space: Workspace, page: str) -> ChosenModel:
    servers = [f"{SERVER}{name}" for name in endpoint_names(space)]
    kind = st.selectbox(
        "Model",
        [RECORDED, FAULTS, *servers, TYPED],
        key=f"{page}.model",
        persist_state="session",
        help="Recorded text is what a large language model wrote once, replayed offline: for trying things out. "
        "Servers are named in config.toml of the workspace, any OpenAI-compatible one will do.",
    )
    if kind == RECORDED:
        return ChosenModel("replay:")
    if kind == FAULTS:
        return _faulty(page)
    if kind == TYPED:
        return _typed(page)
    name = kind.removeprefix(SERVER)
    model = st.text_input("Its model", key=f"{page}.model.of.{name}", persist_state="session", placeholder="qwen3-4b")
    spec = f"openai:{name}#{model.strip()}" if model.strip() else ""
    return ChosenModel(spec, missing="" if spec else "Say which model the server should run.")


def _faulty(page: str) -> ChosenModel:
    left, right = st.columns(2)
    percent = left.number_input(
        "Faulty replies, %",
        *(0, 100, 25),
        key=f"{page}.model.faults",
        persist_state="session",
        help="Spread over every kind of broken reply and missing answer; each is marked as injected.",
    )
    delay = right.number_input(
        "Milliseconds per reply", *(0, 10_000, 0), key=f"{page}.model.delay", persist_state="session"
    )
    return ChosenModel(f"replay:?faults=all:{percent / 100:g}" + (f"&delay_ms={delay}" if delay else ""))


def _typed(page: str) -> ChosenModel:
    spec = st.text_input(
        "Model spec", key=f"{page}.model.spec", persist_state="session", placeholder=LOCAL_HINT
    ).strip()
    beyond = False
    if spec.startswith("openai:http"):
        beyond = st.checkbox(
            "The address may be on another machine",
            key=f"{page}.model.allow",
            help="Prompts are sent there. A key goes only to servers that config.toml names.",
        )
    return ChosenModel(spec, beyond, "" if spec else f"Type a model, for example {LOCAL_HINT}")


def mark(recorded: bool, injected: int = 0) -> None:
    """Beside everything that recorded text made."""
    if recorded:
        with st.container(horizontal=True):
            st.badge("recorded text", color="orange", help="Replayed, not written now by a model.")
            if injected:
                st.badge(f"{injected:,} injected faults", color="violet", help="Asked for in the spec of the model.")


def tell_missing(model: ChosenModel) -> None:
    if model.missing:
        st.info(frame.plain(model.missing))
