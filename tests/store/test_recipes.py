"""Recipes are numbered per name; equal content is one version."""

from __future__ import annotations

import pytest

from erc_engine.errors import NotFoundError
from erc_engine.store.database import Store


def test_versions_count_up_per_name_and_the_same_content_keeps_its_number(store: Store) -> None:
    add = store.recipes.add
    assert [add("h1", "a", "one"), add("h2", "a", "two"), add("h1", "a", "one"), add("h3", "b", "three")] == [
        1,
        2,
        1,
        1,
    ]
    assert [(v.version, v.hash, v.text) for v in store.recipes.versions("a")] == [(1, "h1", "one"), (2, "h2", "two")]
    assert store.recipes.names() == ("a", "b")
    assert store.recipes.get("h3") == "three"


def test_a_recipe_that_is_not_there_is_answered_with_those_that_are(store: Store) -> None:
    store.recipes.add("h1", "a", "one")
    for ask in (store.recipes.get, store.recipes.versions):
        with pytest.raises(NotFoundError) as missing:
            ask("b")
        assert missing.value.hint == "recipes in this workspace: a"
