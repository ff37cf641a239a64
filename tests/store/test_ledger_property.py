"""Whatever is started, finished and lost in whatever order: the books balance, and no plan is accepted twice."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erc_engine.domain.conversation import Origin
from erc_engine.domain.generation_runs import Attempt, AttemptState, Books
from erc_engine.errors import ConflictError
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue
from tests.store.test_runs import SETTINGS, plan

PLANS = 3
numbers = itertools.count()
which = st.integers(0, PLANS - 1)
endings = st.sampled_from([AttemptState.ACCEPTED, AttemptState.REJECTED, AttemptState.FAILED])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("start"), which),
        st.tuples(st.just("finish"), st.integers(0, 9), endings),
        st.tuples(st.just("lost")),
    ),
    max_size=25,
)


def follow(store: Store, run: str, taken: list[tuple]) -> None:
    """Takes the steps, keeping a model of what should be; checks the books after each."""
    store.runs.create(run, replace(SETTINGS, name=run))
    store.corpora.create_empty(corpus(name=run, origin=Origin.GENERATED))
    for number in range(PLANS):
        store.runs.add_plan(run, plan(number))
    model: dict[Attempt, AttemptState] = {}
    accepted: list[str] = []
    for step in taken:
        if step[0] == "start":
            number = sum(a.plan == f"p{step[1]}" for a in model)
            attempt = Attempt(run, f"p{step[1]}", number, 1, AttemptState.IN_FLIGHT)
            store.runs.start_attempt(attempt)
            model[attempt] = AttemptState.IN_FLIGHT
        elif step[0] == "lost":
            flying = [a for a, state in model.items() if state == AttemptState.IN_FLIGHT]
            assert store.runs.mark_lost(run) == len(flying)
            model.update(dict.fromkeys(flying, AttemptState.LOST))
        elif model:
            attempt = list(model)[step[1] % len(model)]
            made = dialogue("Ana: You came! [joy]", id=attempt.id) if step[2] == AttemptState.ACCEPTED else None
            allowed = model[attempt] == AttemptState.IN_FLIGHT and not (made and attempt.plan in accepted)
            ended = replace(attempt, state=step[2], dialogue=made)
            if allowed:
                store.runs.finish_attempt(ended, dialogue_into=run)
                model[attempt] = step[2]
                accepted += [attempt.plan] if made else []
            else:
                with pytest.raises(ConflictError):
                    store.runs.finish_attempt(ended, dialogue_into=run)
        check(store, run, model, accepted)


def check(store: Store, run: str, model: dict[Attempt, AttemptState], accepted: list[str]) -> None:
    books = store.runs.books(run)
    counted = Counter(str(state) for state in model.values())
    assert books == Books(submitted=len(model), **counted)
    assert books.balanced
    assert Counter(a.state for a in store.runs.attempts(run)) == Counter(model.values())
    assert len(set(accepted)) == len(accepted) == len(store.corpora.get(run).dialogues)


@given(taken=steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_books_balance_on_sqlite_after_every_step(sqlite_store: Store, taken: list[tuple]) -> None:
    follow(sqlite_store, f"run{next(numbers)}", taken)


@given(taken=steps)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_books_balance_on_postgresql_after_every_step(postgresql_store: Store, taken: list[tuple]) -> None:
    follow(postgresql_store, f"run{next(numbers)}", taken)
