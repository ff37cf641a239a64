"""Fixtures that every test may use: the real benchmarks where they are, and one torch thread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.chromium import browser as browser
from tests.browser.chromium import tab as tab

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
