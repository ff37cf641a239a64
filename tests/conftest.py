"""Fixtures that every test may use: the real benchmarks where they are, one torch thread, a small local model."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.browser.chromium import browser as browser
from tests.browser.chromium import tab as tab
from tests.llm.small_model import make_small_model

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

REQUIRE_ALL = os.environ.get("ERC_REQUIRE_ALL") == "1"


def absent(what: str) -> None:
    """Skip with a clear word, or fail where everything is required (ERC_REQUIRE_ALL=1)."""
    if REQUIRE_ALL:
        pytest.fail(f"{what} (ERC_REQUIRE_ALL=1 asks for it)")
    pytest.skip(what)


@pytest.fixture(scope="session")
def benchmarks() -> Path:
    folder = Path(os.environ.get("ERC_BENCHMARKS") or Path(__file__).parents[1] / ".." / "shared" / "data")
    if not folder.is_dir():
        absent(f"the real benchmarks are not at {folder}: set ERC_BENCHMARKS to their folder")
    return folder.resolve()


@pytest.fixture(scope="session")
def assets() -> Path:
    return Path(__file__).parents[1] / "assets"


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a language model that writes noise."""
    return make_small_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="session")
def model_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which hosts of local models are started; they end with the tests."""
    folder = tmp_path_factory.mktemp("hosts")
    yield {**os.environ, "ERC_MODEL_HOSTS": str(folder), "ERC_MODEL_IDLE_SECONDS": "60", "ERC_MODEL_THREADS": "1"}
    for told in folder.glob("*/*.json"):
        with suppress(ProcessLookupError):
            os.kill(json.loads(told.read_text())["pid"], signal.SIGTERM)
