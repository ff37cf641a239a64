"""Releases of a workspace, made in its folder `releases`: which there are, their cards, and each as one zip.

released(workspace)                          # {"six": Release(…)}, the newest first
card(workspace, "six", "meld-balanced")      # the text of its README.md, without the header for the hub
packed(workspace, "six")                     # bytes of a zip
stand_ins(workspace)                         # {"meld": "my-meld", "iemocap": "published:iemocap"}: what sets are after
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from erc_engine.domain.release import Release
from erc_engine.errors import ErcError, NotFoundError
from erc_engine.workflows.datasets import checked_name
from erc_engine.workflows.release import SETS, read_release, stand_in
from erc_engine.workflows.workspace import Workspace

FOLDER = "releases"


def place(workspace: Workspace, name: str) -> Path:
    """Where a release of this name is, or would be."""
    checked_name(name, "a release's name")
    return workspace.home.resolve() / FOLDER / name


def released(workspace: Workspace) -> dict[str, Release]:
    """Folders that cannot be read as a release are left out."""
    folder = workspace.home / FOLDER
    there = sorted((p for p in folder.glob("*") if p.is_dir()), key=lambda p: -p.stat().st_mtime)
    found = {}
    for path in there:
        try:
            found[path.name] = read_release(path.resolve())
        except ErcError:
            continue
    return found


def card(workspace: Workspace, name: str, set_name: str) -> str:
    path = place(workspace, name) / set_name / "README.md"
    if set_name not in SETS or not path.is_file():
        raise NotFoundError(f"release '{name}' has no set '{set_name}'", hint="choose one from the table")
    text = path.read_text("utf-8").split("---\n", 2)[-1]
    return text.replace("<details><summary>", "").replace("</summary>", "").replace("</details>", "")  # no HTML here


def packed(workspace: Workspace, name: str) -> bytes:
    """All files of a release, in the order of their names."""
    folder, out = place(workspace, name), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, f"{name}/{path.relative_to(folder)}")
    return out.getvalue()


def stand_ins(workspace: Workspace) -> dict[str, str]:
    return {benchmark: stand_in(workspace, benchmark) for benchmark in dict.fromkeys(SETS.values())}
