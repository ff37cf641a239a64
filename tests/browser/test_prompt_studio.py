"""Prompt studio in a browser: text on the page while the model still writes."""

from __future__ import annotations

from tests.browser.conftest import chosen
from tests.llm.fake_server import FakeServer, pauses


def settled(page) -> None:
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def test_a_reply_shows_before_it_is_complete_and_the_template_stays_as_typed(serve, tab, tmp_path) -> None:
    served = serve(tmp_path / "workspace")
    with FakeServer() as model:
        model.will(pauses("1. Ana [joy]: The ferry was", " early today.\n2. Bo [neutral]: It never is."))
        page = tab()
        page.set_default_timeout(60_000)
        page.goto(served.address)  # the first page after a start goes through app.py
        page.wait_for_selector("h1")
        page.goto(f"{served.address}/prompt_studio?recipe=meld-balanced")
        page.get_by_text("All versions, and what differs between two").wait_for()
        settled(page)
        chosen(page, "Model", "type a model")  # the second of that name is of the A/B
        spec = page.get_by_label("Model spec")
        spec.fill(f"openai:{model.url}#tiny-chat")
        spec.press("Enter")
        template = page.get_by_label("User", exact=True)
        template.fill("Exactly {{ turns }} turns on a pier. {{ format }}")
        template.press("Control+Enter")
        page.get_by_text("turns on a pier. Answer with").wait_for()
        page.get_by_role("button", name="Run samples").click()
        page.get_by_text("1. Ana [joy]: The ferry was", exact=True).first.wait_for()
        assert page.get_by_text("writing …", exact=True).count() >= 1
        assert page.get_by_text("It never is.").count() == 0
        model.released.set()
        page.get_by_text("It never is.").first.wait_for()
        page.get_by_text("14 tokens").first.wait_for()
        page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
        assert template.input_value() == "Exactly {{ turns }} turns on a pier. {{ format }}"
