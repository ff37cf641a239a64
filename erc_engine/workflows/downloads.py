"""Exports as one zip file that a browser can take away.

make_download(workspace, "v1", "jsonl")                   # a job's work: writes <workspace>/exports/v1-jsonl-….zip
download(workspace, "v1", "jsonl")                        # Download(file_name, data, …), or None when not made yet
exportable(workspace)                                     # what there is, with licences and refusals
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.corpora.atomic import write_atomically
from erc_engine.corpora.export import FORMATS
from erc_engine.domain.conversation import Origin
from erc_engine.errors import InputError, NotFoundError
from erc_engine.workflows.datasets import export
from erc_engine.workflows.workspace import Workspace

__all__ = ["FORMATS", "Download", "Exportable", "download", "exportable", "make_download"]
_SAME_DATE = (2000, 1, 1, 0, 0, 0)  # so that the same content gives the same bytes


@dataclass(frozen=True)
class Exportable:
    """A corpus or version with the terms it would leave under; `refused` says why nothing of it may."""

    name: str
    is_version: bool
    licence: str
    note: str
    may_leave_machine: bool
    recorded: bool
    refused: str = ""


@dataclass(frozen=True)
class Download:
    file_name: str
    data: bytes
    files: tuple[str, ...]


@dataclass(frozen=True)
class DownloadMade:
    name: str
    format: str
    files: tuple[str, ...]
    neutralised_cells: int

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "files": list(self.files)}


def exportable(workspace: Workspace) -> tuple[Exportable, ...]:
    """Versions first; a version of a corpus's name hides the corpus, as it does on the command line."""
    versions = [workspace.store.versions.get(name) for name in workspace.store.versions.names()]
    found = [
        Exportable(
            v.name,
            True,
            " + ".join(dict.fromkeys(s.licence for s in v.sources)),
            "",
            all(s.may_leave_machine for s in v.sources),
            any(s.origin == Origin.RECORDED for s in v.sources),
            "" if all(s.derivatives for s in v.sources) else "a source's licence allows no derivatives",
        )
        for v in versions
    ]
    taken = {v.name for v in versions}
    for name in workspace.store.corpora.names():
        stored = workspace.store.corpora.stored(name)
        if name not in taken:
            refused = "" if stored.licence.derivatives else f"{stored.licence.name} allows no derivatives"
            recorded = stored.origin == Origin.RECORDED
            found.append(
                Exportable(
                    name, False, stored.licence.name, stored.licence.note, stored.licence.may_leave_machine, recorded,
                    refused,
                )
            )  # fmt: skip
    return tuple(found)


def make_download(
    workspace: Workspace,
    name: str,
    format_name: str,
    *,
    neutralise_cells: bool = True,
    progress: Callable[[str], None] = lambda text: None,
) -> DownloadMade:
    """Export into a zip that `download` finds as long as the content is the same."""
    path = _place(workspace, name, format_name, neutralise_cells)
    progress(f"writing {name} as {format_name}")
    with tempfile.TemporaryDirectory() as folder:
        done = export(workspace, name, format_name, Path(folder), neutralise_cells=neutralise_cells)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in done.files:
                archive.writestr(zipfile.ZipInfo(file.name, _SAME_DATE), file.read_bytes(), zipfile.ZIP_DEFLATED)
    write_atomically({path: packed.getvalue()})
    return DownloadMade(name, format_name, tuple(f.name for f in done.files), done.neutralised_cells)


def download(workspace: Workspace, name: str, format_name: str, *, neutralise_cells: bool = True) -> Download | None:
    path = _place(workspace, name, format_name, neutralise_cells)
    try:
        data = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = tuple(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return None
    return Download(f"{name}-{format_name}.zip", data, files)


def _place(workspace: Workspace, name: str, format_name: str, neutralise_cells: bool) -> Path:
    if format_name not in FORMATS:
        raise InputError(f"'{format_name}' is no export format", hint=f"formats: {', '.join(FORMATS)}")
    store = workspace.store
    if name in store.versions.names():
        mark: Any = store.versions.get(name).hash
    elif store.corpora.exists(name):
        mark = store.browsing.mark(name)
    else:
        raise NotFoundError(f"there is no corpus or version '{name}'", hint="choose one from the list")
    digest = hashlib.sha256(json.dumps([name, mark, neutralise_cells]).encode()).hexdigest()
    return workspace.home / "exports" / f"{name}-{format_name}-{digest[:12]}.zip"
