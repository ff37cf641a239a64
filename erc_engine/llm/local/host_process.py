"""Starting the host of a model, and being it.

    address = reach(spec, os.environ)      # of the host that runs, or of one that is started now

The first process that asks starts the host and waits until the model is loaded; the others wait for the same one. The
host is nobody's child in effect: it goes on when who started it ends, and ends by itself after ERC_MODEL_IDLE_SECONDS
(900) without a request.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from erc_engine.errors import ErcError, UnavailableError
from erc_engine.llm.local.host_files import Address, HostFiles, host_folder, host_key
from erc_engine.llm.local.spec import LocalSpec

IDLE_SECONDS = 900.0
ENDING_SECONDS = 2.0
_STARTED: list[subprocess.Popen[bytes]] = []  # asked now and then whether they have ended, so that no zombie is left


def reach(spec: LocalSpec, environment: Mapping[str, str]) -> Address:
    """Where the model's host listens. The host's own error when it cannot load the model."""
    files = HostFiles(host_folder(environment), host_key(spec))
    found = files.address()
    if found is not None:
        return found
    with files.only_starter():
        return files.address() or _started(spec, files, environment)


def wait_for_end(spec: LocalSpec, environment: Mapping[str, str], address: Address) -> None:
    """Until the host of a lost connection is known to be dead: the system closes its connections a moment before."""
    files = HostFiles(host_folder(environment), host_key(spec))
    end = time.monotonic() + ENDING_SECONDS
    while files.address() == address and time.monotonic() < end:
        time.sleep(0.02)


def is_loaded(spec: LocalSpec, environment: Mapping[str, str]) -> bool:
    return HostFiles(host_folder(environment), host_key(spec)).address() is not None


def _started(spec: LocalSpec, files: HostFiles, environment: Mapping[str, str]) -> Address:
    _STARTED[:] = [process for process in _STARTED if process.poll() is None]
    files.forget()
    command = [sys.executable, "-m", "erc_engine.llm.local.host_process", str(files.folder), files.key]
    with files.log.open("wb") as log:
        process = subprocess.Popen(
            [*command, json.dumps(asdict(spec))],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**environment, "TOKENIZERS_PARALLELISM": "false"},
        )
    _STARTED.append(process)
    while True:
        found = files.address()
        if found is not None:
            return found
        if process.poll() is not None:
            raise files.failure() or UnavailableError(
                f"the process that loads '{spec.name}' ended with {process.returncode}: {_last_line(files.log)}",
                hint=f"see {files.log}",
            )
        time.sleep(0.05)


def _last_line(path: Path) -> str:
    lines = path.read_text("utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"


def main(folder: str, key: str, spec: str) -> int:
    """Load the model, serve it, and end when nobody asks any more."""
    files = HostFiles(Path(folder), key)
    alive = files.stay_alive()
    if alive is None:
        return 0
    with alive:
        try:
            return _serve(
                files, LocalSpec(**json.loads(spec)), float(os.environ.get("ERC_MODEL_IDLE_SECONDS", IDLE_SECONDS))
            )
        except ErcError as error:
            files.tell_failure(error)
            print(error.message, file=sys.stderr)
            return 1


def _serve(files: HostFiles, spec: LocalSpec, idle_seconds: float) -> int:
    from erc_engine.llm.local.batching import Batching
    from erc_engine.llm.local.host import Host
    from erc_engine.llm.local.loading import load

    loaded = load(spec)
    batching = Batching(loaded.model, loaded.end_tokens)
    with Host(loaded, batching, secrets.token_urlsafe(32)) as host:
        serving = threading.Thread(target=host.serve_forever, name="host", daemon=True)
        serving.start()
        files.tell(Address(os.getpid(), host.port, host.token))
        while host.idle_seconds() < idle_seconds:
            time.sleep(min(1.0, idle_seconds / 4))
        files.forget()  # nobody new finds it; who found it a moment ago is still answered
        while host.idle_seconds() < min(1.0, idle_seconds):
            time.sleep(0.05)
        host.shutdown()
        batching.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
