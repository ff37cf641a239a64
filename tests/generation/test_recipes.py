"""Recipes: what they hold, how they are named by content, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.domain.generation import LabelMode, Protocol, Sampling, TargetMode
from erc_engine.errors import InputError
from erc_engine.generation.recipes import bundled_recipes, parse_recipe

SMALL = """
recipe: small
scheme: meld
names: [Ana, Bo]
system: You write dialogues.
user: Write {{ turns }} turns. {{ format }}
"""


def test_a_small_recipe_has_the_defaults() -> None:
    recipe = parse_recipe(SMALL)
    assert (recipe.target, recipe.label_mode, recipe.protocol) == (
        TargetMode.BALANCED,
        LabelMode.BUDGET,
        Protocol.LINES,
    )
    assert recipe.sampling == Sampling()
    assert recipe.recordings is None
    assert recipe.text == SMALL


def test_the_hash_is_of_the_content_and_not_of_its_looks() -> None:
    lines = SMALL.strip().splitlines()
    assert parse_recipe("# a note\n" + "\n".join(reversed(lines))).hash == parse_recipe(SMALL).hash
    assert parse_recipe(SMALL + "target: balanced\n").hash == parse_recipe(SMALL).hash
    assert len(parse_recipe(SMALL).hash) == 64


@pytest.mark.parametrize(
    "change",
    [
        "target: matched",
        "label_mode: free",
        "protocol: json/1",
        "recordings: meld-balanced",
        "traits: [warm]",
        "attributes: {setting: [on a ferry]}",
        "sampling: {temperature: 0.5}",
        "checks: {max_words: 59}",
    ],
)
def test_every_change_of_content_changes_the_hash(change: str) -> None:
    assert parse_recipe(f"{SMALL}{change}\n").hash != parse_recipe(SMALL).hash


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("recipe: small", "", "recipe: is missing"),
        ("recipe: small", "recipe: a b", "'a b' is not a name"),
        ("scheme: meld", "scheme: mled", "scheme: 'mled' is not known"),
        ("scheme: meld", "", "scheme: is missing"),
        ("scheme: meld", "scheme: {name: x, labels: [joy]}", "scheme.labels: has 1 values"),
        ("scheme: meld", "scheme: {name: x, labels: [joy, 'a]b']}", "'a]b' is not a label"),
        ("scheme: meld", "scheme: {name: x, labels: [joy, sad], neutral: calm}", "neutral label 'calm'"),
        ("scheme: meld", "scheme: {name: x, labels: [{name: joy, hue: red}, {name: sad}]}", "hue: is not a key"),
        ("names: [Ana, Bo]", "names: [Ana]", "names: has 1 values"),
        ("names: [Ana, Bo]", "names: [Ana, No]", "names.1.: False is not a text"),
        ("names: [Ana, Bo]", "names: [Ana, ANA]", "a name twice"),
        ("names: [Ana, Bo]", "names: [Ana, 'B[o]']", "cannot be a speaker"),
        ("names:", "target: lopsided\nnames:", "target: 'lopsided' is not known"),
        ("names:", "label_mode: fixed\nnames:", "label_mode: 'fixed' is not known"),
        ("names:", "protocol: lines\nnames:", "protocol: 'lines' is not known"),
        ("names:", "schema: erc-recipe/9\nnames:", "schema: 'erc-recipe/9' is not known"),
        ("names:", "sampling: {temperature: hot}\nnames:", "sampling.temperature: 'hot' is not a number"),
        ("names:", "sampling: {temperature: .nan}\nnames:", "sampling.temperature: nan is not a number"),
        ("names:", "sampling: {max_tokens: 1.5}\nnames:", "sampling.max_tokens: 1.5 is not a whole number"),
        ("names:", "sampling: {top_k: 5}\nnames:", "sampling.top_k: is not a key"),
        ("names:", "checks: {max_words: 0}\nnames:", "checks.max_words: 0 is not a whole number"),
        ("names:", "attributes: {mood: []}\nnames:", "attributes.mood: has 0 values"),
        ("names:", "attributes: {_x: [a]}\nnames:", "attributes._x: is not a name"),
        ("names:", "extra: 1\nnames:", "extra: is not a key of a recipe"),
        ("turns }}", "trns }}", "the user template, line 1: 'trns' is not a value"),
        ("turns }}", "attributes.mood }}", "no attribute 'mood'"),
        ("turns }}", "turns.__class__ }}", "internals"),
        ("Write {{ turns }}", "Write {% for i in range(99999999) %}{% endfor %}", "steps"),
    ],
)
def test_a_mistake_is_refused_by_the_name_of_its_key(old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        parse_recipe(SMALL.replace(old, new), source="mine.yaml")
    assert caught.value.message.startswith("mine.yaml")


def test_a_recipe_may_bring_its_own_labels() -> None:
    recipe = parse_recipe(
        SMALL.replace("scheme: meld", "scheme: {name: calm-tense, labels: [calm, tense], neutral: calm}")
    )
    assert (recipe.scheme.names, recipe.scheme.neutral) == (("calm", "tense"), "calm")
    detailed = "scheme: {name: two, labels: [{name: calm, definition: at rest, valence: 0.3}, {name: tense}]}"
    assert parse_recipe(SMALL.replace("scheme: meld", detailed)).scheme.labels[0].definition == "at rest"


def test_the_bundled_recipes_are_two_for_each_scheme_one_that_steers_style_and_one_for_tiny_models(
    assets: Path,
) -> None:
    found = bundled_recipes(assets / "recipes")
    spoken = found.pop("meld-spoken")
    assert (spoken.label_mode, spoken.recordings, spoken.style.words) == (LabelMode.SEQUENCE, None, True)
    tiny = found.pop("tiny-meld")
    assert (tiny.scheme.name, tiny.label_mode, tiny.recordings) == ("meld", LabelMode.FREE, None)
    assert {name: (r.scheme.name, str(r.target), r.recordings) for name, r in found.items()} == {
        f"{scheme}-{mode}": (scheme, mode, f"{scheme}-{mode}")
        for scheme in ("emorynlp", "iemocap", "meld")
        for mode in ("balanced", "matched")
    }
    assert all((assets / "recordings" / f"{r.recordings}.jsonl").is_file() for r in found.values())
    assert {(r.label_mode, r.protocol) for r in found.values()} == {(LabelMode.BUDGET, Protocol.LINES)}


def test_two_recipes_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(SMALL)
    with pytest.raises(InputError, match="two recipes"):
        bundled_recipes(tmp_path)
