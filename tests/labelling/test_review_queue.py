"""The order of a review queue is the same for everybody, and rare labels come up early when asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError
from erc_engine.labelling.review_queue import ORDERS, review_queue
from tests.builders import dialogue

MELD = scheme("meld")
DIALOGUES = [dialogue(f"Ana: Line {n}. [{'fear' if n in (17, 19) else 'neutral'}]", id=f"d{n}") for n in range(20)]


def queue_of(dialogues: Sequence[Dialogue], order: str, *, seed: int = 0) -> tuple[str, ...]:
    labels = {d.id: set(d.labels) for d in dialogues}
    return review_queue([d.id for d in dialogues], labels, MELD, order, seed=seed)


@pytest.mark.parametrize("order", ORDERS)
def test_every_dialogue_comes_up_once_in_an_order_that_repeats(order: str) -> None:
    queue = queue_of(DIALOGUES, order, seed=3)
    assert sorted(queue) == sorted(d.id for d in DIALOGUES)
    assert queue == queue_of(DIALOGUES, order, seed=3)


def test_in_order_is_the_order_of_the_corpus_and_random_is_not() -> None:
    assert queue_of(DIALOGUES, "in order") == tuple(d.id for d in DIALOGUES)
    assert queue_of(DIALOGUES, "random", seed=1) != queue_of(DIALOGUES, "random", seed=2)


def test_by_label_the_two_rare_dialogues_are_among_the_first_four() -> None:
    for seed in range(5):
        assert {"d17", "d19"} <= set(queue_of(DIALOGUES, "by label", seed=seed)[:4])


def test_the_place_in_a_round_does_not_tell_the_label() -> None:
    first = {queue_of(DIALOGUES, "by label", seed=seed)[0] in ("d17", "d19") for seed in range(20)}
    assert first == {True, False}


def test_dialogues_without_labels_come_last() -> None:
    bare = dialogue("Ana: Well.", id="bare")
    assert queue_of([bare, *DIALOGUES], "by label")[-1] == "bare"


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(InputError, match="by mood"):
        queue_of(DIALOGUES, "by mood")
