"""What the environment says, read once: where the workspace, its database and the benchmarks are.

    ERC_HOME=./workspace  ERC_DATABASE_URL=sqlite:///./workspace/erc.db  ERC_BENCHMARKS=../shared/data

Endpoints of model servers are named in `<ERC_HOME>/config.toml`; keys come from the environment alone:

    [endpoints.lab]
    url = "http://127.0.0.1:8000/v1"
    key_env = "LAB_KEY"          # optional: the variable that holds the key
    local = true                 # optional: the server is ours, licensed text may go there
    timeout_seconds = 120        # optional: the most that a request may take
    most_at_once = 16            # optional: bounds of how many requests are under way there
    least_at_once = 1

    [endpoints.farm]             # several servers behind one name; all have the same key
    urls = ["http://node1:8000/v1", { url = "http://node2:8000/v1", most_at_once = 128 }]
    most_at_once = 64

    [endpoints.farm.prices."qwen3-4b"]     # optional: dollars for a million tokens
    prompt = 0.15
    completion = 0.60

    [models]
    small = "models/small-1b?window=16"    # hf:small is this folder, with these options

A folder of `<ERC_HOME>/models` needs no such line: it is known by its own name.
"""

from __future__ import annotations

import math
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erc_engine.errors import InputError


@dataclass(frozen=True)
class Address:
    """One server of an endpoint, with its bounds of how many requests are under way at once."""

    url: str
    least_at_once: int
    most_at_once: int


@dataclass(frozen=True)
class Price:
    """Dollars for a million tokens."""

    prompt: float
    completion: float


@dataclass(frozen=True)
class Endpoint:
    """A name for one or more OpenAI-compatible servers that serve the same models.

    Either `url`, or `urls` with addresses and tables of an address and its own bounds. `key_env` names the variable
    with their key, never the key itself. `prices` are by model.
    """

    name: str
    url: str = ""
    key_env: str | None = None
    local: bool = False
    timeout_seconds: float = 120.0
    urls: Sequence[str | Mapping[str, Any]] = ()
    least_at_once: int = 1
    most_at_once: int = 16
    prices: Mapping[str, Price] = field(default_factory=dict)

    @property
    def addresses(self) -> tuple[Address, ...]:
        bounds = {"least_at_once": self.least_at_once, "most_at_once": self.most_at_once}
        tables = [{"url": url} if isinstance(url, str) else url for url in self.urls or (self.url,)]
        return tuple(Address(**{**bounds, **table}) for table in tables)


@dataclass(frozen=True)
class Settings:
    home: Path
    database_url: str
    benchmarks: Path | None
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        env = os.environ if environment is None else environment
        home = Path(env.get("ERC_HOME") or "./workspace").expanduser()
        url = env.get("ERC_DATABASE_URL") or f"sqlite:///{(home / 'erc.db').resolve()}"
        benchmarks = Path(env.get("ERC_BENCHMARKS") or "../shared/data")
        endpoints, models = _configured(home)
        return cls(home, url, benchmarks if benchmarks.is_dir() else None, endpoints, models)


def _configured(home: Path) -> tuple[dict[str, Endpoint], dict[str, str]]:
    """Endpoints and local models that the workspace names."""
    path = home / "config.toml"
    try:
        tables = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
        endpoints = {name: _endpoint(name, table) for name, table in tables.get("endpoints", {}).items()}
        models = {name: _placed(home, written) for name, written in tables.get("models", {}).items()}
        return endpoints, _folders(home) | models
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, AttributeError, OSError) as error:
        raise InputError(
            f"{path} cannot be read: {error}",
            hint='write [endpoints.NAME] with url = "…" (or urls = ["…", "…"]) and, if wanted, key_env, local, '
            'timeout_seconds, least_at_once, most_at_once, prices; and [models] with NAME = "FOLDER"',
        ) from None


def _folders(home: Path) -> dict[str, str]:
    """Models that lie in the workspace's own folder for them."""
    return {path.parent.name: str(path.parent.resolve()) for path in sorted((home / "models").glob("*/config.json"))}


def _placed(home: Path, written: object) -> str:
    """A folder that is named from the workspace on, as a whole path; TypeError for what is no text."""
    if not isinstance(written, str):
        raise TypeError(f"a model is written as a text, not as {written!r}")
    name, mark, options = written.removeprefix("hf:").partition("?")
    inside = home / Path(name).expanduser()
    return f"{inside.resolve() if inside.is_dir() else name}{mark}{options}"


def _endpoint(name: str, table: Mapping[str, Any]) -> Endpoint:
    """TypeError where a value is not of the kind that is written in the dataclass."""
    written = {**table, "prices": {model: Price(**price) for model, price in table.get("prices", {}).items()}}
    endpoint = Endpoint(name=name, **written)
    prices = [value for price in endpoint.prices.values() for value in (price.prompt, price.completion)]
    right = {
        "url": isinstance(endpoint.url, str),
        "urls": isinstance(endpoint.urls, list | tuple) and bool(endpoint.url) != bool(endpoint.urls),
        "key_env": endpoint.key_env is None or isinstance(endpoint.key_env, str),
        "local": isinstance(endpoint.local, bool),
        "timeout_seconds": _is_number(endpoint.timeout_seconds) and endpoint.timeout_seconds > 0,
        "prices": all(_is_number(value) and value >= 0 for value in prices),
    }
    wrong = [key for key, is_right in right.items() if not is_right]
    if not wrong:
        wrong = [part for address in endpoint.addresses for part in _wrong_parts(address)]
    if wrong:
        raise TypeError(f"endpoint {name}: {', '.join(dict.fromkeys(wrong))} cannot be used as written")
    return endpoint


def _wrong_parts(address: Address) -> list[str]:
    whole = [isinstance(n, int) and not isinstance(n, bool) for n in (address.least_at_once, address.most_at_once)]
    bounds = all(whole) and 1 <= address.least_at_once <= address.most_at_once
    right = {"urls": isinstance(address.url, str), "least_at_once, most_at_once": bounds}
    return [key for key, is_right in right.items() if not is_right]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def assets_folder() -> Path:
    """Recipes and recordings: those of the checkout, or those that were installed with the package."""
    checkout = Path(__file__).parents[1] / "assets"
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "erc-studio"
