"""The model server refuses, hangs or talks nonsense: the page says what is wrong, and keeps what was typed."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.domain.generation_runs import RunState
from erc_engine.llm import openai_server
from erc_engine.llm.retries import Retries
from erc_engine.workflows import generation, jobs
from tests.pages.conftest import ROOT, TIMEOUT_SECONDS
from ui import resources

NONSENSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n<b>*no* json</b>"
KINDS = {"refusing": "cannot be reached", "hanging": "sent nothing for", "nonsense": "<b>*no* json</b>"}


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between tries."""
    monkeypatch.setattr(openai_server, "Retries", lambda sleep: Retries(sleep=lambda seconds: None, times=1))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def port(kind: str) -> Iterator[int]:
    """Of a server of this kind."""
    listener = socket.create_server(("127.0.0.1", 0))
    held = []

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:  # the test is over
                return
            held.append(caller)
            if kind == "nonsense":
                caller.recv(65536)
                caller.sendall(NONSENSE)
                caller.close()

    if kind == "refusing":
        listener.close()
        yield 9  # nothing listens on "discard" here
        return
    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for caller in held:
        caller.close()


@pytest.fixture
def app(hurried: None, demo_home: Path, home: Path, port: int) -> AppTest:
    """The demo workspace, with the server as an endpoint."""
    shutil.copytree(demo_home, home)
    address = f"http://127.0.0.1:{port}/v1"
    (home / "config.toml").write_text(f'[endpoints.lab]\nurl = "{address}"\nlocal = true\ntimeout_seconds = 0.6\n')
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_SECONDS).run()


def words(app: AppTest) -> str:
    parts = (*app.caption, *app.markdown, *app.info, *app.warning, *app.error, *app.text)
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def with_lab(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"pages/{page}.py").run()
    app.selectbox(key=f"{page}.model").select("server lab").run()
    app.text_input(key=f"{page}.model.of.lab").input("tiny").run()
    assert not app.exception
    return app


def test_samples_say_why_there_is_no_reply(app: AppTest, kind: str) -> None:
    with_lab(app, "prompt_studio")
    edited = next(a for a in app.text_area if str(a.key).startswith("prompt_studio.user."))
    edited.input("Write {{ turns }} turns. {{ format }}").run()
    app.button(key="prompt_studio.run").click().run()
    assert app.session_state["prompt_studio.batch"].wait(90)
    app.run()
    assert not app.exception
    assert "0 of 4 would be accepted" in words(app)
    assert KINDS[kind] in words(app)
    assert app.text_input(key="prompt_studio.model.of.lab").value == "tiny"
    kept = next(a for a in app.text_area if str(a.key).startswith("prompt_studio.user."))
    assert kept.value == "Write {{ turns }} turns. {{ format }}"


def test_a_run_pauses_with_the_reason_and_can_go_on(app: AppTest, kind: str) -> None:
    with_lab(app, "generate")
    app.text_input(key="generate.name").input("mine")
    app.number_input(key="generate.utterances").set_value(50).run()
    app.button(key="generate.start").click().run()
    assert not app.exception
    space = resources.workspace()
    jobs.work(space, once=True)
    app.run()
    assert not app.exception
    report = generation.report(space, "mine")
    assert report.state is RunState.PAUSED
    assert report.books.balanced
    assert report.books.in_flight == report.books.accepted == 0
    assert "attempts in a row failed" in words(app)
    assert KINDS[kind] in words(app)
    assert not app.button(key="generate.resume").disabled
