"""Which chat model: recorded text, recorded text with faults, a local model, a server of config.toml, or a typed spec.

model = choose_model(space, "generate")      # ChosenModel("replay:", recorded=True, …); widgets generate.model.*
mark(model)                                  # the visible mark of recorded text
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from erc_engine.errors import ErcError
from erc_engine.workflows.models import NOT_HERE, check_typed, local_model, size_said
from erc_engine.workflows.run_orders import endpoint_names
from erc_engine.workflows.workspace import Workspace
from ui import frame

RECORDED, FAULTS, TYPED = "recorded text", "recorded text with injected faults", "type a model"
SERVER, LOCAL = "server ", "local model "
LOCAL_HINT = "openai:http://127.0.0.1:8000/v1#model"
TYPED_HINT = f"{LOCAL_HINT} or hf:owner/name"


@dataclass(frozen=True)
class ChosenModel:
    """`spec` is empty while a name is still missing; `missing` says which. `window`: how many at once suit it.

    `about` says what a local model would run on (`tell_about`).
    """

    spec: str
    allow_address: bool = False
    missing: str = ""
    window: int = 1
    about: str = ""

    @property
    def recorded(self) -> bool:
        return self.spec.startswith("replay:")


def choose_model(space: Workspace, page: str) -> ChosenModel:
    servers = [f"{SERVER}{name}" for name in endpoint_names(space)]
    local = [f"{LOCAL}{name}" for name in space.settings.models]
    kind = st.selectbox(
        "Model",
        [RECORDED, FAULTS, *local, *servers, TYPED],
        key=f"{page}.model",
        persist_state="session",
        help="Recorded text is what a large language model wrote once, replayed offline: for trying things out. "
        "A local model is a folder of the workspace's models, or named in config.toml; it runs on this machine. "
        "Servers are named in config.toml too, any OpenAI-compatible one will do.",
    )
    if kind == RECORDED:
        return ChosenModel("replay:")
    if kind == FAULTS:
        return _faulty(page)
    if kind == TYPED:
        return _typed(space, page)
    if kind.startswith(LOCAL):
        return _local(space, f"hf:{kind.removeprefix(LOCAL)}")
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


def _local(space: Workspace, spec: str) -> ChosenModel:
    """What it would run on is said before anything is loaded; the first request loads it."""
    try:
        row = local_model(space, spec)
    except ErcError as error:
        return ChosenModel("", missing=f"{spec} cannot be used: {error.message}. {error.hint}".removesuffix(". "))
    if row is None:
        return ChosenModel(spec, about=f"{spec} is {NOT_HERE}.")
    form = "with its own chat template" if row.chat_template else "without a chat template: messages go as plain text"
    about = (
        f"{size_said(row.parameters)} parameters on {row.device} in {row.dtype}, {form}. "
        f"{row.window} requests at once suit it."
    )
    return ChosenModel(spec, window=row.window, about=about)


def _typed(space: Workspace, page: str) -> ChosenModel:
    spec = st.text_input(
        "Model spec", key=f"{page}.model.spec", persist_state="session", placeholder=TYPED_HINT
    ).strip()
    if spec.startswith("hf:"):
        try:
            check_typed(space, spec)
        except ErcError as error:
            return ChosenModel("", missing=f"{error.message}. {error.hint}")
        return _local(space, spec)
    beyond = False
    if spec.startswith("openai:http"):
        beyond = st.checkbox(
            "The address may be on another machine",
            key=f"{page}.model.allow",
            help="Prompts are sent there. A key goes only to servers that config.toml names.",
        )
    return ChosenModel(spec, beyond, "" if spec else f"Type a model, for example {TYPED_HINT}")


def mark(recorded: bool, injected: int = 0) -> None:
    """Beside everything that recorded text made."""
    if recorded:
        with st.container(horizontal=True):
            st.badge("recorded text", color="orange", help="Replayed, not written now by a model.")
            if injected:
                st.badge(f"{injected:,} injected faults", color="violet", help="Asked for in the spec of the model.")


def tell_about(model: ChosenModel) -> None:
    if model.about:
        st.caption(frame.plain(model.about))


def tell_missing(model: ChosenModel) -> None:
    if model.missing:
        st.info(frame.plain(model.missing))
