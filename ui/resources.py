"""The only caches of the app: the open workspace and the worker beside it.

workspace()        the same object for every session of this server
ensure_worker()    starts a worker process once; several apps on one workspace elect one
"""

from __future__ import annotations

import streamlit as st

from erc_engine.workflows.jobs import start_worker
from erc_engine.workflows.workspace import Workspace, attach_workspace


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    return attach_workspace()


@st.cache_resource(show_spinner=False)
def ensure_worker() -> int:
    """The process id of this server's worker; it ends by itself when the server does."""
    return start_worker(workspace())
