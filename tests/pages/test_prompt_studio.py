"""Prompt studio: edit, see, try, save, compare."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.workflows.recipes import find_recipe
from tests.llm.fake_server import FakeServer, event, pauses, piece, raw
from ui import resources


def opened(app: AppTest, **link: str) -> AppTest:
    for name, value in link.items():
        app.query_params[name] = value
    return app.switch_page("pages/prompt_studio.py").run()


def checked(app: AppTest) -> Any:
    """The check of the recipe, which the page does not wait long for."""
    for _ in range(50):
        if found := [e for e in app.expander if e.label.startswith("Check of the recipe")]:
            return found[0]
        time.sleep(0.1)
        app.run()
    raise AssertionError(words(app))


def words(app: AppTest) -> str:
    parts = (*app.caption, *app.markdown, *app.info, *app.warning, *app.error, *app.text, *app.success)
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def area(app: AppTest, role: str):  # type: ignore[no-untyped-def]
    return next(a for a in app.text_area if str(a.key).startswith(f"prompt_studio.{role}."))


def test_recipes_can_be_edited_before_there_is_any_corpus(empty_app: AppTest) -> None:
    app = opened(empty_app)
    assert not app.exception
    assert any("Answer with one numbered line a turn" in block.value for block in app.code)


def test_a_template_that_cannot_work_is_told_with_a_hint_and_cannot_be_saved(demo_app: AppTest) -> None:
    app = opened(demo_app, recipe="meld-balanced")
    area(app, "user").input("Write {{ turnz }} turns.").run()
    assert not app.exception
    assert "turnz" in words(app)
    assert "Try:" in words(app)
    assert not [button for button in app.button if button.key == "prompt_studio.save"]


def test_an_edit_is_rendered_at_once_and_saved_as_the_next_version(demo_app: AppTest) -> None:
    app = opened(demo_app, recipe="meld-balanced")
    area(app, "user").input("Exactly {{ turns }} turns, please. {{ format }}").run()
    assert any("turns, please. Answer with" in block.value for block in app.code)
    app.button(key="prompt_studio.save").click().run()
    assert not app.exception
    assert "Saved as meld-balanced, version 2" in words(app)
    saved = resources.workspace().store.recipes.versions("meld-balanced")
    assert [s.version for s in saved] == [1, 2]
    assert find_recipe(resources.workspace(), saved[1].hash).user.startswith("Exactly {{ turns }} turns, please.")
    assert app.selectbox(key="prompt_studio.recipe").value == saved[1].hash


def test_samples_of_recorded_text_say_that_the_prompt_is_not_read(demo_app: AppTest) -> None:
    app = opened(demo_app, recipe="meld-balanced")
    assert "This model does not read the prompt" in words(app)
    app.button(key="prompt_studio.run").click().run()
    app.session_state["prompt_studio.batch"].wait(10)
    app.run()
    assert not app.exception
    assert "4 of 4 would be accepted" in words(app)
    assert [str(block.value) for block in app.code if str(block.value).startswith("1. ")]


def typed_model(app: AppTest, server: FakeServer, count: int = 1) -> AppTest:
    app.selectbox(key="prompt_studio.model").select("type a model").run()
    app.text_input(key="prompt_studio.model.spec").input(f"openai:{server.url}#tiny-chat")
    app.number_input(key="prompt_studio.count").set_value(count)
    return app.run()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def came(app: AppTest, text: str) -> AppTest:
    """The page once a reply under way holds this text."""
    batch = app.session_state["prompt_studio.batch"]
    deadline = time.monotonic() + 10
    while not any(text in sample.raw for sample in batch.samples) and time.monotonic() < deadline:
        batch.wait(0.01)
    return app.run()


def test_a_reply_is_seen_while_it_is_written_and_what_was_typed_stays(demo_app: AppTest, server: FakeServer) -> None:
    server.will(pauses("1. Ana [joy]: The ferry", " was early.\n2. Bo [neutral]: It never is."))
    app = typed_model(opened(demo_app, recipe="meld-balanced"), server)
    area(app, "user").input("Exactly {{ turns }} turns on a pier. {{ format }}").run()
    app.button(key="prompt_studio.run").click().run()
    app = came(app, "The ferry")
    assert "1. Ana [joy]: The ferry" in [block.value for block in app.code]
    assert "writing" in words(app)
    server.released.set()
    app.session_state["prompt_studio.batch"].wait(10)
    app.run()
    assert not app.exception
    assert any("It never is." in block.value for block in app.code)
    assert "14 tokens" in words(app)  # the server's own count
    assert area(app, "user").value.startswith("Exactly {{ turns }} turns on a pier.")
    assert "on a pier" in server.seen[0].body["messages"][1]["content"]


def test_a_stop_in_the_middle_keeps_what_came(demo_app: AppTest, server: FakeServer) -> None:
    server.will(pauses("1. Ana [joy]: The ferry was early.\n2. Bo"))
    app = typed_model(opened(demo_app, recipe="meld-balanced"), server)
    app.button(key="prompt_studio.run").click().run()
    app = came(app, "2. Bo")
    app.button(key="prompt_studio.stop").click().run()
    assert not app.exception
    assert "stopped" in words(app)
    assert any("The ferry was early." in block.value for block in app.code)
    assert not [button for button in app.button if button.key == "prompt_studio.stop"]


def test_a_broken_stream_shows_what_came_and_a_dead_server_what_to_do(demo_app: AppTest, server: FakeServer) -> None:
    server.will(raw(event(piece("1. Ana [joy]: The ferry was early."))))
    app = typed_model(opened(demo_app, recipe="meld-balanced"), server)
    app.button(key="prompt_studio.run").click().run()
    app.session_state["prompt_studio.batch"].wait(10)
    app.run()
    assert not app.exception
    assert "broke off: connection" in words(app)
    assert any("The ferry was early." in block.value for block in app.code)
    assert "Try: is it running, and is this its address?" in words(app)


def test_a_link_to_an_unknown_recipe_leaves_the_page_alive(demo_app: AppTest) -> None:
    app = opened(demo_app, recipe="nowhere")
    assert not app.exception
    assert "There is no recipe nowhere in this workspace." in words(app)


def test_the_check_of_the_recipe_says_what_a_template_leaves_out(demo_app: AppTest) -> None:
    app = opened(demo_app, recipe="meld-balanced")
    assert checked(app).label.startswith("Check of the recipe: 1 warning")
    area(app, "user").input("Write {{ turns }} turns.").run()
    assert not app.exception
    assert checked(app).label.startswith("Check of the recipe: 3 errors")
    assert checked(app).proto.expanded
    told = next(d.value for d in app.dataframe if "what to do" in d.value)
    assert "the speakers are never named, and others are refused" in list(told["what"])


def test_attributes_of_a_generated_set_are_measured_on_the_page(demo_app: AppTest) -> None:
    app = opened(demo_app, recipe="meld-balanced")
    app.button(key="prompt_studio.attributes.measure").click().run()
    assert not app.exception
    measured = next(d.value for d in app.dataframe if "by chance" in d.value)
    assert list(measured["attribute"]) == ["relationship", "setting", "event", "register"]
    assert "No value gives a label away beyond chance" in words(app)
