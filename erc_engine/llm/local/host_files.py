"""Where the processes of this machine find the host of a model, and how they agree that there is one.

    files = HostFiles(host_folder(os.environ), host_key(spec))
    files.address()            # Address(pid=…, port=…, token=…), or None while no host is alive
    with files.only_starter(): …

Three files a model, in a folder of the user's alone: `KEY.starting` is locked by who starts a host, `KEY.alive` by the
host for as long as it lives (the system unlocks it when the process dies, however it dies), and `KEY.json` says where
it listens. Another model, device or number format is another key; so are other files in the same folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from erc_engine import __version__
from erc_engine.errors import ErcError, InputError, NotFoundError, UnavailableError
from erc_engine.llm.local.spec import LocalSpec

_LOCKING_SECONDS = 5.0


@dataclass(frozen=True)
class Address:
    pid: int
    port: int
    token: str


def host_folder(environment: Mapping[str, str]) -> Path:
    """ERC_MODEL_HOSTS, or a folder of the user's own for running things; UnavailableError when it is not safe."""
    given = environment.get("ERC_MODEL_HOSTS") or environment.get("XDG_RUNTIME_DIR")
    folder = Path(given or tempfile.gettempdir()) / f"erc-models-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise UnavailableError(
            f"{folder} cannot be made: {error.strerror}", hint="set ERC_MODEL_HOSTS to a folder of yours"
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise UnavailableError(
            f"{folder} can be changed by others", hint="remove it, or set ERC_MODEL_HOSTS to a folder of yours"
        )
    return folder


def host_key(spec: LocalSpec) -> str:
    folder = spec.folder
    files = sorted(folder.glob("*.safetensors")) if folder is not None else []
    stamps = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    parts = (__version__, str(folder or spec.name), spec.revision, spec.device, spec.dtype, *stamps)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class HostFiles:
    folder: Path
    key: str

    @property
    def log(self) -> Path:
        return self.folder / f"{self.key}.log"

    def address(self) -> Address | None:
        """Where the host listens, None when it is not alive or still loading."""
        if not self._is_alive():
            return None
        try:
            found = json.loads((self.folder / f"{self.key}.json").read_text("utf-8"))
            return Address(found["pid"], found["port"], found["token"])
        except (OSError, ValueError, KeyError):
            return None

    def _is_alive(self) -> bool:
        try:
            with (self.folder / f"{self.key}.alive").open("r") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return False
        except BlockingIOError:
            return True
        except OSError:
            return False

    @contextmanager
    def only_starter(self) -> Iterator[None]:
        """Waits until no other process is starting a host for this model."""
        with (self.folder / f"{self.key}.starting").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def stay_alive(self) -> IO[str] | None:
        """The lock of the living host, None when another has it. Keep the file open."""
        file = (self.folder / f"{self.key}.alive").open("w")
        end = time.monotonic() + _LOCKING_SECONDS
        while time.monotonic() < end:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            except BlockingIOError:
                time.sleep(0.05)  # somebody looks whether a host is alive
        file.close()
        return None

    def tell(self, address: Address) -> None:
        self._write("json", asdict(address))

    def tell_failure(self, error: ErcError) -> None:
        self._write("error", {**error.to_json(), "kind": type(error).__name__})

    def failure(self) -> ErcError | None:
        """Why the last host could not start, in its own words."""
        try:
            found: dict[str, Any] = json.loads((self.folder / f"{self.key}.error").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        kinds: dict[str, type[ErcError]] = {"InputError": InputError, "NotFoundError": NotFoundError}
        kind = kinds.get(found.get("kind", ""), UnavailableError)
        return kind(str(found.get("message", "")), hint=str(found.get("hint", "")))

    def forget(self) -> None:
        for ending in ("json", "error"):
            with suppress(FileNotFoundError):
                (self.folder / f"{self.key}.{ending}").unlink()

    def _write(self, ending: str, content: dict[str, Any]) -> None:
        """Whole or not at all, and for the user's eyes only."""
        new = self.folder / f"{self.key}.{ending}.new"
        with suppress(FileNotFoundError):
            new.unlink()
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file)
        new.rename(self.folder / f"{self.key}.{ending}")
