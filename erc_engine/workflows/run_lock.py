"""One process at a time drives a generation run of this workspace, or trains a training run.

with only_driver(workspace, "meld-extra"):
    ...
with only_one(workspace, "train", "v1-tfidf-s1-0a1b2c"):
    ...

The lock is the operating system's: it is free at once when a process dies, also by `kill -9`. Between machines that
share a PostgreSQL database it does not reach; there the ledger's unique keys keep a run whole.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from erc_engine.errors import ConflictError, UnavailableError
from erc_engine.workflows.workspace import Workspace


def only_driver(workspace: Workspace, run_id: str) -> AbstractContextManager[None]:
    """ConflictError when another process on this machine is at work on the generation run."""
    return only_one(workspace, "run", run_id)


@contextmanager
def only_one(workspace: Workspace, what: str, run_id: str) -> Iterator[None]:
    """ConflictError when another process on this machine is at work on the run of this kind."""
    folder = workspace.home / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"{what}-{run_id}").open("w")
    except OSError as error:
        raise UnavailableError(
            f"run '{run_id}' cannot be locked in {folder}: {error.strerror}", hint="check who owns that folder"
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(
                f"another process is at work on run '{run_id}'", hint="wait for it: erc jobs, erc runs"
            ) from None
        except OSError as error:
            raise UnavailableError(
                f"run '{run_id}' cannot be locked in {folder}: {error.strerror}",
                hint="keep the workspace (ERC_HOME) on a local disk",
            ) from None
        yield


def is_driven(workspace: Workspace, run_id: str) -> bool:
    """Whether a process on this machine is at work on a generation run; True where that cannot be found out."""
    try:
        with only_driver(workspace, run_id):
            return False
    except (ConflictError, UnavailableError):
        return True
