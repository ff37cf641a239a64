"""What tests of the review page do again and again: sit down, press keys, wait until all is saved, read the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from erc_engine.domain.review import StoredEvent
from tests.browser.conftest import Served

TOGETHER_MS = 80
SAVED = ".board .saved:not(.unsaved)"


def begin(page: Any, served: Served, who: str) -> None:
    page.goto(f"{served.address}/review")
    say_who(page, who)


def say_who(page: Any, who: str) -> None:
    page.get_by_label("Your name", exact=True).fill(who)
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(".board .bubble").first.wait_for()


def press(page: Any, keys: Iterable[str]) -> None:
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(TOGETHER_MS)


def all_saved(page: Any) -> str:
    saved = page.locator(SAVED, has_text="saved ")
    saved.wait_for()
    text: str = saved.inner_text()
    return text


def told(events: tuple[StoredEvent, ...], who: str) -> list[tuple[str, str, str]]:
    mine = [e.event for e in events if e.event.annotator == who]
    return [(str(e.action), e.utterance, "" if e.action == "undo" else e.value) for e in mine]
