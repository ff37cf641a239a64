"""What `hf:…` means: which model, and what it shall run on.

    parse_spec("hf:models/tiny?device=cpu&dtype=float32&window=8", {})
    # LocalSpec(name="models/tiny", device="cpu", dtype="float32", window=8, revision="")
    parse_spec("hf:tiny", {"tiny": "models/tiny?window=16"})      # a name of [models] in config.toml

A name is a folder when there is one, or when it is written like a path; else it is a name on the hub. What is left out
is chosen when the model is loaded (`machine`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from erc_engine.errors import InputError

WINDOW = 8  # requests at once that suit most machines
MOST_AT_ONCE = 256
DTYPES = ("float32", "bfloat16", "float16")
_OPTIONS = "its options are device (cpu, cuda, cuda:1, mps), dtype (float32, bfloat16, float16), window and revision"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_DEVICE = re.compile(r"cpu|mps|cuda(:\d{1,2})?")


@dataclass(frozen=True)
class LocalSpec:
    """Empty texts are left to choice. `window` is how many requests at once a run makes unless told otherwise."""

    name: str
    device: str = ""
    dtype: str = ""
    window: int = WINDOW
    revision: str = ""

    @property
    def folder(self) -> Path | None:
        """The folder with the model, or None for a name on the hub."""
        path = Path(self.name).expanduser()
        written_as_path = self.name.startswith((".", "/", "~")) or self.name.count("/") > 1
        return path.resolve() if written_as_path or path.is_dir() else None


def parse_spec(spec: str, models: Mapping[str, str]) -> LocalSpec:
    """InputError for an option that there is not, or a name that is neither a path nor a name on the hub."""
    name, options = _split(spec.removeprefix("hf:"))
    found = LocalSpec(name)
    if name in models:
        name, named_options = _split(models[name].removeprefix("hf:"))
        found = _with(LocalSpec(name), named_options)
    found = _with(found, options)
    if not found.name:
        raise InputError("'hf:' names no model", hint="write hf:FOLDER, or the name of a model on the hub")
    if found.folder is None and not _HUB_NAME.fullmatch(found.name):
        raise InputError(
            f"'{found.name}' is no folder here, and no name of a model on the hub",
            hint="write hf:path/to/folder, hf:owner/name, or a name of [models] in config.toml",
        )
    return found


def _split(written: str) -> tuple[str, dict[str, str]]:
    name, _, query = written.strip().partition("?")
    pairs = (part.partition("=") for part in query.split("&") if part)
    return name.strip(), {key: unquote(value) for key, _, value in pairs}


def _with(spec: LocalSpec, options: Mapping[str, str]) -> LocalSpec:
    for key, value in options.items():
        if key == "device" and _DEVICE.fullmatch(value):
            spec = replace(spec, device=value)
        elif key == "dtype" and value in DTYPES:
            spec = replace(spec, dtype=value)
        elif key == "window" and value.isdecimal() and 1 <= int(value) <= MOST_AT_ONCE:
            spec = replace(spec, window=int(value))
        elif key == "revision" and re.fullmatch(r"[\w./-]{1,100}", value):
            spec = replace(spec, revision=value)
        elif key in ("device", "dtype", "window", "revision"):
            raise InputError(f"hf: cannot take {key}={value}", hint=_OPTIONS)
        else:
            raise InputError(f"hf: has no option '{key}'", hint=_OPTIONS)
    return spec
