"""Which servers a spec means, and whether they may have a key.

    find_servers("lab#qwen3-4b", endpoints, environment)                     # [endpoints.lab] of config.toml
    find_servers("http://127.0.0.1:8000/v1#qwen3-4b", endpoints, environment)   # a typed address: never a key

A key belongs to an endpoint that the configuration names. A typed address on this machine is fine; any other
is refused until the person says yes to it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from erc_engine.errors import InputError, RefusedError
from erc_engine.settings import Endpoint


@dataclass(frozen=True)
class Server:
    """`url` ends before `/chat/completions`. `local`: texts that may not leave this machine may go there.

    `least_at_once` and `most_at_once` bound how many requests are under way there. `timeout_seconds` is the most that a
    request may take; what is learnt from answers lowers it, never below `least_seconds`.
    """

    url: str
    model: str
    local: bool
    loopback: bool
    timeout_seconds: float
    key: str | None = field(default=None, repr=False)
    least_at_once: int = Endpoint.least_at_once
    most_at_once: int = Endpoint.most_at_once
    least_seconds: float = 10.0


def find_servers(
    written: str, endpoints: Mapping[str, Endpoint], environment: Mapping[str, str], *, allow_address: bool = False
) -> tuple[Server, ...]:
    """Read "NAME#model" or "http://host:port/v1#model"; InputError or RefusedError say what to write instead."""
    where, hash_sign, model = written.partition("#")
    if not hash_sign or not where or not model.strip():
        raise InputError(
            f"'openai:{_shown(written)}' does not name a server and a model",
            hint="write openai:NAME#model or openai:http://127.0.0.1:8000/v1#model",
        )
    if "://" in where:
        return (_typed(where, model.strip(), allow_address),)
    if where not in endpoints:
        raise InputError(
            f"no endpoint is named '{where}'",
            hint=f"config.toml names: {', '.join(endpoints) or 'none'}; "
            f'add [endpoints.{where}] with url = "http://…/v1", or type the whole address',
        )
    return servers_of(endpoints[where], model.strip(), environment)


def _typed(url: str, model: str, allow_address: bool) -> Server:
    parts = _checked(url)
    loopback = _is_loopback(parts.hostname or "")
    if not loopback and not allow_address:
        raise RefusedError(
            f"{parts.hostname} is not this machine, and prompts would be sent there",
            hint="name it in config.toml under [endpoints], or say yes with --allow-address",
        )
    return Server(url.rstrip("/"), model, loopback, loopback, Endpoint.timeout_seconds)


def servers_of(endpoint: Endpoint, model: str, environment: Mapping[str, str]) -> tuple[Server, ...]:
    """All servers of a named endpoint, which have one key."""
    key = _key(endpoint, environment)
    return tuple(
        Server(
            url=address.url.rstrip("/"),
            model=model,
            local=endpoint.local,
            loopback=_is_loopback(_checked(address.url).hostname or ""),
            timeout_seconds=endpoint.timeout_seconds,
            key=key,
            least_at_once=address.least_at_once,
            most_at_once=address.most_at_once,
        )
        for address in endpoint.addresses
    )


def _key(endpoint: Endpoint, environment: Mapping[str, str]) -> str | None:
    if not endpoint.key_env:
        return None
    key = environment.get(endpoint.key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise InputError(
            f"endpoint '{endpoint.name}' takes its key from {endpoint.key_env}, which is "
            + ("not a key that a header can carry" if key else "not set"),
            hint=f"export {endpoint.key_env}=… before starting, or remove key_env if the server needs none",
        )
    return key


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        secret = parts.username or parts.password or parts.query
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        secret, fits = "", False
    if not fits or any(character.isspace() for character in url):
        raise InputError(f"'{_shown(url)}' is no address of a server", hint="write http://host:port/v1 or https://…")
    if secret:
        raise InputError(
            "an address carries no user, password or query",
            hint="a key belongs to an endpoint of config.toml: key_env names the variable that holds it",
        )
    return parts


def _shown(url: str) -> str:
    """Without what may be a password or a key."""
    return url.rpartition("@")[2].partition("?")[0]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
