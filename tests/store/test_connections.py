"""Threads and processes beside each other: writes wait for each other, reads see one moment, kills undo."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Connection, func, select

from erc_engine.domain.generation_runs import AttemptState, Books
from erc_engine.errors import ConflictError
from erc_engine.store.database import Store, open_store
from erc_engine.store.tables import attempts
from tests.builders import corpus
from tests.store.test_database import start
from tests.store.test_runs import SETTINGS, in_flight, passed, plan, rejected

GENERATE_UNTIL_KILLED = """
import sys
from erc_engine.store.database import open_store
from tests.store.test_runs import in_flight, passed, plan
with open_store(sys.argv[1]) as store:
    for number in range(10_000):
        store.runs.add_plan("r1", plan(number))
        store.runs.start_attempt(in_flight(number))
        store.runs.finish_attempt(passed(in_flight(number)), dialogue_into="out")
        print(number, flush=True)
"""


def begun(store: Store, plans: int) -> None:
    store.corpora.create_empty(corpus(name="out"))
    store.runs.create("r1", SETTINGS)
    for number in range(plans):
        store.runs.add_plan("r1", plan(number))


def test_many_threads_may_use_one_store(store: Store) -> None:
    begun(store, 40)

    def work(number: int) -> None:
        store.runs.start_attempt(in_flight(number))
        assert store.runs.books("r1").balanced
        end = passed if number % 2 else rejected
        store.runs.finish_attempt(end(in_flight(number)), dialogue_into="out")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert store.runs.books("r1") == Books(submitted=40, accepted=20, rejected=20)


def test_of_several_who_accept_the_same_plan_at_once_one_succeeds(store: Store) -> None:
    begun(store, 1)
    for number in range(6):
        store.runs.start_attempt(in_flight(0, number))

    def accept(number: int) -> bool:
        try:
            store.runs.finish_attempt(passed(in_flight(0, number), id=f"d{number}"), dialogue_into="out")
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(accept, range(6))) == 1
    assert len(store.corpora.get("out").dialogues) == 1
    assert store.runs.books("r1") == Books(submitted=6, accepted=1, in_flight=5)


def test_recipes_added_at_once_get_different_numbers(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(lambda n: store.recipes.add(f"h{n % 4}", "a", "text"), range(8)))
    assert sorted(set(numbers)) == [1, 2, 3, 4]


def test_a_reader_sees_one_moment(store: Store) -> None:
    begun(store, 1)

    def work(connection: Connection) -> tuple[int | None, int | None]:
        counted = select(func.count()).select_from(attempts)
        before = connection.scalar(counted)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(store.runs.start_attempt, in_flight()).result()
        return before, connection.scalar(counted)

    assert store._database.read(work) == (0, 0)
    assert store.runs.books("r1").submitted == 1


@pytest.mark.parametrize("moment", [3, 20])
def test_a_killed_process_loses_nothing_accepted_and_leaves_nothing_half_written(url: str, moment: int) -> None:
    with open_store(url) as store:
        begun(store, 0)
    process = start(GENERATE_UNTIL_KILLED, url)
    seen = [int(process.stdout.readline()) for _ in range(moment)]  # type: ignore[union-attr]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with open_store(url) as store:
        store.runs.mark_lost("r1")
        books = store.runs.books("r1")
        accepted = [a for a in store.runs.attempts("r1") if a.state == AttemptState.ACCEPTED]
        assert books.balanced
        assert books.accepted == len(accepted) == len(store.corpora.get("out").dialogues) >= len(seen)
        assert {a.plan for a in accepted} >= {f"p{n}" for n in seen}
        store.runs.add_plan("r1", replace(plan(0), id="more", ordinal=10_001))
