"""Words of turns, openers to avoid and examples come into plans only where a recipe asks for them."""

from __future__ import annotations

from collections import Counter

import pytest

from erc_engine.domain.generation import CheckSettings, LabelMode
from erc_engine.domain.style import StyleSettings, StyleTarget
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.prompts import render
from erc_engine.generation.style_plan import Steering, too_frequent, words_said
from erc_engine.generation.style_target import openers_of
from tests.generation.builders import Ledger, ObedientModel, events, plan, recipe, settings, target

STYLE = StyleTarget(words={1: 0.25, 5: 0.5, 30: 0.25}, openers={"i am": 0.02})


def test_a_recipe_without_style_leaves_the_plan_as_it_is() -> None:
    assert Steering(recipe(), STYLE, 1).steered(plan("joy", "joy"), {"oh no": 500}, 500) == plan("joy", "joy")


def test_words_come_out_as_in_train_and_the_same_for_the_same_seed() -> None:
    steering = Steering(recipe(style=StyleSettings(words=True)), STYLE, 1)
    plans = [steering.steered(plan(*["joy"] * 10, ordinal=n), {}, 0) for n in range(400)]
    shares = Counter(n for each in plans for n in each.words)
    assert plans[7] == steering.steered(plan(*["joy"] * 10, ordinal=7), {}, 0)
    assert all(abs(shares[n] / 4000 - share) < 0.03 for n, share in STYLE.words.items())


def test_no_turn_is_asked_for_that_the_check_would_refuse() -> None:
    asked = recipe(style=StyleSettings(words=True), checks=CheckSettings(max_words=20))
    words = Steering(asked, STYLE, 1).steered(plan(*["joy"] * 40), {}, 0).words
    assert set(words) == {1, 5}


def test_recordings_are_not_steered() -> None:
    asked = Steering(recipe(style=StyleSettings(words=True, openers=3)), STYLE, 1)
    recorded = plan("joy", "joy", recording="r-1")
    assert asked.steered(recorded, {"oh no": 50}, 60) == recorded


def test_an_opener_is_too_frequent_when_it_is_so_beyond_chance() -> None:
    # "i am" has .02 in train: of 100 turns 2, deviation sqrt(100 x .02 x .98) = 1.4; 6 is 2.86 above, 7 is 3.57.
    assert too_frequent({"i am": 6}, 100, STYLE, 5) == ()
    assert too_frequent({"i am": 7}, 100, STYLE, 5) == ("i am",)
    # Not in train: .004 is taken, 0.4 expected, deviation .63: 5 is far above, 4 is under the least number.
    assert too_frequent({"wait what": 4}, 100, STYLE, 5) == ()
    assert too_frequent({"wait what": 5, "i am": 30}, 100, STYLE, 5) == ("i am", "wait what")
    assert too_frequent({"wait what": 5, "i am": 30}, 100, STYLE, 1) == ("i am",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((8, 8, 8), "about 8 words a turn"),
        ((8, 2, 3, 9, 18), "about 8 words a turn, some of 2 or 3 and one of 18"),
        ((8, 1, 9, 10), "about 7 words a turn, one of 1"),
        ((1, 1), "about 1 word a turn"),
        ((), ""),
    ],
)
def test_words_are_said_in_a_sentence(words: tuple[int, ...], said: str) -> None:
    assert words_said(words) == said


def test_prompts_have_words_openers_and_who_speaks() -> None:
    asked = recipe(
        label_mode=LabelMode.SEQUENCE,
        user="{{ words.said }}|{% for t in plan %}{{ t.words }} {% endfor %}|{{ avoid_openers|join(';') }}"
        "|{{ speaker_order|join(',') }}",
    )
    said = {"words": (8, 8), "avoid_openers": ("oh no", "i am")}
    exact = plan("joy", "fear", sequence=("joy", "fear"), turn_speakers=("Ana", "Ana"), **said)
    told = render(asked, exact)
    assert told[1].content == "about 8 words a turn|8 8 |oh no;i am|Ana,Ana"


def test_a_template_with_words_still_renders_for_a_plan_without() -> None:
    assert render(recipe(user="{% if words.said %}x{% endif %}y"), plan("joy", "joy"))[1].content == "y"


def test_who_speaks_can_be_drawn_in_every_label_mode() -> None:
    free = recipe(label_mode=LabelMode.FREE, style=StyleSettings(speakers=True))
    drawn = [Planner(target(turns=12), free, seed).next(0, {}, {}) for seed in range(200)]
    same = [a == b for p in drawn if p for a, b in zip(p.turn_speakers, p.turn_speakers[1:], strict=False)]
    assert len(same) == 200 * 11
    assert abs(sum(same) / len(same) - 0.2) < 0.03  # the target's share of the same speaker twice


def test_the_loop_names_an_opener_once_it_is_used_too_often() -> None:
    """The obedient model begins with two of ten words: each pair has .01, and train has none of them."""
    ledger = Ledger()
    asked = recipe(style=StyleSettings(openers=3))
    list(events(ObedientModel(), used=settings(300), by=asked, ledger=ledger))
    openers: Counter[str] = Counter()
    for planned, dialogue in zip(ledger.plans, ledger.dialogues(), strict=True):
        assert planned.avoid_openers == too_frequent(openers, openers.total(), StyleTarget(), 3)
        openers.update(openers_of(dialogue))
    assert any(p.avoid_openers for p in ledger.plans)
