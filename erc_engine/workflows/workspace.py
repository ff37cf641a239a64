"""One open workspace: its settings and its store.

with open_workspace() as workspace:
    workspace.store.corpora.names()
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from erc_engine.errors import UnavailableError
from erc_engine.settings import Settings
from erc_engine.store.database import Store, open_store


@dataclass(frozen=True)
class Workspace:
    settings: Settings
    store: Store

    @property
    def home(self) -> Path:
        return self.settings.home


@contextmanager
def open_workspace(settings: Settings | None = None) -> Iterator[Workspace]:
    """Open the workspace that the environment names, creating its folder and its database when they are new."""
    workspace = attach_workspace(settings)
    with workspace.store:
        yield workspace


def attach_workspace(settings: Settings | None = None, *, patience_seconds: float = 30.0) -> Workspace:
    """The same for a process that keeps it open to its end, as the app does, with less patience if need be."""
    chosen = settings or Settings.from_environment()
    try:
        chosen.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"the workspace folder {chosen.home} cannot be made: {error.strerror or error}",
            hint="set ERC_HOME to a folder that you may write to",
        ) from None
    return Workspace(chosen, open_store(chosen.database_url, patience_seconds=patience_seconds))
