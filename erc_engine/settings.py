"""What the environment says, read once: where the workspace, its database and the benchmarks are.

    ERC_HOME=./workspace  ERC_DATABASE_URL=sqlite:///./workspace/erc.db  ERC_BENCHMARKS=../shared/data

Endpoints of model servers are named in `<ERC_HOME>/config.toml`; keys come from the environment alone:

    [endpoints.lab]
    url = "http://127.0.0.1:8000/v1"
    key_env = "LAB_KEY"          # optional: the variable that holds the key
    local = true                 # optional: the server is ours, licensed text may go there
    timeout_seconds = 120        # optional
"""

from __future__ import annotations

import math
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from erc_engine.errors import InputError


@dataclass(frozen=True)
class Endpoint:
    """A named OpenAI-compatible server. `key_env` names the variable with its key, never the key itself."""

    name: str
    url: str
    key_env: str | None = None
    local: bool = False
    timeout_seconds: float = 120.0


@dataclass(frozen=True)
class Settings:
    home: Path
    database_url: str
    benchmarks: Path | None
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        env = os.environ if environment is None else environment
        home = Path(env.get("ERC_HOME") or "./workspace").expanduser()
        url = env.get("ERC_DATABASE_URL") or f"sqlite:///{(home / 'erc.db').resolve()}"
        benchmarks = Path(env.get("ERC_BENCHMARKS") or "../shared/data")
        return cls(home, url, benchmarks if benchmarks.is_dir() else None, _endpoints(home / "config.toml"))


def _endpoints(path: Path) -> dict[str, Endpoint]:
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("endpoints", {})
        return {name: _checked(Endpoint(name=name, **table)) for name, table in tables.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, AttributeError, OSError) as error:
        raise InputError(
            f"{path} cannot be read: {error}",
            hint='write [endpoints.NAME] with url = "…" and, if wanted, key_env, local, timeout_seconds',
        ) from None


def _checked(endpoint: Endpoint) -> Endpoint:
    """The same endpoint; TypeError where a value is of another type than is written in the dataclass."""
    seconds = endpoint.timeout_seconds
    right = {
        "url": isinstance(endpoint.url, str),
        "key_env": endpoint.key_env is None or isinstance(endpoint.key_env, str),
        "local": isinstance(endpoint.local, bool),
        "timeout_seconds": isinstance(seconds, int | float)
        and not isinstance(seconds, bool)
        and 0 < seconds < math.inf,
    }
    wrong = [key for key, is_right in right.items() if not is_right]
    if wrong:
        raise TypeError(f"endpoint {endpoint.name}: {', '.join(wrong)} cannot be used as written")
    return endpoint


def assets_folder() -> Path:
    """Recipes and recordings: those of the checkout, or those that were installed with the package."""
    checkout = Path(__file__).parents[1] / "assets"
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "erc-studio"
