"""Which split a file or a cell belongs to, and which files of a folder make up a benchmark.

split_of("emotion-detection-trn.json")     # Split.TRAIN
split_of("val_data")                       # Split.DEV
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from erc_engine.corpora.faults import noted
from erc_engine.corpora.files import files_in
from erc_engine.domain.conversation import Split
from erc_engine.domain.reports import Fault
from erc_engine.errors import InputError, NotFoundError

_WORDS = {
    **dict.fromkeys(("train", "trn", "training"), Split.TRAIN),
    **dict.fromkeys(("dev", "val", "valid", "validation", "development"), Split.DEV),
    **dict.fromkeys(("test", "tst", "testing"), Split.TEST),
}


def split_of(name: str) -> Split | None:
    """The one split that a name speaks of, or None."""
    found = {_WORDS[word] for word in re.split(r"[^a-z]+", name.lower()) if word in _WORDS}
    return found.pop() if len(found) == 1 else None


def split_files(
    path: Path, split: Split | None, *endings: str, wanted: Callable[[Path], bool] = lambda path: True
) -> tuple[dict[Split, Path], tuple[Fault, ...]]:
    """The file of each split: those of a folder by their names, or one file, whose split is given, named or train."""
    if not is_folder(path):
        named = split or split_of(path.stem)
        faults = () if named else (noted("split-assumed", [path.name], "taken as train"),)
        return {named or Split.TRAIN: path}, faults
    if split is not None:
        raise InputError(
            f"{path} has a file for each split, so '{split}' cannot be given for all of it",
            hint="leave the split out, or name one file",
        )
    files: dict[Split, Path] = {}
    candidates = [p for p in files_in(path, *endings) if wanted(p)]
    for file in candidates:
        named = split_of(file.stem)
        if named is not None and files.setdefault(named, file) != file:
            raise InputError(
                f"{path} has two files for {named}: {files[named].name} and {file.name}",
                hint="name one, or move one away",
            )
    if not files and len(candidates) == 1:
        return split_files(candidates[0], None, *endings)
    if not files:
        seen = ", ".join(p.name for p in candidates[:12]) or "none of the right kind"
        raise NotFoundError(
            f"no file in {path} says by its name which split it is: {seen}", hint="train…, dev… and test… are expected"
        )
    missing = [str(s) for s in Split if s not in files]
    faults = (noted("missing-split", missing, "read without"),) if missing else ()
    return {s: files[s] for s in Split if s in files}, faults


def is_folder(path: Path) -> bool:
    """Whether it is a folder and no file; NotFoundError when it is neither."""
    try:
        if path.is_dir():
            return True
        if path.exists():
            return False
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}", hint="check the path") from None
    raise NotFoundError(f"there is no file or folder {path}", hint="check the path")
