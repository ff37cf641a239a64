"""Rules from a measured set, saved as the next version of its recipe."""

from __future__ import annotations

import pytest

from erc_engine.domain.attributes import AttributeReport, ValueInformation
from erc_engine.errors import InputError
from erc_engine.workflows.attributes import attributes_of, fitting_rules, generated_sets, recipe_of, save_rules
from erc_engine.workflows.generation import generate
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.workspace import Workspace
from tests.generation.builders import recipe


def test_a_generated_set_is_measured_and_its_recipe_known(sitcom: Workspace) -> None:
    generate(
        sitcom, recipe="meld-balanced", like="sitcom", utterances=150, model="replay:", seed=1, name="made"
    )  # fmt: skip
    report = attributes_of(sitcom, "made")
    assert {a.name for a in report.attributes} == {"relationship", "setting", "event", "register"}
    assert attributes_of(sitcom, "made") is report
    assert generated_sets(sitcom) == ("made",)
    assert recipe_of(sitcom, "made").name == "meld-balanced"
    with pytest.raises(InputError, match="was not made by a run"):
        recipe_of(sitcom, "sitcom")


def test_rules_are_saved_as_the_next_version(workspace: Workspace) -> None:
    base = find_recipe(workspace, "meld-matched")
    rules = {"event": {"a goodbye at the station": ("sadness",), "no such event": ("joy",)}}
    saved = save_rules(workspace, base, rules)
    again = find_recipe(workspace, saved.hash)
    assert (saved.version, again.forbidden) == (2, {"event": {"a goodbye at the station": ("sadness",)}})
    assert (again.user, again.attributes, again.recordings) == (base.user, base.attributes, base.recordings)
    more = save_rules(workspace, again, {"event": {"a goodbye at the station": ("joy",)}})
    both = find_recipe(workspace, more.hash).forbidden
    assert both == {"event": {"a goodbye at the station": ("joy", "sadness")}}
    with pytest.raises(InputError, match="no rule is new"):
        save_rules(workspace, find_recipe(workspace, more.hash), rules)


def test_one_value_of_each_attribute_stays_free() -> None:
    asked = {"setting": {"in a kitchen": ("joy",), "on a ferry": ("fear",)}}
    assert fitting_rules(recipe(), asked) == {"setting": {"in a kitchen": ("joy",)}}


def test_only_values_that_give_something_away_are_suggested() -> None:
    value = ValueInformation("event", "a party", 5, 20, {"joy": 20}, 1.0, 0.001, 0.02, ("joy",))
    plain = ValueInformation("event", "a walk", 5, 20, {"joy": 4}, 0.1, 0.5, 1.0)
    report = AttributeReport("made", {"joy": 0.3}, 40, 999, (), (value, plain))
    assert report.suggested() == {"event": {"a party": ("joy",)}}
    assert report.to_json()["suggested"] == {"event": {"a party": ("joy",)}}
