"""Foreign database errors as ours: what was seen, whether waiting helps, and what a person can do.

    ours(error, url)      # UnavailableError("the disk is full", hint="free some space …")
    is_passing(error)     # True for "locked", deadlocks and serialisation failures: try again

SQLite is read by its error names, PostgreSQL by SQLSTATE. Passwords never get into a message.
"""

from __future__ import annotations

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from erc_engine.errors import ConflictError, ErcError, InputError, NotFoundError, UnavailableError

_SPACE = "free some space, then run the same command again: nothing was half written"
_WRITABLE = "check who owns the file and its folder (SQLite writes beside it, too) and how the disk is mounted"
_SQLITE: dict[str, tuple[type[ErcError], str, str]] = {
    "SQLITE_FULL": (UnavailableError, "the disk is full", _SPACE),
    "SQLITE_READONLY": (UnavailableError, "the database is read-only", _WRITABLE),
    "SQLITE_CANTOPEN": (UnavailableError, "the database file cannot be opened", _WRITABLE),
    "SQLITE_PERM": (UnavailableError, "the database file may not be read", _WRITABLE),
    "SQLITE_IOERR": (UnavailableError, "the disk reported an error", "check the disk, then run the same command again"),
    "SQLITE_BUSY": (
        UnavailableError,
        "another process has kept the database locked",
        "wait until it is done, or find it with: fuser -v FILE",
    ),
    "SQLITE_CORRUPT": (
        UnavailableError,
        "the database file is damaged",
        "restore a backup, or rescue what is readable with: sqlite3 FILE .recover",
    ),
    "SQLITE_NOTADB": (InputError, "the file is not a SQLite database", "choose another file with ERC_DATABASE_URL"),
}
_SQLITE["SQLITE_LOCKED"] = _SQLITE["SQLITE_BUSY"]

_LOGIN = "check user, password and host in ERC_DATABASE_URL"
_POSTGRESQL: dict[str, tuple[type[ErcError], str, str]] = {
    "53100": (UnavailableError, "the database server's disk is full", _SPACE),
    "53300": (
        UnavailableError,
        "the database server has no connection left",
        "close other apps or raise max_connections",
    ),
    "53": (UnavailableError, "the database server is out of memory or connections", "try again when it is less busy"),
    "25006": (UnavailableError, "the database is read-only", "connect to the primary server, or with another user"),
    "28": (UnavailableError, "the database server refused the login", _LOGIN),
    "3D000": (UnavailableError, "the database does not exist on the server", "create it once with: createdb NAME"),
    "42501": (UnavailableError, "the database user lacks a right", "grant this user CREATE and USAGE on the schema"),
    "55P03": (UnavailableError, "another process has kept rows locked", "wait until it is done, then try again"),
    "54": (InputError, "a value is too long for the database", "shorten ids and names to less than 2,000 characters"),
    "22": (InputError, "a value does not fit the database", "check ids and numbers for strange values"),
}
_PASSING = {"40001", "40P01", "55P03"}


def ours(error: SQLAlchemyError, url: URL) -> ErcError:
    if isinstance(getattr(error, "orig", None), ErcError):  # a value that a column refused
        return error.orig  # type: ignore[attr-defined]
    where = url.render_as_string(hide_password=True)
    seen = str(getattr(error, "orig", None) or error).strip().split("\n")[0][:300]
    if isinstance(error, IntegrityError):
        if _sqlstate(error) == "23503" or "FOREIGN KEY" in seen:
            return NotFoundError(f"the store lacks what this refers to: {seen}", hint="nothing was changed")
        return ConflictError(f"the store already holds this: {seen}", hint="nothing was changed")
    kind, message, hint = _known(error) or (UnavailableError, "the store cannot be used", _by_default(url))
    return kind(f"{message}: {where} ({seen})", hint=hint)


def is_passing(error: SQLAlchemyError) -> bool:
    """Whether the same transaction may succeed when it is simply run again."""
    return _sqlite_name(error) in ("SQLITE_BUSY", "SQLITE_LOCKED") or _sqlstate(error) in _PASSING


def _known(error: SQLAlchemyError) -> tuple[type[ErcError], str, str] | None:
    state = _sqlstate(error)
    found = _SQLITE.get(_sqlite_name(error))
    return found or _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])


def _sqlite_name(error: SQLAlchemyError) -> str:
    """Without the extension: SQLITE_IOERR_WRITE is SQLITE_IOERR."""
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", None) or ""
    return "_".join(name.split("_")[:2])


def _sqlstate(error: SQLAlchemyError) -> str:
    """PostgreSQL's code; a login that fails has none on the error itself, only its words."""
    original = getattr(error, "orig", None)
    state = getattr(original, "sqlstate", None)
    if state or not isinstance(error, DBAPIError):
        return state or ""
    words = str(original)
    if "password authentication failed" in words or "no password supplied" in words or "no pg_hba.conf" in words:
        return "28"
    if "too many clients" in words:
        return "53300"
    return "3D000" if 'database "' in words and "does not exist" in words else ""


def _by_default(url: URL) -> str:
    if url.drivername.startswith("postgresql"):
        return "check that the server runs and can be reached, and ERC_DATABASE_URL"
    return "check the file and its folder, or choose another with ERC_HOME"
