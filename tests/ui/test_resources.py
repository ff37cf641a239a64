"""Work in the background is begun once, whoever asks, and its answer fetched once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ui import resources


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "PATIENCE_SECONDS", 0.01)


def test_work_that_is_quick_is_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "PATIENCE_SECONDS", 10)
    assert resources.worked_out(("quick",), lambda: 7) == 7
    assert not resources.under_work(("quick",))


def test_several_sessions_wait_for_one_piece_of_work() -> None:
    go, begun, key = threading.Event(), [], ("slow",)

    def work() -> str:
        begun.append(1)
        go.wait(10)
        return "done"

    ready = threading.Barrier(8)

    def ask() -> str | None:
        ready.wait(10)
        return resources.worked_out(key, work)

    with ThreadPoolExecutor(8) as sessions:
        answers = [f.result() for f in [sessions.submit(ask) for _ in range(8)]]
    assert answers == [None] * 8
    assert resources.under_work(key)
    go.set()
    resources.PATIENCE_SECONDS = 10
    assert resources.worked_out(key, work) == "done"
    assert begun == [1]


def test_what_work_raises_is_raised_where_it_was_asked_for_and_it_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resources, "PATIENCE_SECONDS", 10)

    def fails() -> int:
        raise ValueError("no such corpus")

    with pytest.raises(ValueError, match="no such corpus"):
        resources.worked_out(("fails",), fails)
    assert resources.worked_out(("fails",), lambda: 3) == 3
