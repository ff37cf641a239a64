"""The model servers that config.toml names: where they are and, when asked, whether they answer.

for line in endpoint_lines(workspace, check=True):
    line.name, line.url, line.health.models, line.health.trouble
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from erc_engine.errors import ErcError
from erc_engine.llm.health import Health, look_at
from erc_engine.llm.server_address import servers_of
from erc_engine.settings import Address, Endpoint
from erc_engine.workflows.workspace import Workspace

CHECKED_AT_ONCE = 32


@dataclass(frozen=True)
class EndpointLine:
    """One server of an endpoint. `key` names a variable, never a key; `health` is None when nobody looked."""

    name: str
    url: str
    local: bool
    key: str
    most_at_once: int
    health: Health | None = None

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "health": vars(self.health) if self.health else None}


def endpoint_lines(
    workspace: Workspace, *, check: bool = False, environment: Mapping[str, str] | None = None
) -> tuple[EndpointLine, ...]:
    """Every server of every endpoint, in the order of config.toml; with `check` each is asked for its models."""
    given = os.environ if environment is None else environment
    places = [(e, n, a) for e in workspace.settings.endpoints.values() for n, a in enumerate(e.addresses)]
    if not check:
        return tuple(_line(endpoint, address) for endpoint, _, address in places)
    with ThreadPoolExecutor(CHECKED_AT_ONCE) as pool:
        found = pool.map(lambda place: _health(place[0], place[1], given), places)
        return tuple(_line(e, a, health) for (e, _, a), health in zip(places, found, strict=True))


def _line(endpoint: Endpoint, address: Address, health: Health | None = None) -> EndpointLine:
    url = shown(address.url)
    return EndpointLine(endpoint.name, url, endpoint.local, endpoint.key_env or "", address.most_at_once, health)


def _health(endpoint: Endpoint, number: int, environment: Mapping[str, str]) -> Health:
    try:
        return look_at(servers_of(endpoint, "", environment)[number])
    except ErcError as error:  # a key that is not set, an address that is none
        return Health(shown(endpoint.addresses[number].url), trouble=error.message)


def shown(url: str) -> str:
    """Without what may be a password or a key, should somebody have written one into an address."""
    return url.rpartition("@")[2].partition("?")[0]
