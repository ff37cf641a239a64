"""Where a store is: from a URL to a file or a server that can be used, or a refusal that says what to do.

    place("sqlite:///workspace/erc.db")          # URL of the absolute path; the folder is there afterwards
    place("postgresql://ana@db.lab/erc")         # postgresql+psycopg://…
    network_filesystem(Path("/mnt/lab/erc.db"))  # "nfs4", or None on a disk of this machine

SQLite's write-ahead log needs memory shared between processes, which network file systems do not give.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from erc_engine.errors import InputError, RefusedError, UnavailableError

MOUNTS = Path("/proc/mounts")
_NETWORK = re.compile(
    r"^(nfs\d*|cifs|smb\d*|smbfs|ncpfs|afs|auristorfs|coda|ceph|glusterfs|lustre|gpfs|beegfs\w*|orangefs|davfs2?"
    r"|fuse\.(sshfs|ceph|ceph-fuse|glusterfs|s3fs|rclone|gcsfuse|goofys|davfs2?|smbnetfs|curlftpfs|juicefs|mfs))$"
)
_HINT = "write sqlite:///folder/erc.db or postgresql://user@host/database"


def place(url: str) -> URL:
    """The URL to open, made absolute; InputError for what is no store, RefusedError on a network file system."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise InputError("the address of the store cannot be read", hint=_HINT) from None
    scheme = parsed.drivername.partition("+")[0]
    if scheme in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if scheme != "sqlite":
        raise InputError(f"a store cannot be kept in '{scheme}'", hint=_HINT)
    return _sqlite(parsed)


def _sqlite(url: URL) -> URL:
    name = url.database or ""
    if not name or name == ":memory:" or name.startswith("file:"):
        raise InputError("a store in SQLite needs a plain file", hint=_HINT)
    path = Path(name).expanduser().absolute()
    kind = network_filesystem(path)
    if kind is not None:
        raise RefusedError(
            f"{path} is on a network file system ({kind}), where SQLite loses data when two processes write",
            hint="keep the workspace on a local disk (ERC_HOME), or use PostgreSQL: ERC_DATABASE_URL=postgresql://…",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"the folder {path.parent} cannot be made: {error.strerror}",
            hint="choose a folder that you may write to, with ERC_HOME or ERC_DATABASE_URL",
        ) from None
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a database file", hint=_HINT)
    return url.set(drivername="sqlite+pysqlite", database=str(path))


def network_filesystem(path: Path, mounts: Path | None = None) -> str | None:
    """The kind of network file system that holds the path; None when it is local or nobody can tell."""
    try:
        lines = (mounts or MOUNTS).read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    resolved = path.resolve()
    kind, depth = "", -1
    for fields in (line.split(" ") for line in lines):
        if len(fields) < 3:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[1]))
        if resolved.is_relative_to(point) and len(point.parts) >= depth:
            kind, depth = fields[2], len(point.parts)
    return kind if _NETWORK.match(kind) else None
