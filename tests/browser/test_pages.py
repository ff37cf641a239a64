"""The demo workspace in a real browser: every page in both themes without an error; links; a restart behind them."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Served, Tab, opened
from ui.frame import PAGES

UNKNOWN = (
    "corpus=nowhere&dialogue=none&utterance=none&run=none&job=none&recipe=none&version=none&section=none&part=none"
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_without_an_error(shared_demo: Served, tab: Tab, scheme: str) -> None:
    page = tab(scheme=scheme)
    for name, info in PAGES.items():
        opened(page, f"{shared_demo.address}/{'' if name == 'home' else name}")
        assert page.locator("h1").inner_text() == info.title
        assert page.locator('[data-testid="stAlertContentError"]').count() == 0, f"{name} shows an error"


def test_an_unknown_id_in_the_address_is_a_message_and_the_page_lives(shared_demo: Served, tab: Tab) -> None:
    page = tab()
    for name in PAGES:
        opened(page, f"{shared_demo.address}/{'' if name == 'home' else name}?{UNKNOWN}")
        assert page.locator("h1").inner_text() == PAGES[name].title
