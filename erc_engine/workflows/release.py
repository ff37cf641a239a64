"""Six sets in one folder: balanced and matched, for MELD, EmoryNLP and IEMOCAP, each with its card.

    release(workspace, Path("out"), model="replay:")                     # Release
    release(workspace, Path("out"), model="replay:", only=["meld-balanced"], against={"meld": "my-meld"})

Label shares, lengths and transitions come from the benchmark's train split where it is imported, else from its
published counts. Each set's folder appears whole or not at all, in the order above; the same command goes on where it
stopped, and takes sets that are there as they are. A folder with anything else in it is refused.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from erc_engine.corpora.atomic import write_atomically
from erc_engine.domain.conversation import Origin, Split
from erc_engine.domain.labels import SCHEMES
from erc_engine.domain.release import Release, ReleasedSet
from erc_engine.errors import ConflictError, InputError, NotFoundError, RefusedError, UnavailableError
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.release_index import index_files
from erc_engine.workflows.release_set import FACTS, Say, SetOrder, Unfinished, make_set
from erc_engine.workflows.run_driver import Stop
from erc_engine.workflows.run_lock import only_one
from erc_engine.workflows.run_targets import PUBLISHED
from erc_engine.workflows.workspace import Workspace

SETS = {
    f"{benchmark}-{mix}": benchmark for benchmark in ("meld", "emorynlp", "iemocap") for mix in ("balanced", "matched")
}
SETTINGS = "release.json"
UTTERANCES = 2_000
_PART = ".part"


def release(
    workspace: Workspace,
    to: str | Path,
    *,
    model: str,
    utterances: int = UTTERANCES,
    seed: int = 1,
    only: Sequence[str] = (),
    against: Mapping[str, str] | None = None,
    recipes: Mapping[str, str] | None = None,
    window: int = 1,
    allow_address: bool = False,
    progress: Say = lambda text: None,
    stop: Stop | None = None,
) -> Release:
    """Make what is missing of a release in folder `to`, and its index; `only` names sets, in any order.

    `recipes` has another recipe for a set, which keeps its label shares: {"meld-balanced": "mine.yaml"}.
    """
    names = _chosen(only)
    own = dict(recipes or {})
    _chosen(tuple(own))
    likes = {benchmark: stand_in(workspace, benchmark, against or {}) for benchmark in dict.fromkeys(SETS.values())}
    settings = {"form": 1, "model": model, "utterances": utterances, "seed": seed, "window": window}
    if own:
        settings["recipes"] = {name: find_recipe(workspace, given).hash for name, given in own.items()}
    folder = Path(to)
    digest = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    with only_one(workspace, "release", digest):
        _begin(folder, settings)
        missing: dict[str, str] = {}
        for name in names:
            like = likes[SETS[name]]
            order = SetOrder(name, SETS[name], like, model, utterances, seed, window, allow_address, own.get(name))
            if (folder / name).exists():
                _refuse_another(workspace, _read(folder / name), order)
                progress(f"{name}: there already")
                continue
            try:
                _make(workspace, order, folder, progress, stop)
            except Unfinished as why:
                missing[name] = str(why)
                progress(f"{name}: {why}")
                if stop is not None and stop() is not None:
                    break
            finally:
                _index(folder, missing)
        return _index(folder, missing)


def _chosen(only: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in only if name not in SETS]
    if unknown:
        raise InputError(f"there is no set '{unknown[0]}' to release", hint=f"sets: {', '.join(SETS)}")
    return tuple(name for name in SETS if not only or name in only)


def stand_in(workspace: Workspace, benchmark: str, against: Mapping[str, str] = {}) -> str:
    """The corpus that stands for a benchmark: the one given, one of its name, any of its kind, or else its counts."""
    unknown = [name for name in against if name not in SETS.values()]
    if unknown:
        benchmarks = ", ".join(dict.fromkeys(SETS.values()))
        raise InputError(f"there is no set for '{unknown[0]}'", hint=f"write BENCHMARK=NAME, of {benchmarks}")
    corpora = workspace.store.corpora
    if benchmark in against:
        name = against[benchmark]
        if not corpora.exists(name):
            raise NotFoundError(
                f"there is no corpus '{name}'", hint=f"corpora here: {', '.join(corpora.names()) or 'none yet'}"
            )
        if not _usable(workspace, name, benchmark):
            raise RefusedError(
                f"'{name}' cannot stand for {benchmark}",
                hint=f"an imported corpus with a train split and the labels {', '.join(SCHEMES[benchmark].names)}",
            )
        return name
    named = [name for name in corpora.names() if name == benchmark]
    of_kind = [name for name in corpora.names() if corpora.stored(name).kind == benchmark]
    return next((n for n in (*named, *of_kind) if _usable(workspace, n, benchmark)), f"{PUBLISHED}{benchmark}")


def _usable(workspace: Workspace, name: str, benchmark: str) -> bool:
    stored = workspace.store.corpora.stored(name)
    if stored.origin is not Origin.IMPORTED or stored.scheme.names != SCHEMES[benchmark].names:
        return False
    return bool(workspace.store.corpora.get(name, splits=(Split.TRAIN,)).dialogues)


def _begin(folder: Path, settings: Mapping[str, Any]) -> None:
    """A new or empty folder, or a release of the same settings; what a killed process left half made is cleared."""
    path = folder / SETTINGS
    try:
        there = sorted(p.name for p in folder.iterdir()) if folder.exists() else []
        if there and not path.is_file():
            raise ConflictError(
                f"{folder} holds other files ({', '.join(there[:3])}{', …' if len(there) > 3 else ''})",
                hint="choose an empty folder, or a new one",
            )
        if any(name in SETS for name in there):  # without a set there is nothing that other settings could not replace
            _refuse_changes(folder, json.loads(path.read_text("utf-8")), settings)
        for name in SETS:
            shutil.rmtree(folder / f".{name}{_PART}", ignore_errors=True)
    except (OSError, ValueError) as error:
        raise UnavailableError(f"{folder} cannot be used: {error}", hint="choose another folder") from None
    write_atomically({path: (json.dumps(settings, indent=2) + "\n").encode()})


def _refuse_changes(folder: Path, before: Any, now: Mapping[str, Any]) -> None:
    old = before if isinstance(before, dict) else {}
    changed = [f"{key}: {old.get(key)} → {now.get(key)}" for key in {**now, **old} if old.get(key) != now.get(key)]
    if changed:
        raise ConflictError(
            f"{folder} is a release with other settings ({'; '.join(changed)})",
            hint="give the first settings to go on with it, or another folder",
        )


def _refuse_another(workspace: Workspace, made: ReleasedSet, order: SetOrder) -> None:
    hash_ = "" if order.like.startswith(PUBLISHED) else workspace.store.corpora.stored(order.like).hash
    if (made.like, made.like_hash) != (order.like, hash_):
        was, now = (f"{name} {h[:12]}".strip() for name, h in ((made.like, made.like_hash), (order.like, hash_)))
        raise ConflictError(
            f"{order.name} was released after {was}, now it would be after {now}",
            hint=f"release into another folder, or say --against {order.benchmark}=NAME",
        )


def _make(workspace: Workspace, order: SetOrder, folder: Path, progress: Say, stop: Stop | None) -> None:
    part = folder / f".{order.name}{_PART}"
    try:
        part.mkdir(parents=True)
        make_set(workspace, order, part, progress, stop)
        part.replace(folder / order.name)
    except OSError as error:
        raise UnavailableError(
            f"{folder / order.name} cannot be written: {error.strerror or error}",
            hint="check permissions and space; the same command goes on",
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _index(folder: Path, missing: Mapping[str, str]) -> Release:
    found = read_release(folder, missing)
    write_atomically({folder / name: data for name, data in index_files(found).items()})
    return found


def read_release(folder: Path, missing: Mapping[str, str] | None = None) -> Release:
    """Read from the folders that are there, so that it cannot say anything else."""
    sets = tuple(_read(folder / name) for name in SETS if (folder / name).is_dir())
    return Release(str(folder), sets, dict(missing or {}))


def _read(folder: Path) -> ReleasedSet:
    try:
        return ReleasedSet.from_json(json.loads((folder / FACTS).read_text("ascii")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConflictError(
            f"{folder} is no released set: {type(error).__name__}: {error}",
            hint="move it away and run the command again",
        ) from None
