"""Import through the app: files that were uploaded, or that lie under an allowed root, never from just anywhere.

    sources(workspace)                                        # what lies under the roots, with the kind it looks like
    folder = keep_upload(workspace, [("train.csv", b"…")])    # a folder of its own under <workspace>/uploads
    import_files(workspace, kind="csv", path=str(folder), name="chat", mapping={"text": "Line"})

An uploaded folder is removed after the attempt, whatever came of it. The command line reads any path.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

from erc_engine.corpora.atomic import write_atomically
from erc_engine.corpora.detect import kind_of
from erc_engine.corpora.loading import KINDS, load
from erc_engine.corpora.preview import HEAD_BYTES, TablePreview, preview
from erc_engine.domain.conversation import Licence, Split
from erc_engine.domain.labels import custom_scheme, scheme
from erc_engine.domain.reports import CorpusSummary
from erc_engine.errors import ErcError, InputError, NotFoundError, RefusedError
from erc_engine.workflows.datasets import checked_name, describe, save_corpus
from erc_engine.workflows.workspace import Workspace

__all__ = ["ENDINGS", "KINDS", "Importable", "TablePreview", "import_files", "keep_upload", "roots", "sources"]

ENDINGS = ("csv", "tsv", "json", "jsonl")
MAX_UPLOAD_BYTES = 300 << 20
MAX_UPLOAD_FILES = 12
_DEPTH, _MOST = 3, 200
_STALE_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Importable:
    """A file or folder under a root, and the kind of corpus it looks like."""

    path: str
    shown: str
    kind: str
    is_folder: bool


def roots(workspace: Workspace) -> tuple[Path, ...]:
    """The folders that the app may read: `imports` in the workspace, and that of the benchmarks."""
    own = workspace.home / "imports"
    return (own.resolve(), *([b.resolve()] if (b := workspace.settings.benchmarks) else []))


def sources(workspace: Workspace) -> tuple[Importable, ...]:
    """What lies under the roots and looks like a corpus; a folder of split files counts as one."""
    found: list[Importable] = []
    for root in roots(workspace):
        if root.is_dir():
            _collect(root, root, found, _DEPTH)
    return tuple(found[:_MOST])


def _collect(root: Path, folder: Path, found: list[Importable], depth: int) -> None:
    try:
        entries = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError:  # a folder that may not be read has nothing to offer
        return
    files = [p for p in entries if p.is_file() and p.suffix.lower().lstrip(".") in ENDINGS]
    if files and folder != root:
        _note(root, folder, found)
    for file in files:
        _note(root, file, found)
    for inner in entries:
        if depth > 1 and len(found) < _MOST and inner.is_dir() and not inner.is_symlink():
            _collect(root, inner, found, depth - 1)


def _note(root: Path, path: Path, found: list[Importable]) -> None:
    try:
        kind = kind_of(path)
    except ErcError:  # not a corpus
        return
    found.append(Importable(str(path), f"{root.name}/{path.relative_to(root)}", kind, path.is_dir()))


def allowed(workspace: Workspace, path: str) -> Path:
    """The path, resolved; refused when it, or a file in it, leads outside the roots, with or without links."""
    try:
        resolved = (Path(path) if Path(path).is_absolute() else roots(workspace)[0] / path).resolve()
        uploads = (workspace.home / "uploads").resolve()
        meant = (resolved, *(p.resolve() for p in resolved.iterdir())) if resolved.is_dir() else (resolved,)
        inside = all(any(p.is_relative_to(root) for root in (*roots(workspace), uploads)) for p in meant)
        there = resolved.exists()
    except (OSError, ValueError) as error:
        raise InputError(f"{path!r} is no path: {error}", hint="choose from the list, or upload the files") from None
    if not inside:
        where = " or ".join(str(root) for root in roots(workspace))
        raise RefusedError(
            f"{path} is not under {where}, and the app reads nothing else",
            hint="upload the files, put them into the first of these folders, or use erc import on the command line",
        )
    if not there:
        raise NotFoundError(f"there is no file or folder {path}", hint="choose from the list, or upload the files")
    return resolved


def preview_path(workspace: Workspace, path: str) -> TablePreview:
    """The first rows of a delimited file under a root, or of the first such file of a folder."""
    file = allowed(workspace, path)
    if file.is_dir():
        tables = sorted(p for p in file.iterdir() if p.suffix.lower() in (".csv", ".tsv"))
        if not tables:
            raise NotFoundError(f"{path} has no CSV or TSV file", hint="choose another folder, or another kind")
        file = tables[0]
    try:
        with file.open("rb") as stream:
            return preview(stream.read(HEAD_BYTES + 1), file.name)
    except OSError as error:
        raise InputError(f"{file.name} cannot be read: {error}", hint="check its permissions") from None


def preview_upload(data: bytes, name: str) -> TablePreview:
    return preview(data[: HEAD_BYTES + 1], name)


def keep_upload(workspace: Workspace, files: Sequence[tuple[str, bytes]]) -> Path:
    """Uploaded files in a new folder under the workspace; one file comes back as itself, several as their folder."""
    if not files or len(files) > MAX_UPLOAD_FILES:
        raise InputError(f"{len(files)} files were chosen", hint=f"choose 1 to {MAX_UPLOAD_FILES}")
    size = sum(len(data) for _, data in files)
    if size > MAX_UPLOAD_BYTES:
        raise InputError(
            f"the files are {size / (1 << 20):,.0f} MiB together; {MAX_UPLOAD_BYTES >> 20} MiB is the most",
            hint=f"put them into {roots(workspace)[0]} and import by path, or use erc import",
        )
    names = [plain_file_name(name) for name, _ in files]
    if len(set(names)) < len(names):
        raise InputError("two files have the same name", hint="rename one, for example train.csv and dev.csv")
    remove_stale_uploads(workspace)
    folder = (workspace.home / "uploads" / token_hex(8)).resolve()
    write_atomically({folder / name: data for name, (_, data) in zip(names, files, strict=True)})
    return folder / names[0] if len(names) == 1 else folder


def looks_like(files: Sequence[tuple[str, bytes]]) -> str | None:
    """The kind that uploaded files look like by their names and heads; None when it is not clear."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            for name, data in files[:MAX_UPLOAD_FILES]:
                (Path(folder) / plain_file_name(name)).write_bytes(data[: HEAD_BYTES + 1])
            return kind_of(Path(folder))
        except (ErcError, OSError):  # it is asked for instead
            return None


