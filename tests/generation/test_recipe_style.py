"""attribute_rules, style and shots of a recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.domain.style import PLAIN, ShotSettings, StyleSettings
from erc_engine.errors import InputError
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.recipes import bundled_recipes, parse_recipe
from tests.generation.builders import recipe, target
from tests.generation.test_recipes import SMALL

EVENTS = "attributes: {event: [a goodbye, a birthday]}\n"


def test_the_keys_are_read() -> None:
    found = parse_recipe(
        f"{SMALL}{EVENTS}attribute_rules: {{forbid: {{event: {{a goodbye: [joy, surprise]}}}}}}\n"
        "style: {words: like, speakers: like, openers: 4, tolerance: 0.5}\n"
        "shots: {from: mine, k: 3, select: random, share_labels: false}\n"
    )
    assert found.forbidden == {"event": {"a goodbye": ("joy", "surprise")}}
    assert found.style == StyleSettings(words=True, speakers=True, openers=4, tolerance=0.5)
    assert found.shots == ShotSettings("mine", 3, diverse=False, share_labels=False)


def test_a_recipe_without_them_keeps_its_hash(assets: Path) -> None:
    assert (parse_recipe(SMALL).style, parse_recipe(SMALL).shots) == (PLAIN, None)
    assert parse_recipe(f"{SMALL}style: {{words: free}}\n").hash == parse_recipe(SMALL).hash
    known = {name: found.hash[:8] for name, found in bundled_recipes(assets / "recipes").items()}
    assert known["meld-balanced"] == "8a00d88e"  # as before these keys were known
    assert known["meld-matched"] == "80ea497f"


@pytest.mark.parametrize(
    "change", ["style: {openers: 3}", "shots: {from: mine}", "attribute_rules: {forbid: {event: {a goodbye: [joy]}}}"]
)
def test_each_of_them_changes_the_hash(change: str) -> None:
    assert parse_recipe(f"{SMALL}{EVENTS}{change}\n").hash != parse_recipe(SMALL + EVENTS).hash


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("shots: {from: 'mine:test'}", "examples may not come from 'test'"),
        ("shots: {from: 'mine:dev'}", "examples may not come from 'dev'"),
        ("shots: {k: 2}", "shots.from: is missing"),
        ("style: {tolerance: 0.2}", "tolerance: needs a number of words"),
        ("style: {wods: like}", "'?wods'?: is not a key|wods"),
        ("attribute_rules: {forbid: {place: {a goodbye: [joy]}}}", "place: is not an attribute"),
        ("attribute_rules: {forbid: {event: {a funeral: [joy]}}}", "a funeral: is not a value of 'event'"),
        ("attribute_rules: {forbid: {event: {a goodbye: [bliss]}}}", "'bliss' is not a label of meld"),
        (
            "attribute_rules: {forbid: {event: {a goodbye: [joy], a birthday: [fear]}}}",
            "event: has a rule for every value",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(change: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_recipe(f"{SMALL}{EVENTS}{change}\n")


def test_a_plan_with_a_forbidden_label_does_not_draw_the_value() -> None:
    ruled = recipe(forbidden={"setting": {"on a ferry": ("joy",)}})
    planner = Planner(target({"joy": 0.5, "neutral": 0.5}, turns=2), ruled, 1)
    plans = [planner.unguided(n) for n in range(200)]
    with_joy = {p.attributes["setting"] for p in plans if "joy" in p.budget}
    without = {p.attributes["setting"] for p in plans if "joy" not in p.budget}
    assert with_joy == {"in a kitchen"}
    assert without == {"in a kitchen", "on a ferry"}


def test_without_rules_plans_are_what_they_were() -> None:
    plain, other = recipe(), recipe(forbidden={"setting": {"on a ferry": ("disgust",)}})
    aim = target({"joy": 0.5, "neutral": 0.5})
    for n in range(30):
        assert Planner(aim, plain, 1).next(n, {}, {}) == Planner(aim, other, 1).next(n, {}, {})
