"""The only caches of the app: the open workspace and the worker beside it.

workspace()        the same object for every session of this server
ensure_worker()    starts a worker process once; several apps on one workspace elect one
worked_out(…)      the answer of slow work, or None while a thread of this server is at it
figures()          charts that are drawn once for what they show (`ui.components.tables.drawn`)
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from erc_engine.workflows.jobs import start_worker
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace, attach_workspace

T = TypeVar("T")
PATIENCE_SECONDS = 0.6  # that a page waits for work before it says that it goes on
LOCK_SECONDS = 8.0  # that it waits for another process's lock on the database


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    _collect_garbage_seldom()
    return attach_workspace(patience_seconds=LOCK_SECONDS)


def _collect_garbage_seldom() -> None:
    """A large corpus is a million small objects, none of them garbage: looking for it takes a third of reading one.

    What is imported stays for good and is not looked at again; all else is, after more new objects than usual.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)


@st.cache_resource(show_spinner=False)
def ensure_worker() -> int:
    """The process id of this server's worker; it ends by itself when the server does."""
    return start_worker(workspace())


@st.cache_resource(show_spinner=False)
def figures() -> Remembered[go.Figure]:
    return Remembered(48)


@st.cache_resource(show_spinner=False)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "erc page work")


@dataclass(frozen=True)
class _Begun:
    """What is under work or not fetched yet; the lock keeps two sessions from beginning the same."""

    futures: dict[Hashable, Future[Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(show_spinner=False)
def _begun() -> _Begun:
    return _Begun()


def worked_out(key: Hashable, work: Callable[[], T]) -> T | None:
    """What `work` gives, when it is there at once; None while it goes on, and the page says so (`frame.working`).

    The workflow behind it remembers its answers: here is nothing but what is not fetched yet. Sessions that ask the
    same wait for the same work. A key that changes with what the work reads keeps a page from an answer of before.
    What `work` raises is raised here.
    """
    begun = _begun()
    with begun.lock:
        if key not in begun.futures:
            begun.futures[key] = _threads().submit(work)
        future: Future[T] = begun.futures[key]
    if future not in wait([future], PATIENCE_SECONDS).done:
        return None
    with begun.lock:
        if begun.futures.get(key) is future:
            del begun.futures[key]
    return future.result()


def under_work(key: Hashable) -> bool:
    future = _begun().futures.get(key)
    return future is not None and not future.done()
