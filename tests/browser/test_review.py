"""Review in a browser: fast keys arrive complete and in order, a reload resumes, two people work side by side."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Origin
from erc_engine.domain.review import NONE_OF_THESE
from erc_engine.settings import Settings
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.browser.conftest import Served, Tab
from tests.browser.reviewing import TOGETHER_MS, all_saved, begin, press, told
from tests.builders import corpus, dialogue

KEYS = [*"123j4kk5tj6u7012a34n1p2", "Shift+3", *"4uux123"]
STORED = [
    ("label", "d1:0", "neutral"), ("label", "d1:1", "joy"), ("label", "d1:2", "surprise"), ("label", "d1:4", "anger"),
    ("label", "d1:3", "sadness"), ("unsure", "d1:4", "yes"), ("label", "d1:5", "disgust"), ("undo", "d1:5", ""),
    ("label", "d1:5", "fear"), ("label", "d1:6", NONE_OF_THESE), ("label", "d1:7", "neutral"), ("label", "d1:8", "joy"),
    ("accept", "", ""), ("label", "d2:0", "surprise"), ("label", "d2:1", "anger"), ("label", "d3:0", "neutral"),
    ("label", "d2:2", "joy"), ("second", "d2:3", "surprise"), ("label", "d2:3", "anger"), ("undo", "d2:3", ""),
    ("undo", "d2:3", ""), ("turn_down", "", ""), ("label", "d3:1", "neutral"), ("label", "d3:2", "joy"),
    ("label", "d3:3", "surprise"),
]  # fmt: skip


@pytest.fixture
def served(serve: Callable[[Any], Served], tmp_path: Any) -> Served:
    home = tmp_path / "workspace"
    with open_workspace(Settings.from_environment({"ERC_HOME": str(home)})) as workspace:
        lines = [f"{'Ana' if n % 2 else 'Bo'}: Line {n} <b>of</b> *many*. [disgust]" for n in range(12)]
        dialogues = [dialogue(*lines, id=f"d{n}") for n in (1, 2, 3)]
        save_corpus(workspace, Loaded(corpus(*dialogues, name="made", origin=Origin.GENERATED), (), "x"))
    return serve(home)


@pytest.fixture
def workspace(served: Served) -> Iterator[Workspace]:
    with open_workspace(Settings.from_environment({"ERC_HOME": str(served.home)})) as opened:
        yield opened


def test_fast_keys_are_stored_in_order_and_a_reload_resumes(served: Served, tab: Tab, workspace: Workspace) -> None:
    page = tab()
    begin(page, served, "ana")
    assert len(KEYS) >= 30
    press(page, KEYS)
    assert all_saved(page).startswith("saved ")
    assert told(workspace.store.review.events("made"), "ana") == STORED
    assert workspace.store.corpora.state_of("made") == {"d1": "kept", "d2": "turned_down", "d3": "kept"}
    focus = page.locator(".board .bubble.focus")
    page.wait_for_timeout(500)
    assert focus.get_attribute("data-utterance") == "d3:4"
    page.reload()
    focus.wait_for()
    assert focus.get_attribute("data-utterance") == "d3:4"
    assert page.get_by_label("Annotator", exact=True).input_value() == "ana"
    assert page.locator(".board .bubble[data-utterance='d3:3'] .chip").inner_text() == "surprise"


def test_two_annotators_label_at_the_same_time_and_see_only_their_own(
    served: Served, tab: Tab, workspace: Workspace
) -> None:
    ana, bo = tab(), tab()
    frames: list[str] = []
    bo.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))))
    begin(ana, served, "ana")
    begin(bo, served, "bo")
    for key in "1234567":
        ana.keyboard.press(key)
        bo.keyboard.press("2")
        ana.wait_for_timeout(TOGETHER_MS)
    all_saved(ana)
    all_saved(bo)
    events = workspace.store.review.events("made")
    scheme = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")
    assert told(events, "ana") == [("label", f"d1:{n}", label) for n, label in enumerate(scheme)]
    assert told(events, "bo") == [("label", f"d1:{n}", "joy") for n in range(7)]
    assert [chip.inner_text() for chip in bo.locator(".board .chip").all()] == ["joy"] * 7
    received = "".join(frames)
    assert "Line 0" in received
    assert '"intended":' not in received
    assert '"label": "disgust"' not in received
    assert bo.locator(".board .bubble .said").first.inner_text() == "Line 0 <b>of</b> *many*."


def test_the_mouse_does_all_that_the_keys_do_and_keys_can_be_switched_off(
    served: Served, tab: Tab, workspace: Workspace
) -> None:
    page = tab()
    begin(page, served, "cy")
    for name in ("2 joy", "T unsure", "U undo"):
        page.locator(".board").get_by_role("button", name=name, exact=True).click()
    page.locator(".board").get_by_role("button", name="keys are on", exact=True).click()
    press(page, ["1", "a"])
    page.locator(".board").get_by_role("button", name="keys are off", exact=True).click()
    page.locator(".board .bubble[data-utterance='d1:5']").click()
    press(page, ["e"])
    page.keyboard.type(" 1 a x")  # typed text is no command
    page.keyboard.press("Enter")
    all_saved(page)
    page.locator(".board .was").wait_for()
    assert told(workspace.store.review.events("made"), "cy") == [
        *(("label", "d1:0", "joy"), ("unsure", "d1:1", "yes"), ("undo", "d1:1", "")),
        ("edit", "d1:5", "Line 5 <b>of</b> *many*. 1 a x"),
    ]


def test_keys_work_after_a_choice_above_the_board_and_past_context_is_stored(
    served: Served, tab: Tab, workspace: Workspace
) -> None:
    page = tab()
    begin(page, served, "di")
    page.get_by_role("combobox", name="Context").click()
    page.get_by_text("past turns only").click()
    page.locator(".board .hidden-turns").wait_for()
    press(page, [*"1n12kk3"])  # the first dialogue was in sight as a whole before
    all_saved(page)
    seen = [(e.event.utterance, e.event.seen) for e in workspace.store.review.events("made")]
    assert seen == [("d1:0", "dialogue"), ("d2:0", "past"), ("d2:1", "past"), ("d2:0", "dialogue")]
    assert page.locator(".board .bubble").count() == 3


def test_keys_under_a_lock_wait_and_text_typed_before_the_editor_opens_is_no_command(
    served: Served, tab: Tab, workspace: Workspace
) -> None:
    page = tab()
    begin(page, served, "eve")
    press(page, "12")
    all_saved(page)
    with closing(sqlite3.connect(served.home / "erc.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        press(page, "ue 1ax")
        page.keyboard.press("Enter")
        press(page, "3")
        page.locator(".board .unsaved", has_text="3 not saved yet").wait_for()
        assert told(workspace.store.review.events("made"), "eve") == [
            ("label", "d1:0", "neutral"),
            ("label", "d1:1", "joy"),
        ]
        other.execute("ROLLBACK")
    all_saved(page)
    assert told(workspace.store.review.events("made"), "eve")[2:] == [
        ("undo", "d1:1", ""),
        ("edit", "d1:1", "Line 1 <b>of</b> *many*. 1ax"),
        ("label", "d1:1", "surprise"),
    ]


def test_a_lock_that_stays_is_said_on_the_board_and_nothing_pressed_is_lost(
    served: Served, tab: Tab, workspace: Workspace
) -> None:
    page = tab()
    begin(page, served, "flo")
    press(page, "1")
    all_saved(page)
    with closing(sqlite3.connect(served.home / "erc.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        press(page, "23")
        page.locator(".board .message", has_text="another process has kept the database locked").wait_for(
            timeout=60_000
        )
        press(page, "4")
        page.locator(".board .unsaved", has_text="3 not saved yet").wait_for()
        other.execute("ROLLBACK")
    all_saved(page)
    assert [(place, value) for _, place, value in told(workspace.store.review.events("made"), "flo")] == [
        ("d1:0", "neutral"), ("d1:1", "joy"), ("d1:2", "surprise"), ("d1:3", "anger"),
    ]  # fmt: skip
    page.locator(".board .message", has_text="Not saved yet").wait_for(state="hidden")
