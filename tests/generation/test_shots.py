"""Examples: from train alone, sharing the plan's labels, diverse among each other, named and not copied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from erc_engine.curation.encoders import HashingEncoder
from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.generation import Protocol
from erc_engine.domain.style import ShotSettings
from erc_engine.errors import InputError, RefusedError
from erc_engine.generation.prompts import render
from erc_engine.generation.shots import ShotPool, farthest, overlap
from tests.builders import dialogue
from tests.generation.builders import MELD, Ledger, ObedientModel, plan, recipe, settings, target

ENCODE = HashingEncoder(256).encode
GOAT = dialogue("Ana: The goat ate my hat. [anger]", "Bo: Which hat? [neutral]", id="goat")
GOAT_AGAIN = dialogue("Cy: The goat ate my hat! [anger]", "Di: Which hat was it? [neutral]", id="again")
BOAT = dialogue("Eve: We could row all night. [anger]", "Flo: Or sleep. [neutral]", id="boat")
CAKE = dialogue("Gus: Cake for everyone! [joy]", "Hal: Finally. [joy]", id="cake")


def pool(*train: Dialogue, **changes: object) -> ShotPool:
    return ShotPool(replace(ShotSettings("mine"), **changes), MELD, train or (GOAT, GOAT_AGAIN, BOAT, CAKE), ENCODE)  # type: ignore[arg-type]


def test_overlap_is_one_for_the_same_mix_and_zero_without_a_common_label() -> None:
    counts = np.array([[2.0, 2.0, 0.0], [0.0, 0.0, 3.0], [4.0, 0.0, 0.0]])
    # third row: shares 1, 0 against .5, .5: min sums to .5, max to 1.5
    assert overlap(counts, np.array([1.0, 1.0, 0.0])) == pytest.approx([1, 0, 1 / 3])


def test_each_next_example_is_the_farthest_from_those_chosen() -> None:
    vectors = np.array([[1.0, 0.0], [0.9, 0.436], [0.0, 1.0]])
    assert farthest(vectors, 2, 0) == [0, 2]
    assert farthest(vectors, 9, 1) == [1, 2, 0]  # .436 to the second, .9 to the first


def test_two_examples_that_say_the_same_are_not_both_chosen() -> None:
    chosen = [pool().choose(plan("anger", "neutral"), f"s{n}") for n in range(20)]
    assert not any({"mine:goat", "mine:again"} == set(ids) for ids in chosen)
    assert chosen[0] == pool().choose(plan("anger", "neutral"), "s0")
    assert len(set(chosen)) > 1


def test_examples_share_the_labels_of_the_plan_unless_they_need_not() -> None:
    assert pool(k=1, diverse=False).choose(plan("joy", "joy"), "s") == ("mine:cake",)
    drawn = {pool(k=1, diverse=False, share_labels=False).choose(plan("joy", "joy"), f"s{n}") for n in range(30)}
    assert len(drawn) == 4


@pytest.mark.parametrize("split", [Split.DEV, Split.TEST])
def test_dev_and_test_are_never_shown(split: Split) -> None:
    with pytest.raises(RefusedError, match="train split only"):
        pool(GOAT, BOAT, replace(CAKE, split=split))


def test_too_few_dialogues_are_told() -> None:
    with pytest.raises(InputError, match="has 1 dialogues fit to be examples, 2 are asked for"):
        pool(GOAT, dialogue("Ana: No label here.", "Bo: None. [joy]", id="bare"))


def test_an_example_that_is_gone_is_an_error_and_not_left_out() -> None:
    with pytest.raises(InputError, match="mine:gone is not in train"):
        pool().dialogues(["mine:gone"])


def test_examples_are_rendered_as_a_reply_would_be_written() -> None:
    asked = recipe(user="{% for shot in shots %}{{ shot.text }}/{{ shot.turns[0].label }}{% endfor %}")
    assert render(asked, plan("joy", "joy"), (GOAT,))[1].content == (
        "1. Ana [anger]: The goat ate my hat.\n2. Bo [neutral]: Which hat?/anger"
    )
    as_json = render(replace(asked, protocol=Protocol.JSON), plan("joy", "joy"), (GOAT,))[1].content
    assert '"emotion": "anger"' in as_json


def test_a_copied_turn_is_found_and_a_short_answer_is_free() -> None:
    shown = replace(dialogue("Ana: Hm.", "Bo: the goat ate my hat"), extra={"shots": ["mine:goat"]})
    assert pool().copied(shown) == "turn 2 repeats the example mine:goat"
    assert pool().copied(replace(dialogue("Bo: Which hat?"), extra={"shots": ["mine:goat"]})) is None
    assert pool().copied(dialogue("Bo: The goat ate my hat.")) is None  # it was shown no example


def test_the_ledger_and_the_dialogue_name_the_examples_and_the_prompt_has_them() -> None:
    from erc_engine.domain.generation_runs import AttemptState
    from erc_engine.generation.gate import Gate
    from erc_engine.generation.run import run

    model = ObedientModel()
    asked = recipe(shots=ShotSettings("mine"))
    asked = replace(asked, system="{% for shot in shots %}{{ shot.text }}\n{% endfor %}")
    ledger = Ledger()
    stream = run(
        settings(8), asked, target(), model, history=(), attempts=(), dialogue_prefix="extra", gate=Gate(),
        stop=lambda: None, shots=pool(),
    )  # fmt: skip
    for event in stream:
        ledger.take(event)
    for planned, request in zip(ledger.plans, model.requests, strict=True):
        assert len(planned.shots) == 2
        shown = pool().dialogues(planned.shots)
        assert all(d.utterances[0].text in request.messages[0].content for d in shown)
    assert ledger.count(AttemptState.ACCEPTED) == len(ledger.plans) > 0
    assert [d.extra["shots"] for d in ledger.dialogues()] == [list(p.shots) for p in ledger.plans]
