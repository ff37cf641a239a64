"""A folder with a model, as transformers saves one, looked at without loading it.

    look = look_at(Path("models/tiny"))
    look.parameters, look.dtype, look.has_chat_template      # 5_244_160, "float32", True
    look.identity()                                          # hashes of weights, tokenizer and template

Only safetensors are read: files that Python would unpickle can hold any program. Nothing here needs torch.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.errors import InputError, NotFoundError

HASHED_WHOLE = 2 * 10**9  # bytes; of larger weights the headers are hashed, which name and place every tensor
UNSAFE = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
FILES = ("*.json", "*.safetensors", "*.jinja", "tokenizer.model", "*.txt")  # all that is ever fetched from the hub
_NAMES = {"F32": "float32", "BF16": "bfloat16", "F16": "float16", "F64": "float64"}


@dataclass(frozen=True)
class ModelLook:
    """What the files say. `context` is the most tokens of prompt and reply together, None where it is not told."""

    folder: Path
    architecture: str
    parameters: int
    dtype: str
    context: int | None
    has_chat_template: bool
    weights: tuple[Path, ...]

    def identity(self) -> dict[str, str]:
        """Which model this is, in hashes: two folders with the same identity write the same."""
        sizes = sum(path.stat().st_size for path in self.weights)
        whole = sizes <= HASHED_WHOLE
        hashed = _hash_of_files(self.weights) if whole else _hash_of(_header_text(path) for path in self.weights)
        names = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "merges.txt")
        return {
            "weights_sha256" if whole else "weights_headers_sha256": hashed,
            "config_sha256": _hash_of_files([self.folder / "config.json"]),
            "tokenizer_sha256": _hash_of_files(p for name in names if (p := self.folder / name).is_file()),
            "chat_template_sha256": _hash_of([chat_template(self.folder) or ""]),
        }


def look_at(folder: Path) -> ModelLook:
    """InputError or NotFoundError say what the folder lacks."""
    if not folder.is_dir():
        raise NotFoundError(
            f"there is no folder {folder}", hint="give a folder as transformers saves one, or a hub name"
        )
    config = _json(folder / "config.json")
    weights = _weights(folder)
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        raise InputError(
            f"{folder} has no tokenizer", hint="save it beside the weights: tokenizer.save_pretrained(FOLDER)"
        )
    counted: Counter[str] = Counter()
    for path in weights:
        for tensor in header(path).values():
            counted[tensor.get("dtype", "")] += math.prod(tensor.get("shape", ()))
    text_config = config.get("text_config")
    context = (text_config if isinstance(text_config, dict) else config).get("max_position_embeddings")
    return ModelLook(
        folder=folder,
        architecture=next(iter(config.get("architectures") or ["unknown"])),
        parameters=sum(counted.values()),
        dtype=_NAMES.get(counted.most_common(1)[0][0], "other") if counted else "other",
        context=context if isinstance(context, int) else None,
        has_chat_template=chat_template(folder) is not None,
        weights=weights,
    )


def chat_template(folder: Path) -> str | None:
    """The template text, from its own file or from the tokenizer's configuration."""
    own = folder / "chat_template.jinja"
    if own.is_file():
        return own.read_text("utf-8")
    path = folder / "tokenizer_config.json"
    found = _json(path).get("chat_template") if path.is_file() else None
    return json.dumps(found, sort_keys=True) if isinstance(found, list) else found


def _weights(folder: Path) -> tuple[Path, ...]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(_json(index).get("weight_map", {}).values()))
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise InputError(f"{folder} lacks {', '.join(missing[:3])}", hint="fetch or copy the whole model again")
        return tuple(folder / name for name in names)
    found = tuple(sorted(folder.glob("*.safetensors")))
    if found:
        return found
    unsafe = sorted(path.name for path in folder.iterdir() if path.suffix in UNSAFE)
    gguf = any(path.suffix == ".gguf" for path in folder.iterdir())
    if unsafe:
        raise InputError(
            f"{folder} has its weights only in {unsafe[0]}, which can hold any program and is not read",
            hint="save them as safetensors where you trust the file: model.save_pretrained(FOLDER)",
        )
    hint = "serve it with llama.cpp or Ollama and use openai:" if gguf else "it needs model.safetensors"
    raise InputError(f"{folder} has no weights in safetensors", hint=hint)


def header(path: Path) -> dict[str, dict[str, Any]]:
    """Name → dtype, shape and place of each tensor of a safetensors file."""
    try:
        found = json.loads(_header_text(path))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no safetensors file: {error}", hint="fetch or copy it again") from None
    found.pop("__metadata__", None)
    return dict(found)


def _header_text(path: Path) -> str:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if not 0 < size <= min(100_000_000, path.stat().st_size):
            raise InputError(f"{path} is no safetensors file", hint="fetch or copy it again")
        return file.read(size).decode("utf-8")


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.parent} has no {path.name}", hint="give a folder as transformers saves one") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="fetch or copy it again") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no JSON object", hint="fetch or copy it again")
    return found


def _hash_of_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _hash_of(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()
