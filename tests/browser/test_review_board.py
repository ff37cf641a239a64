"""The script of the review board alone, called the ways Streamlit calls it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from erc_engine.workflows.review import QueuePlace
from tests.browser.conftest import Tab
from ui.components.review_keys import BOARD_JS

BOARD = """async (script) => {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  window.board = (await import(url)).default;
  document.body.innerHTML = "<div id=here></div>";
  window.sent = [];
  window.draw = (data) => window.board({
    parentElement: document.querySelector("#here"), data, setStateValue: (_, outbox) => window.sent.push(outbox),
  });
}"""
ITEM = {"corpus": "made", "dialogue": "d1", "annotator": "ana", "mode": "blind", "focus": "d1:0", "decision": "",
        "recorded": False, "label_kind": "intended"}  # fmt: skip
TURN = {"speaker": "Ana", "text": "You came!", "revision": "", "original": "", "label": "", "second": "",
        "unsure": False, "note": "", "stale": False}  # fmt: skip
DATA = {
    "item": {**ITEM, "turns": [{**TURN, "id": f"d1:{n}"} for n in range(3)]},
    "labels": [{"name": name, "definition": name, "colour": "#888888"} for name in ("neutral", "joy")],
    "none": "none of these",
    "place": vars(QueuePlace(1, 1, 0, 1)).copy(),
    "seen": "dialogue",
    "answers": [],
    "messages": [],
    "jump": 0,
}


@pytest.fixture
def page(tab: Tab) -> Any:
    opened = tab()
    opened.route(
        "http://board.test/*", lambda route: route.fulfill(body="<title>board</title>", content_type="text/html")
    )
    opened.goto("http://board.test/")  # an origin, as the board keeps what is not saved in the tab's storage
    opened.evaluate(BOARD, BOARD_JS)
    return opened


def labels(page: Any) -> list[str]:
    return [act["value"] for act in page.evaluate("window.sent.at(-1)?.acts ?? []")]


def test_data_that_newer_data_overtook_leave_the_board_listening(page: Any) -> None:
    data = json.dumps(DATA)
    page.evaluate(f"() => {{ window.draw({data})(); window.draw({data}); }}")
    page.wait_for_timeout(50)
    page.keyboard.press("2")
    assert labels(page) == ["joy"]


def test_a_board_that_was_taken_away_hears_no_more_keys(page: Any) -> None:
    data = json.dumps(DATA)
    page.evaluate(f"() => {{ const end = window.draw({data}); document.querySelector('#here').remove(); end(); }}")
    page.wait_for_timeout(50)
    page.keyboard.press("2")
    assert labels(page) == []


def test_what_is_not_answered_is_sent_again(page: Any) -> None:
    data = json.dumps(DATA)
    page.evaluate(f"() => {{ window.draw({data})(); window.draw({data}); }}")
    page.wait_for_timeout(50)
    page.keyboard.press("2")
    page.wait_for_timeout(5500)
    before = page.evaluate("window.sent.length")  # the act, and the place a little later: the server may be at it still
    assert before <= 2
    page.evaluate(f"() => window.draw({data})")  # it was heard, and has no answer
    page.wait_for_function(f"() => window.sent.length > {before}", timeout=10_000)
    assert labels(page) == ["joy"]


def test_keys_that_wait_for_an_answer_are_counted_at_once(page: Any) -> None:
    data = json.dumps(DATA)
    page.evaluate(f"() => window.draw({data})")
    page.wait_for_timeout(50)
    for key in "u2e1x":  # an undo, a label, and an edit whose text is typed ahead
        page.keyboard.press(key)
    assert page.locator(".board .unsaved").inner_text() == "3 not saved yet"
    page.keyboard.press("Escape")
    assert page.locator(".board .unsaved").inner_text() == "2 not saved yet"
