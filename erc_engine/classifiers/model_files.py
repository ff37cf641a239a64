"""A trained model on disk: `model.json` and `weights.safetensors`, with their hashes; never pickle.

    write_model(folder, {"classifier": "tfidf", "temperature": 0.3, ...}, {"coefficients": array})
    document, arrays = read_model(folder, "tfidf")

`model.json` is written last, so that a folder which has it is complete. Its own content and the weights are checked
against the hashes inside: this finds damage and careless edits, it is no signature.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from erc_engine.errors import InputError, UnavailableError

FORMAT = "erc-model/1"
DOCUMENT, WEIGHTS = "model.json", "weights.safetensors"
AGAIN = "train it again; model folders are not edited by hand"


def write_model(folder: Path, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    from safetensors.numpy import save

    weights = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    content = {**document, "format": FORMAT, "weights_sha256": hashlib.sha256(weights).hexdigest()}
    content["content_sha256"] = _content_hash(content)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DOCUMENT).unlink(missing_ok=True)
        _write(folder / WEIGHTS, weights)
        _write(folder / DOCUMENT, json.dumps(content, sort_keys=True, indent=1, allow_nan=False).encode("ascii"))
    except OSError as error:
        raise UnavailableError(
            f"the model cannot be written to {folder}: {error.strerror or error}",
            hint="free some space, or choose a folder that you may write to",
        ) from None


def read_model(folder: Path, classifier: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The document and the arrays of a classifier of this name; anything else in the folder is an InputError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        written = (folder / DOCUMENT).read_bytes()
        weights = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise InputError(
            f"{folder} is not a whole model: {Path(error.filename or folder).name}: {error.strerror}", hint=AGAIN
        ) from None
    try:
        document = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise broken(folder, f"{DOCUMENT} is not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise broken(folder, f"{DOCUMENT} is not in the form {FORMAT}")
    if document.pop("content_sha256", None) != _content_hash(document):
        raise broken(folder, f"{DOCUMENT} was changed")
    if document.get("weights_sha256") != hashlib.sha256(weights).hexdigest():
        raise broken(folder, f"{WEIGHTS} was changed")
    if document.get("classifier") != classifier:
        raise InputError(f"{folder} holds a '{document.get('classifier')}' model, not '{classifier}'")
    try:
        arrays = load(weights)
    except (SafetensorError, ValueError, KeyError) as error:
        raise broken(folder, f"{WEIGHTS} cannot be read ({error})") from None
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise broken(folder, f"{WEIGHTS} has values that are not numbers")
    return document, arrays


def broken(folder: Path, why: str) -> InputError:
    return InputError(f"the model in {folder} is broken: {why}", hint=AGAIN)


def _content_hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("ascii")).hexdigest()


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")  # its own: two writers never share one
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
