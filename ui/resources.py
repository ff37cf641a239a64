"""The only caches of the app: the open workspace and the worker beside it.

workspace()        the same object for every session of this server
ensure_worker()    starts a worker process once; several apps on one workspace elect one
worked_out(…)      the answer of slow work, or None while a thread of this server is at it
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import streamlit as st

from erc_engine.workflows.jobs import start_worker
from erc_engine.workflows.workspace import Workspace, attach_workspace

T = TypeVar("T")
PATIENCE_SECONDS = 0.6  # that a page waits for work before it says that it goes on
LOCK_SECONDS = 8.0  # that it waits for another process's lock on the database


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    return attach_workspace(patience_seconds=LOCK_SECONDS)


@st.cache_resource(show_spinner=False)
def ensure_worker() -> int:
    """The process id of this server's worker; it ends by itself when the server does."""
    return start_worker(workspace())


@st.cache_resource(show_spinner=False)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "erc page work")


@st.cache_resource(show_spinner=False)
def _begun() -> dict[Hashable, Future[Any]]:
    return {}


def worked_out(key: Hashable, work: Callable[[], T]) -> T | None:
    """What `work` gives, when it is there at once; None while it goes on, and the page says so (`frame.working`).

    The workflow behind it remembers its answers: here is nothing but what is not fetched yet. Sessions that ask the
    same wait for the same work. What `work` raises is raised here.
    """
    begun = _begun()
    future: Future[T] = begun.get(key) or begun.setdefault(key, _threads().submit(work))
    if future not in wait([future], PATIENCE_SECONDS).done:
        return None
    begun.pop(key, None)
    return future.result()


def under_work(key: Hashable) -> bool:
    future = _begun().get(key)
    return future is not None and not future.done()
