"""Which chat models can be used here, and what a local one would run on; nothing is loaded.

models(workspace)                         # rows: replay:, servers of config.toml, local models by name
local_model(workspace, "hf:models/small") # LocalRow(device="cpu", dtype="bfloat16", window=8, chat_template=True, …)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erc_engine.errors import ErcError, RefusedError
from erc_engine.llm.local import machine
from erc_engine.llm.local.host_process import is_loaded
from erc_engine.llm.local.loading import fetched
from erc_engine.llm.local.model_folder import look_at
from erc_engine.llm.local.spec import parse_spec
from erc_engine.workflows.imports import roots
from erc_engine.workflows.model_endpoints import shown
from erc_engine.workflows.workspace import Workspace

NOT_HERE = "not on this machine yet: the first request fetches it from the hub"


@dataclass(frozen=True)
class ModelRow:
    """A model by its spec; `note` says what it is, or why it cannot be used."""

    spec: str
    usable: bool
    note: str

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class LocalRow:
    """What a local model would run on. `context` is in tokens, `gigabytes` what the weights take there."""

    spec: str
    folder: str
    architecture: str
    parameters: int
    device: str
    dtype: str
    gigabytes: float
    window: int
    chat_template: bool
    context: int | None
    loaded: bool

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def models(workspace: Workspace, environment: Mapping[str, str] | None = None) -> tuple[ModelRow, ...]:
    """What is at hand, in the order of how little it needs."""
    rows = [ModelRow("replay:", True, "recorded dialogues, offline; add ?faults=all:0.2 for broken ones")]
    for name in workspace.settings.models:
        rows.append(_named(workspace, f"hf:{name}", environment))
    for name, endpoint in workspace.settings.endpoints.items():
        key = endpoint.key_env
        missing = bool(key) and not (os.environ if environment is None else environment).get(key or "")
        where = ", ".join(shown(address.url) for address in endpoint.addresses)
        what = f"a server: {where}" if len(endpoint.addresses) == 1 else f"{len(endpoint.addresses)} servers: {where}"
        rows.append(ModelRow(f"openai:{name}#MODEL", not missing, f"{key} is not set" if missing else what))
    return tuple(rows)


def _named(workspace: Workspace, spec: str, environment: Mapping[str, str] | None) -> ModelRow:
    try:
        row = local_model(workspace, spec, environment)
    except ErcError as error:
        return ModelRow(spec, False, error.message)
    if row is None:
        return ModelRow(spec, True, NOT_HERE)
    template = "" if row.chat_template else ", no chat template"
    return ModelRow(
        spec,
        True,
        f"{size_said(row.parameters)} parameters, {row.device} {row.dtype}, {row.window} at once{template}",
    )


def size_said(parameters: int) -> str:
    """`2.2 million`, `114 thousand`, `8 billion`."""
    for unit, name in ((1e9, "billion"), (1e6, "million")):
        if parameters >= unit:
            return f"{parameters / unit:.{1 if parameters < 10 * unit else 0}f} {name}"
    return f"{parameters / 1e3:,.0f} thousand"


def local_model(workspace: Workspace, spec: str, environment: Mapping[str, str] | None = None) -> LocalRow | None:
    """What a spec of `hf:` would run on here; None for a hub name that was not fetched yet."""
    parsed = parse_spec(spec, workspace.settings.models)
    folder = parsed.folder or fetched(parsed)
    if folder is None:
        return None
    look = look_at(folder)
    runs_on = machine.choose(look, parsed)
    return LocalRow(
        spec=spec,
        folder=str(look.folder),
        architecture=look.architecture,
        parameters=look.parameters,
        device=runs_on.device,
        dtype=runs_on.dtype,
        gigabytes=look.parameters * machine.SIZES[runs_on.dtype] / 1e9,
        window=parsed.window,
        chat_template=look.has_chat_template,
        context=look.context,
        loaded=is_loaded(parsed, os.environ if environment is None else environment),
    )


def check_typed(workspace: Workspace, spec: str) -> None:
    """RefusedError for a model that was typed into the app and lies outside the folders that it may read.

    Names of config.toml and of the workspace's models are the owner's own, and hub names are no paths.
    """
    if not spec.startswith("hf:"):
        return
    folder = parse_spec(spec, {}).folder
    name = spec.removeprefix("hf:").partition("?")[0].strip()
    if name in workspace.settings.models or folder is None:
        return
    allowed = (*roots(workspace), (workspace.home / "models").resolve())
    if not any(folder.is_relative_to(root) for root in allowed):
        raise RefusedError(
            f"{folder} is not under {workspace.home / 'models'}, and the app loads no model from elsewhere",
            hint="copy it there, name it in config.toml under [models], or use erc generate",
        )
