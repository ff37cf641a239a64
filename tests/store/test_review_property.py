"""Whatever several annotators do in whatever order: never too many on a dialogue, undo restores, ids count once."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erc_engine.domain.review import ReviewAction, ReviewEvent, StoredEvent
from erc_engine.store.database import Store
from tests.builders import corpus, dialogue

OVERLAP = 2
TURNS = 2
numbers = itertools.count()
who = st.sampled_from(["ana", "bo", "cy"])
where = st.sampled_from(["d1", "d2"])
turn = st.integers(0, TURNS - 1)
lease = st.sampled_from([3600.0, -1.0])  # -1: over as soon as it is given
steps = st.lists(
    st.one_of(
        st.tuples(st.just("label"), who, where, turn, st.sampled_from(["joy", "fear"]), lease),
        st.tuples(st.just("edit"), who, where, turn, st.sampled_from(["Barely.", "Hardly."]), lease),
        st.tuples(st.just("accept"), who, where, st.just(0), st.just(""), lease),
        st.tuples(st.just("turn_down"), who, where, st.just(0), st.just(""), lease),
        st.tuples(st.just("take"), who, where, st.just(0), st.just(""), lease),
        st.tuples(st.just("undo"), who, where, st.just(0), st.just(""), lease),
    ),
    max_size=25,
)


@dataclass
class Model:
    """What should be, kept the plain way: each annotator has a pile of acts, an undo takes the top one off."""

    acts: list[ReviewEvent] = field(default_factory=list)
    surplus: set[str] = field(default_factory=set)

    def add(self, stored: StoredEvent) -> None:
        if stored.event.action == ReviewAction.UNDO:
            mine = [a for a in self.acts if a.annotator == stored.event.annotator]
            if mine:
                self.acts.remove(mine[-1])
        else:
            self.acts.append(stored.event)
            self.surplus |= {stored.event.op_id} if stored.surplus else set()

    def revision(self, utterance: str) -> str:
        edits = [a.op_id for a in self.acts if a.action == ReviewAction.EDIT and a.utterance == utterance]
        return edits[-1] if edits else ""

    def votes(self) -> set[tuple[str, str, str]]:
        last = {
            (a.annotator, a.utterance): a.value
            for a in self.acts
            if a.action == ReviewAction.LABEL
            and a.op_id not in self.surplus
            and a.revision == self.revision(a.utterance)
        }
        return {(*key, label) for key, label in last.items()}

    def state(self, name: str) -> str:
        decisions = (ReviewAction.ACCEPT, ReviewAction.TURN_DOWN)
        last = {a.annotator: a.action for a in self.acts if a.dialogue == name and a.action in decisions}
        return "turned_down" if ReviewAction.TURN_DOWN in last.values() else "kept"


def follow(store: Store, taken: list[tuple]) -> None:
    name = f"c{next(numbers)}"
    turns = [f"Ana: Number {n}. [joy]" for n in range(TURNS)]
    store.corpora.add(
        corpus(*(dialogue(*turns, id=i) for i in ("d1", "d2")), name=name), faults=(), source="", hash="1"
    )
    store.review_slots.set_overlap(name, OVERLAP, who="ana")
    model, sent = Model(), []
    for action, annotator, place, number, value, seconds in taken:
        if action == "take":
            store.review_slots.take(name, place, annotator, "blind", lease_seconds=seconds)
        else:
            utterance = f"{place}:{number}" if action in ("label", "edit") else ""
            act = ReviewEvent(f"{name}-{len(sent)}", name, place, annotator, ReviewAction(action), utterance, value)
            act = replace(act, revision=model.revision(utterance))
            model.add(store.review.record(act, lease_seconds=seconds))
            sent.append(act)
        check(store, name, model)
    before = store.review.events(name)
    for act in sent:
        store.review.record(act)
    assert store.review.events(name) == before
    check(store, name, model)


def check(store: Store, name: str, model: Model) -> None:
    slots = store.review_slots.of(name, "blind")
    now = max((s.taken_at for s in slots), default=None)
    holding = Counter(s.dialogue for s in slots if s.finished_at is not None or s.expires_at > now)
    assert all(number <= OVERLAP for number in holding.values())
    assert {(v.annotator, v.utterance, v.label) for v in store.votes.of(name)} == model.votes()
    assert store.corpora.state_of(name) == {i: model.state(i) for i in ("d1", "d2")}


@given(taken=steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_review_store_holds_its_promises_on_sqlite(sqlite_store: Store, taken: list[tuple]) -> None:
    follow(sqlite_store, taken)


@given(taken=steps)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_review_store_holds_its_promises_on_postgresql(postgresql_store: Store, taken: list[tuple]) -> None:
    follow(postgresql_store, taken)
