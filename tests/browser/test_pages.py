"""The demo workspace in a real browser: every page in both themes without an error; deep links; hostile text."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.settings import Settings
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.workspace import open_workspace
from tests.browser.conftest import Served
from tests.builders import corpus
from tests.pages.conftest import demo_home as demo_home
from ui.frame import PAGES

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> $\\LaTeX$ [a](javascript:1) \u202eright to left :red[red]"


def opened(page: Any, address: str) -> list[str]:
    """Open an address and wait until it stands still; the console's errors."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    return errors


@pytest.fixture
def demo(serve: Callable[[Path], Served], demo_home: Path, tmp_path: Path) -> Served:
    return serve(Path(shutil.copytree(demo_home, tmp_path / "home")))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_without_an_error(demo: Served, browser: Any, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    try:
        for name, info in PAGES.items():
            page = context.new_page()
            errors = opened(page, demo.address if name == "home" else f"{demo.address}/{name}")
            assert page.locator("h1").inner_text() == info.title
            assert page.locator('[data-testid="stException"]').count() == 0, f"{name} raised"
            assert page.locator('[data-testid="stAlertContentError"]').count() == 0, f"{name} shows an error"
            assert [e for e in errors if "404" not in e] == [], f"{name} has console errors"
            page.close()
    finally:
        context.close()


def test_a_deep_link_keeps_its_query_after_a_restart(demo: Served, tab: Callable[[], Any]) -> None:
    page = tab()
    link = "datasets?corpus=demo-sitcom&dialogue=meld-matched-0003"
    opened(page, f"{demo.address}/{link}")
    page.get_by_text("meld-matched-0003").first.wait_for()
    assert "dialogue=meld-matched-0003" in page.url


@pytest.mark.parametrize("name", ["datasets", "review", "disagreement", "generate", "experiments", "jobs", "dedupe"])
def test_an_unknown_id_in_the_address_is_a_message_and_the_page_lives(
    demo: Served, tab: Callable[[], Any], name: str
) -> None:
    page = tab()
    opened(page, f"{demo.address}/{name}?corpus=nowhere&dialogue=none&run=none&job=none")
    assert page.locator("h1").inner_text() == PAGES[name].title
    assert page.locator('[data-testid="stException"]').count() == 0


def test_hostile_text_is_shown_as_text(serve: Callable[[Path], Served], tmp_path: Path, tab: Callable[[], Any]) -> None:
    home = tmp_path / "home"
    turns = (Utterance("h:0", HOSTILE, HOSTILE, "joy"), Utterance("h:1", "Bo", "Well.", "neutral"))
    with open_workspace(Settings.from_environment({"ERC_HOME": str(home)})) as workspace:
        save_corpus(workspace, Loaded(corpus(Dialogue("h", Split.TRAIN, turns), name="hostile"), (), "a file"))
    served = serve(home)
    page = tab()
    for name in ("datasets?corpus=hostile&dialogue=h", "imbalance", "disagreement?corpus=hostile&dialogue=h"):
        opened(page, f"{served.address}/{name}")
        assert page.title() != "owned"
        assert page.locator("img[src='x']").count() == 0