def plain_file_name(name: str) -> str:
    """The last part of a name with nothing in it that leads elsewhere."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w.\- ]", "_", last).lstrip(". ")[-120:]
    if plain.rsplit(".", 1)[-1].lower() not in ENDINGS or "." not in plain:
        raise InputError(f"{last[:60]!r} is not a file of a known form", hint=f"endings: {', '.join(ENDINGS)}")
    return plain


def remove_stale_uploads(workspace: Workspace) -> None:
    """Folders that a process which died left behind."""
    uploads = workspace.home / "uploads"
    for folder in uploads.iterdir() if uploads.is_dir() else ():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def import_files(
    workspace: Workspace,
    *,
    kind: str,
    path: str,
    name: str,
    version: str | None = None,
    mapping: Mapping[str, str] | None = None,
    scheme_name: str | None = None,
    labels: Sequence[str] = (),
    split: str | None = None,
    licence: str | None = None,
    may_leave_machine: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> CorpusSummary:
    """As `datasets.import_corpus`, for paths that the app may read, with plain arguments that a job row can hold."""
    checked_name(name, "a corpus name")
    if split is not None and split not in tuple(Split):
        raise InputError(f"'{split}' is not a split", hint="train, dev or test")
    source = allowed(workspace, path)
    uploads = (workspace.home / "uploads").resolve()
    uploaded = source.is_relative_to(uploads)
    given = custom_scheme(scheme_name or name, labels) if labels else scheme(scheme_name) if scheme_name else None
    terms = Licence(licence or "not stated", may_leave_machine) if licence or may_leave_machine else None
    try:
        progress(f"reading {source.name if not uploaded else 'the uploaded files'}")
        loaded = load(
            kind, source, name, version=version or None, mapping=mapping or None, scheme=given,
            split=Split(split) if split else None, licence=terms,
        )  # fmt: skip
        if uploaded:
            files = sorted(p.name for p in source.iterdir()) if source.is_dir() else [source.name]
            loaded = replace(loaded, source=f"uploaded: {', '.join(files)}")
        progress(f"storing {len(loaded.corpus.dialogues):,} dialogues")
        save_corpus(workspace, loaded)
    finally:
        if uploaded:
            shutil.rmtree(uploads / source.relative_to(uploads).parts[0], ignore_errors=True)
    return describe(workspace, name)
