"""A model with its tokenizer, in memory and ready: loaded from safetensors alone, without running code of the model's.

loaded = load(spec)
loaded.about["dtype"], loaded.about["weights_sha256"]     # what a reply is stored with
loaded.prompt.ids(messages)
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.errors import InputError, UnavailableError
from erc_engine.llm.local import machine
from erc_engine.llm.local.chat_prompt import ChatPrompt
from erc_engine.llm.local.model_folder import FILES, ModelLook, look_at
from erc_engine.llm.local.spec import LocalSpec


@dataclass(frozen=True)
class LoadedModel:
    """`about` is its fingerprint, all texts. `context` is the most tokens of prompt and reply together."""

    model: Any
    tokenizer: Any
    prompt: ChatPrompt
    end_tokens: frozenset[int]
    context: int | None
    about: dict[str, str]


def load(spec: LocalSpec) -> LoadedModel:
    """InputError for a folder that cannot be used, UnavailableError where memory or the hub is missing."""
    import torch
    import transformers

    folder = find_folder(spec)
    look = look_at(folder)
    runs_on = machine.choose(look, spec)
    _check_memory(look, runs_on)
    torch.set_num_threads(machine.threads(look, os.environ))
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=getattr(torch, runs_on.dtype),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
        model.to(torch.device(runs_on.device)).eval()
    except torch.OutOfMemoryError as error:
        raise UnavailableError(
            f"{look.folder} does not fit the memory of {runs_on.device}: {str(error).splitlines()[0]}",
            hint="a smaller model, dtype=bfloat16, or device=cpu",
        ) from None
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, AttributeError) as error:
        words = " ".join(str(error).split())[:400]
        raise InputError(
            f"transformers cannot load {look.folder}: {words}", hint="is it a causal language model of transformers 5?"
        ) from None
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise InputError(f"{look.folder} has no fast tokenizer", hint="save one: it is the file tokenizer.json")
    prompt = ChatPrompt(tokenizer)
    return LoadedModel(
        model, tokenizer, prompt, _end_tokens(model, tokenizer), look.context, _about(spec, look, runs_on, prompt)
    )


def find_folder(spec: LocalSpec) -> Path:
    """The folder of the spec, or that of a name on the hub, which is fetched where it is not here yet."""
    return spec.folder or fetched(spec) or _fetch(spec)


def fetched(spec: LocalSpec) -> Path | None:
    """Where an earlier fetch has put the model of a hub name, None when it is not here."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(spec.name, revision=spec.revision or None, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    return folder if any(folder.glob("*.safetensors")) else None


def is_offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def _fetch(spec: LocalSpec) -> Path:
    import httpx
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    away = UnavailableError(
        f"'{spec.name}' is not on this machine, and the hub cannot be reached",
        hint="fetch it where there is a network: hf download NAME --local-dir FOLDER; copy that, and write hf:FOLDER",
    )
    if is_offline():
        raise away
    try:
        return Path(snapshot_download(spec.name, revision=spec.revision or None, allow_patterns=list(FILES)))
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        if status is None or status >= 500:
            raise away from None
        raise InputError(
            f"the hub has no '{spec.name}' that may be fetched (HTTP {status})",
            hint="check the name; a gated model needs HF_TOKEN in the environment",
        ) from None
    except HFValidationError as error:
        raise InputError(f"'{spec.name}' is no name on the hub: {error}", hint="owner/name") from None
    except (OSError, httpx.HTTPError):
        raise away from None


def _check_memory(look: ModelLook, runs_on: machine.RunsOn) -> None:
    free = machine.memory_bytes()
    needed = look.parameters * machine.SIZES[runs_on.dtype]
    if runs_on.device == "cpu" and free is not None and needed > free:
        raise UnavailableError(
            f"{look.folder} needs {needed / 1e9:.1f} GB as {runs_on.dtype}, and {free / 1e9:.1f} GB are free",
            hint="a smaller model, dtype=bfloat16, or a machine with more memory",
        )


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    named = model.generation_config.eos_token_id
    several = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*several, tokenizer.eos_token_id) if token is not None)


def _about(spec: LocalSpec, look: ModelLook, runs_on: machine.RunsOn, prompt: ChatPrompt) -> dict[str, str]:
    import torch
    import transformers

    revision = look.folder.name if look.folder.parent.name == "snapshots" else spec.revision
    return {
        "model": spec.name,
        "revision": revision,
        **look.identity(),
        "architecture": look.architecture,
        "parameters": str(look.parameters),
        "engine": f"transformers {transformers.__version__}, torch {torch.__version__}",
        "device": runs_on.device,
        "device_name": machine.device_name(runs_on.device),
        "dtype": runs_on.dtype,
        "threads": str(torch.get_num_threads()),
        "chat_template": prompt.form,
    }
