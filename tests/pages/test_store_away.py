"""The database locked, read-only, gone or junk under the running app: every page says so and lives on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from erc_engine.workflows import jobs
from ui import resources
from ui.frame import PAGES


def words(app: AppTest) -> str:
    return " ".join(e.value for e in (*app.caption, *app.info, *app.success, *app.error, *app.warning)).replace(
        "\\", ""
    )


def all_pages_live(app: AppTest, said: str, hint: str) -> None:
    for name, info in PAGES.items():
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception, name
        assert app.title[0].value == info.title
        assert said in words(app), name
        assert hint in words(app), name


def delete_the_file(home: Path) -> None:
    for file in home.glob("erc.db*"):
        file.unlink()


def put_another_in_its_place(home: Path) -> None:
    delete_the_file(home)
    with closing(sqlite3.connect(home / "erc.db")) as other:
        other.execute("CREATE TABLE another (id)")


def write_junk_over_it(home: Path) -> None:
    for file in home.glob("erc.db*"):
        file.write_bytes(b"not a database " * 5000)


@pytest.mark.parametrize(
    ("harm", "said", "hint"),
    [
        (delete_the_file, "is gone", "put it back"),
        (shutil.rmtree, "is gone", "put it back"),
        (put_another_in_its_place, "was replaced by another one", "start the app"),
        (write_junk_over_it, "", "Try: "),
    ],
)
def test_every_page_says_that_the_database_is_away(
    demo_app: AppTest, home: Path, harm: Callable[[Path], object], said: str, hint: str
) -> None:
    harm(home)
    all_pages_live(demo_app, said, hint)
    assert not (home / "erc.db").exists() or harm in (put_another_in_its_place, write_junk_over_it)


def test_a_file_that_was_put_aside_and_back_serves_on(demo_app: AppTest, home: Path) -> None:
    (home / "erc.db").rename(home / "aside.db")
    demo_app.switch_page("pages/jobs.py").run()
    assert "is gone" in words(demo_app)
    (home / "aside.db").rename(home / "erc.db")
    demo_app.run()
    assert not demo_app.error
    assert resources.workspace().store.corpora.names() == ("demo-balanced", "demo-copies", "demo-sitcom")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "PATIENCE_SECONDS", 0.2)


def test_under_a_lock_pages_are_read_and_a_click_says_who_is_in_the_way(
    impatient: None, demo_app: AppTest, home: Path
) -> None:
    with closing(sqlite3.connect(home / "erc.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for name, info in PAGES.items():
            demo_app.switch_page(f"pages/{name}.py").run()
            assert not demo_app.exception, name
            assert not demo_app.error, name
            assert demo_app.title[0].value == info.title
        demo_app.switch_page("pages/experiments.py").run()
        demo_app.number_input(key="experiments.train.seed").set_value(7)
        demo_app.button(key="experiments.train.go").click().run()
        assert not demo_app.exception
        assert "another process has kept the database locked" in words(demo_app)
        assert "wait until it is done" in words(demo_app)
        assert demo_app.number_input(key="experiments.train.seed").value == 7
        other.execute("ROLLBACK")
    demo_app.button(key="experiments.train.go").click().run()
    (job,) = jobs.under_way(resources.workspace())
    assert job.arguments["seed"] == 7


def test_a_read_only_database_is_read_and_a_click_says_what_to_check(demo_app: AppTest) -> None:
    engine = resources.workspace().store._database._engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA query_only = ON").close())
    for name, info in PAGES.items():
        demo_app.switch_page(f"pages/{name}.py").run()
        assert not demo_app.exception, name
        assert not demo_app.error, name
        assert demo_app.title[0].value == info.title
    demo_app.switch_page("pages/generate.py").run()
    demo_app.session_state["generate.name"] = "mine"
    demo_app.run()
    demo_app.button(key="generate.start").click().run()
    assert not demo_app.exception
    assert "the database is read-only" in words(demo_app)
    assert "check who owns the file" in words(demo_app)
    assert demo_app.text_input(key="generate.name").value == "mine"
