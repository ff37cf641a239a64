"""Opening a store: fresh, again, by two processes at once, too new, foreign, away."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from erc_engine.errors import InputError, UnavailableError
from erc_engine.store.database import open_store
from erc_engine.store.schema import VERSION_TABLE
from tests.builders import corpus, dialogue
from tests.store.postgres_server import Server

ROOT = Path(__file__).parents[2]
OPEN_AND_ADD = """
import sys
from erc_engine.store.database import open_store
from tests.builders import corpus, dialogue
sys.stdin.readline()
with open_store(sys.argv[1]) as store:
    for n in range(int(sys.argv[3])):
        one = corpus(dialogue("Ana: You came! [joy]", id=f"{sys.argv[2]}-{n}"), name=f"{sys.argv[2]}-{n}")
        store.corpora.add(one, faults=(), source="test", hash=str(n))
print("alembic" in sys.modules)
"""


def start(program: str, *arguments: str, **more: object) -> subprocess.Popen[str]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env=environment, text=True, cwd="/", **pipes, **more
    )  # type: ignore[call-overload]


def together(*processes: subprocess.Popen[str]) -> list[str]:
    """Lets them begin at the same moment; what each printed."""
    for process in processes:
        process.stdin.write("go\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [p.returncode for p in processes] == [0] * len(processes), answers
    return [out.strip() for out, _ in answers]


def test_two_processes_may_open_a_fresh_workspace_at_once(url: str) -> None:
    together(*(start(OPEN_AND_ADD, url, name, "1") for name in "ab"))
    with open_store(url) as store:
        assert store.corpora.names() == ("a-0", "b-0")


def test_two_processes_write_at_the_same_time_and_both_succeed(url: str) -> None:
    open_store(url).close()
    imported_alembic = together(*(start(OPEN_AND_ADD, url, name, "25") for name in "ab"))
    with open_store(url) as store:
        assert len(store.corpora.names()) == 50
    assert imported_alembic == ["False", "False"]  # nothing to migrate, so it is not even loaded


def test_what_was_stored_is_there_after_opening_again(url: str) -> None:
    with open_store(url) as store:
        store.corpora.add(corpus(dialogue("Ana: You came! [joy]")), faults=(), source="a.csv", hash="1")
    with open_store(url) as store:
        assert store.corpora.get("c").dialogues == (dialogue("Ana: You came! [joy]"),)


def test_a_store_of_a_newer_version_is_refused_with_a_hint(url: str) -> None:
    with open_store(url) as store:
        store._database.write(lambda c: c.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")))
    with pytest.raises(InputError, match="newer ERC Studio") as refused:
        open_store(url)
    assert refused.value.code == "newer_store"
    assert "update" in refused.value.hint


def test_a_closed_store_says_so(url: str) -> None:
    store = open_store(url)
    store.close()
    with pytest.raises(UnavailableError, match="closed"):
        store.corpora.names()


def test_a_relative_path_stays_where_it_was_when_the_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///deep/er/erc.db") as store:
        monkeypatch.chdir("/")
        store.corpora.create_empty(corpus(name="out"))
    assert (tmp_path / "deep" / "er" / "erc.db").is_file()


@pytest.mark.parametrize("url", ["mysql://host/x", "sqlite://", "sqlite:///:memory:", "nonsense", "", "sqlite:////tmp"])
def test_an_address_that_cannot_hold_a_store_is_refused(url: str) -> None:
    with pytest.raises(InputError) as refused:
        open_store(url)
    assert "sqlite:///" in refused.value.hint


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "erc.db"
    path.write_text("dialogue,utterance\n" * 100)
    with pytest.raises(InputError, match="not a SQLite database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "dialogue,utterance\n" * 100


def test_tables_of_another_program_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "erc.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE jobs (id INTEGER)")
    with pytest.raises(InputError, match="other tables"):
        open_store(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    connection.close()
    assert names == ["jobs"]


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be made") as refused:
        open_store(f"sqlite:///{tmp_path / 'file' / 'erc.db'}")
    assert "ERC_HOME" in refused.value.hint


def test_a_missing_server_is_reported_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as refused:
        open_store(f"postgresql://ana:secret@/erc?host={tmp_path}&port=5")
    assert "check that the server runs" in refused.value.hint
    assert "secret" not in refused.value.message


def test_a_missing_database_says_how_to_make_it(server: Server) -> None:
    with pytest.raises(UnavailableError, match="does not exist") as refused:
        open_store(server.url("nowhere"))
    assert "createdb" in refused.value.hint


@pytest.fixture
def restarted(server: Server) -> Iterator[Server]:
    """A server of which the test takes the connections away."""
    yield server
    server.execute("ALTER DATABASE test_away ALLOW_CONNECTIONS true")


def test_a_server_that_went_away_and_came_back_is_used_again(restarted: Server) -> None:
    restarted.execute("CREATE DATABASE test_away")
    with open_store(restarted.url("test_away")) as store:
        assert store.corpora.names() == ()
        restarted.execute("ALTER DATABASE test_away ALLOW_CONNECTIONS false")
        restarted.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'test_away'")
        with pytest.raises(UnavailableError):
            store.corpora.names()
        restarted.execute("ALTER DATABASE test_away ALLOW_CONNECTIONS true")
        assert store.corpora.names() == ()


def test_opening_an_existing_workspace_costs_next_to_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'erc.db'}"
    open_store(url).close()
    timed = (
        "import time; t = time.process_time()\n"
        "from erc_engine.store.database import open_store\n"
        f"open_store({url!r}).corpora.names(); print(time.process_time() - t)"
    )
    seconds = min(float(together(start(timed))[0]) for _ in range(3))
    print(f"import and open: {seconds:.3f} s (goal 0.3)")
    assert seconds < 0.6  # twice the goal
