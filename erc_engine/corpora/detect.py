"""Which kind of corpus a path holds, told from names and the first characters of its files.

load_any(Path("data/MELD"), "meld")     # as load("meld", …)
"""

from __future__ import annotations

import re
from pathlib import Path

from erc_engine.corpora.loaded import Loaded
from erc_engine.corpora.loading import load
from erc_engine.errors import InputError, NotFoundError

_HEAD = 64 * 1024
_ENDINGS = (".csv", ".tsv", ".json", ".jsonl")


def load_any(path: Path, name: str) -> Loaded:
    """Load a file or folder as the kind that it looks like."""
    return load(kind_of(path), path, name)


def kind_of(path: Path) -> str:
    file = _a_file(path)
    head = _head(file)
    ending = file.suffix.lower()
    if ending == ".jsonl":
        return "jsonl"
    if ending == ".json":
        if '"annotation"' in head and '"utterance"' in head:
            return "emotionlines"
        if '"episodes"' in head or ('"text"' in head and '"speaker"' in head):
            return "emorynlp"
        if re.match(r"\s*\{.*[\"'](?:utterances|turns)[\"']", head, re.S):
            return "jsonl"
        raise InputError(f"{file.name} is no dialogue file that is known", hint="say what it is with its kind")
    columns = {re.sub(r"\W", "", cell).lower() for cell in head.lstrip("\ufeff").split("\n", 1)[0].split(",")}
    if {"utterance", "speaker", "emotion", "dialogue_id", "utterance_id"} <= columns:
        return "meld"
    if {"utterance", "speaker", "emotion", "scene_id", "utterance_id", "season", "episode"} <= columns:
        return "emorynlp"
    return "csv"


def _a_file(path: Path) -> Path:
    """The file itself, or of a folder the one that tells most: CSV before JSON before JSONL."""
    try:
        if path.is_file():
            return path
        if not path.is_dir():
            raise NotFoundError(f"there is no file or folder {path}", hint="check the path")
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="check the path and its permissions") from None
    own = [p for p in files if p.name.endswith("_sent_emo.csv")]
    of_use = own or [p for ending in _ENDINGS for p in files if p.suffix.lower() == ending and not _is_card(p)]
    if not of_use:
        raise NotFoundError(f"{path} has no CSV, JSON or JSONL file", hint="name the file or the folder with the data")
    return of_use[0]


def _is_card(path: Path) -> bool:
    return path.name.endswith(".corpus.json")


def _head(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_HEAD).decode("utf-8", "replace")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error}", hint="check its permissions") from None
