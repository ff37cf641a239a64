"""The one button of an empty page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from erc_engine.workflows import jobs
from tests.pages.conftest import empty_app as empty_app
from tests.pages.conftest import home as home
from ui import resources


def test_an_empty_page_builds_the_demo_once_and_leads_to_home(empty_app: AppTest) -> None:
    for page in ("imbalance", "dedupe"):
        empty_app.switch_page(f"pages/{page}.py").run()
        empty_app.button(key=f"{page}.demo").click().run()
        assert not empty_app.exception
        assert empty_app.title[0].value == "Home"
    assert [job.kind for job in jobs.jobs(resources.workspace())] == ["demo"]
