"""One process at a time drives a generation run of this workspace.

with only_driver(workspace, "meld-extra"):
    ...

The lock is the operating system's: it is free at once when a process dies, also by `kill -9`. Between machines that
share a PostgreSQL database it does not reach; there the ledger's unique keys keep a run whole.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from erc_engine.errors import ConflictError, UnavailableError
from erc_engine.workflows.workspace import Workspace


@contextmanager
def only_driver(workspace: Workspace, run_id: str) -> Iterator[None]:
    """ConflictError when another process on this machine is at work on the run."""
    folder = workspace.home / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"run-{run_id}").open("w")
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
