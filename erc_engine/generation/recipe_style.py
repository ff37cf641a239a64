"""The keys of a recipe that steer diversity and style: attribute_rules, style, shots.

    attribute_rules: {forbid: {event: {a goodbye at the station: [joy]}}}
    style: {words: like, speakers: like, openers: 6, tolerance: 0.5}
    shots: {from: meld, k: 2, select: diverse, share_labels: true}

What they mean for a plan: `style_plan`, `shots`. A recipe without them has the hash that it always had.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from erc_engine.domain.conversation import Split
from erc_engine.domain.generation import PromptRecipe
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.style import PLAIN, ShotSettings, StyleSettings
from erc_engine.generation.recipe_document import Document

MOST_SHOTS = 8
MOST_OPENERS = 20
LIKE = "like"

Forbidden = dict[str, dict[str, tuple[str, ...]]]


def read_rules(own: Document, attributes: Mapping[str, tuple[str, ...]], scheme: LabelScheme) -> Forbidden:
    """Labels that a value does not go with; at least one value of each attribute goes with all."""
    found: Forbidden = {}
    forbid = own.within("forbid")
    own.finish()
    for name in forbid.values:
        if name not in attributes:
            raise forbid.wrong(name, "is not an attribute of this recipe", f"attributes: {', '.join(attributes)}")
        values = forbid.within(name)
        for value in values.values:
            if value not in attributes[name]:
                raise values.wrong(value, f"is not a value of '{name}'", "write it as it stands under attributes")
            labels = values.texts(value, least=1)
            foreign = [label for label in labels if label not in scheme.names]
            if foreign:
                known = ", ".join(scheme.names)
                raise values.wrong(value, f"'{foreign[0]}' is not a label of {scheme.name}", f"labels: {known}")
            found.setdefault(name, {})[value] = labels
        if len(found.get(name, ())) == len(attributes[name]):
            raise forbid.wrong(name, "has a rule for every value", "leave at least one value that goes with all labels")
    return found


def read_style(own: Document) -> StyleSettings:
    style = StyleSettings(
        words=own.choice("words", (LIKE, "free"), "free") == LIKE,
        speakers=own.choice("speakers", (LIKE, "free"), "free") == LIKE,
        openers=own.count("openers", 0, MOST_OPENERS, 0),
        tolerance=own.number("tolerance", 0.0, 10.0, 0.0) if own.has("tolerance") else None,
    )
    own.asked.add("tolerance")
    own.finish()
    if style.tolerance is not None and not style.words:
        raise own.wrong("tolerance", "needs a number of words to compare with", "add words: like")
    return style


def read_shots(document: Document) -> ShotSettings | None:
    if not document.has("shots"):
        document.asked.add("shots")
        return None
    own = document.within("shots")
    source, _, split = own.text("from").partition(":")
    if split not in ("", Split.TRAIN):
        raise own.wrong("from", f"examples may not come from '{split}'", f"they come from train: write from: {source}")
    shots = ShotSettings(
        source=source,
        k=own.count("k", 1, MOST_SHOTS, ShotSettings.k),
        diverse=own.choice("select", ("diverse", "random"), "diverse") == "diverse",
        share_labels=own.truth("share_labels", ShotSettings.share_labels),
    )
    own.finish()
    return shots


def style_content(recipe: PromptRecipe) -> dict[str, Any]:
    """What of it belongs to the recipe's content; nothing where a recipe says nothing."""
    content: dict[str, Any] = {}
    if recipe.forbidden:
        content["forbidden"] = {
            name: {value: sorted(labels) for value, labels in values.items()}
            for name, values in recipe.forbidden.items()
        }
    if recipe.style != PLAIN:
        content["style"] = asdict(recipe.style)
    if recipe.shots is not None:
        content["shots"] = asdict(recipe.shots)
    return content
