"""A PostgreSQL of our own for the tests: a temporary folder, a unix socket, a user other than root.

with running_server() as server:
    server.new_database()        # postgresql+psycopg://…, empty
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def binaries() -> Path | None:
    """The folder with initdb: of the newest Debian package, else of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    beside = [Path("/usr/lib/postgresql/15/bin/initdb"), *reversed(found)]
    for program in beside:
        if program.is_file():
            return program.parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@dataclass
class Server:
    folder: Path
    port: int
    programs: Path
    who: dict[str, Any]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        return f"postgresql://erc@/{database}?host={self.folder}&port={self.port}"

    def new_database(self, name: str | None = None) -> str:
        """The URL of a database that nobody has used."""
        name = name or f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def execute(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        where = {"host": str(self.folder), "port": self.port, "user": "erc", "dbname": database}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement.encode())

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")

    def make(self) -> None:
        self._run(
            "initdb", "-D", self.folder / "data", "-U", "erc", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-locale"
        )

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.programs / program), *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **self.who,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')[-500:]}")


@contextmanager
def running_server() -> Iterator[Server]:
    programs = binaries()
    if programs is None:
        raise FileNotFoundError("PostgreSQL's initdb")
    folder = Path(tempfile.mkdtemp(prefix="erc-pg-", dir="/tmp"))  # a socket's path has to be short
    who = _not_root(folder)
    server = Server(folder, _free_port(), programs, who)
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _not_root(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root lends the folder to another user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("no user 'postgres' or 'nobody' to run PostgreSQL as")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
