from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.corpora.content import content_hash
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.errors import InputError
from tests.builders import corpus, dialogue

ONE = dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]", id="d1")
TWO = dialogue("Ana: Hm. [anger]", id="d2")


def test_the_hash_is_of_the_dialogues_not_of_the_corpus_name_or_their_order() -> None:
    assert content_hash(corpus(ONE, TWO, name="a")) == content_hash([TWO, ONE])


def test_the_hash_stays_the_same_over_time() -> None:
    assert content_hash([ONE]) == "7dcec3856149406a349ba80bdba05651e0bd713d0b7c6da5a68d7fe229d8ecb6"


def test_the_order_of_keys_in_extra_makes_no_difference() -> None:
    assert content_hash([replace(ONE, extra={"a": 1, "b": 2})]) == content_hash([replace(ONE, extra={"b": 2, "a": 1})])


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, id="x"),
        replace(ONE, split=Split.TEST),
        replace(ONE, episode="s01e01"),
        ONE.with_labels(["anger", "neutral"]),
        replace(ONE, utterances=ONE.utterances[::-1]),
        replace(ONE, utterances=(replace(ONE.utterances[0], votes={"joy": 5}), ONE.utterances[1])),
        replace(ONE, utterances=(replace(ONE.utterances[0], text="You came."), ONE.utterances[1])),
    ],
)
def test_any_change_of_content_changes_it(other: Dialogue) -> None:
    assert content_hash([other]) != content_hash([ONE])


def test_a_dialogue_twice_is_not_a_dialogue_once() -> None:
    assert content_hash([ONE, ONE]) != content_hash([ONE])


def test_lone_surrogates_have_a_hash_and_nan_has_none() -> None:
    assert len(content_hash([Dialogue("d", Split.TRAIN, (Utterance("u", "A", "\ud800"),))])) == 64
    with pytest.raises(InputError, match="has no form in JSON"):
        content_hash([replace(ONE, extra={"x": float("nan")})])
