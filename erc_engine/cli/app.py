"""`erc app`: the app in the browser, on this machine alone unless told otherwise."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from erc_engine.cli.output import note
from erc_engine.errors import ConflictError, InputError, NotFoundError, RefusedError, UnavailableError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def register(to: typer.Typer) -> None:
    to.command()(app)


def app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to serve it.")] = 8501,
    address: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    anyone: Annotated[
        bool, typer.Option("--anyone", help="Allow an address that others can reach: there is no login.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", hidden=True)] = False,
) -> None:
    """Open the workspace in the browser."""
    if address not in LOOPBACK and not anyone:
        raise RefusedError(
            f"{address} can be reached from other machines, and the app has no login",
            hint="put a proxy with a login in front of it and say --anyone, or leave --address out",
        )
    script = _script()
    if find_spec("streamlit") is None:
        raise UnavailableError("streamlit is not installed", hint="pip install -r requirements.txt")
    _free(address, port)
    note(f"http://{address}:{port}  (Ctrl-C stops)")
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    options = {"server.address": address, "server.port": str(port), **_settings(script.parent)}
    command += [f"--{name}={value}" for name, value in options.items()]
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606  the server takes this process over, so Ctrl-C and signals reach it


def _free(address: str, port: int) -> None:
    """ConflictError where something serves there already, InputError where this machine has no such address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free, as the server sees it
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ConflictError(
                    f"something serves on port {port} of {address} already",
                    hint=f"open http://{address}:{port}, or take another port: erc app --port {port % 65535 + 1}",
                ) from None
            raise InputError(
                f"nothing can be served on port {port} of {address}: {error.strerror or error}",
                hint="give an address of this machine, and a port above 1023 unless you are root",
            ) from None


def _script() -> Path:
    """`app.py` of the checkout, or as it was installed with the package."""
    for folder in (Path(__file__).parents[2], Path(sys.prefix) / "share" / "erc-studio"):
        if (folder / "app.py").is_file() and (folder / "pages").is_dir():
            return folder / "app.py"
    raise NotFoundError("the app was not installed with this package", hint="pip install erc-studio again")


def _settings(folder: Path) -> dict[str, str]:
    """Streamlit reads its configuration from the folder where it is started, which may be any: so it is passed on."""
    import tomllib

    tables = tomllib.loads((folder / ".streamlit" / "config.toml").read_text("utf-8"))
    found = {}
    for table, values in tables.items():
        for name, value in values.items():
            for key, each in value.items() if isinstance(value, dict) else [("", value)]:
                full = ".".join(part for part in (table, name, key) if part)
                found[full] = each if isinstance(each, str) else json.dumps(each)
    return {name: value for name, value in found.items() if name not in ("server.address", "server.port")}
