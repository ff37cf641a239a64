"""One Chromium for the tests of a process, and tabs in it that fail their test when the browser saw an error.

    page = tab()                 # each call is another person: own cookies, own storage
    page = tab(outage=True)      # for a test that takes the server away: errors are expected

`tests/conftest.py` makes both fixtures known everywhere: Playwright can be started only once in a process.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Streamlit looks for its server below the page's own path first, and then at the root.
PROBE = re.compile(r"^/[a-z_]+/_stcore/(health|host-config)$")

Tab = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from tests.conftest import absent

    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        absent("Playwright is not installed: pip install playwright")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=found, args=QUIET)
        except Error as error:
            absent(f"no Chromium can be started (Debian package chromium): {str(error).splitlines()[0]}")
        yield launched
        launched.close()


def watched(page: Any) -> list[str]:
    """All that goes wrong in the page from now on: script errors, failed requests, errors on the console."""
    troubles: list[str] = []

    def console(message: Any) -> None:
        # a failed request is on the console too, and `response` below has it with its address
        if message.type == "error" and not message.text.startswith("Failed to load resource: the server responded"):
            troubles.append(f"console: {message.text}")

    def response(seen: Any) -> None:
        if seen.status >= 400 and not (seen.status == 404 and PROBE.match(urlsplit(seen.url).path)):
            troubles.append(f"{seen.status} for {seen.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("response", response)
    return troubles


@pytest.fixture
def tab(browser: Any) -> Iterator[Tab]:
    contexts: list[Any] = []
    watches: list[list[str]] = []

    def open_tab(*, scheme: str = "light", outage: bool = False) -> Any:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 950}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        if not outage:
            watches.append(watched(page))
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert [trouble for found in watches for trouble in found] == []
