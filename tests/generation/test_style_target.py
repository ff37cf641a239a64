"""Words and openers of a train split."""

from __future__ import annotations

from erc_engine.domain.generation import TargetMode
from erc_engine.generation.label_target import target_for
from erc_engine.generation.style_target import LONGEST, style_of
from tests.builders import corpus, dialogue

TRAIN = dialogue("Ana: Oh no, the goat. [fear]", "Bo: Oh no! [fear]", "Ana: Yes. [neutral]")


def test_words_and_openers_are_shares_of_turns() -> None:
    style = style_of([TRAIN])
    assert style.words == {1: 1 / 3, 2: 1 / 3, 4: 1 / 3}
    assert style.openers == {"oh no": 1.0}  # "Yes." has one word only, and no pair


def test_a_very_long_turn_counts_as_the_longest() -> None:
    assert style_of([dialogue(f"Ana: {'so ' * 99}")]).words == {LONGEST: 1.0}


def test_a_target_has_the_style_of_train_alone() -> None:
    from erc_engine.domain.conversation import Split

    test = dialogue("Cy: One two three four five six. [joy]", "Di: Seven. [joy]", id="t", split=Split.TEST)
    assert target_for(corpus(TRAIN, test), TargetMode.BALANCED).style == style_of([TRAIN])
