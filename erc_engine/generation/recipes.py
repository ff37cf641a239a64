"""Prompt recipes: YAML documents that say how dialogues are asked for, checked, and which they may replay.

    recipe: my-recipe            # its name
    scheme: meld                 # a benchmark's, or {name: mine, labels: [calm, tense], neutral: calm}
    target: balanced             # balanced, matched or custom
    label_mode: budget           # budget, sequence or free
    protocol: lines/1            # lines/1 or json/1
    recordings: meld-balanced    # optional: the recorded set that replay: may serve
    attributes: {setting: [at a bus stop, in a kitchen]}
    names: [Ana, Bo, Cleo]
    traits: [patient, blunt]
    sampling: {temperature: 0.9, top_p: 0.95, max_tokens: 1024}
    checks: {max_words: 60, near_duplicate: 0.7, own_label_word: true}
    attribute_rules: …   style: …   shots: …     # optional: `recipe_style`
    system: You write dialogues.
    user: Write {{ turns }} turns between {{ speakers|join(" and ", "name") }}. {{ format }}

A recipe is what it says: its hash is of its content, without comments, spacing or the order of its keys. The values
that templates may use are those of `prompts.VARIABLES`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.generation import (
    CheckSettings,
    LabelMode,
    LabelPlan,
    PromptRecipe,
    Protocol,
    Sampling,
    Speaker,
    TargetMode,
)
from erc_engine.domain.labels import SCHEMES, Label, LabelScheme, custom_scheme
from erc_engine.errors import ErcError, InputError
from erc_engine.generation.prompts import render
from erc_engine.generation.recipe_document import Document, read_document
from erc_engine.generation.recipe_style import read_rules, read_shots, read_style, style_content

FORMAT = "erc-recipe/1"
DEFAULT_SAMPLING, DEFAULT_CHECKS = Sampling(), CheckSettings()
SAMPLE_SHOT = Dialogue(
    "sample",
    Split.TRAIN,
    (Utterance("sample:0", "Mara", "Who let the goat in?"), Utterance("sample:1", "Tom", "Not me.")),
)


def parse_recipe(text: str, *, source: str = "") -> PromptRecipe:
    """The recipe of a document; InputError naming the key for whatever is unknown, missing or of the wrong type."""
    document = read_document(text, source or "the recipe")
    document.choice("schema", (FORMAT,), FORMAT)
    name = document.text("recipe")
    if len(name) > 80 or any(not (c.isalnum() or c in "-_.") for c in name):
        raise document.wrong("recipe", f"'{name[:80]}' is not a name", "80 letters, digits, '-', '_' and '.' at most")
    scheme, attributes = _scheme(document), _attributes(document.within("attributes"))
    recipe = PromptRecipe(
        name=name,
        hash="",
        scheme=scheme,
        target=TargetMode(document.choice("target", tuple(TargetMode), TargetMode.BALANCED)),
        label_mode=LabelMode(document.choice("label_mode", tuple(LabelMode), LabelMode.BUDGET)),
        protocol=Protocol(document.choice("protocol", tuple(Protocol), Protocol.LINES)),
        system=document.text("system"),
        user=document.text("user"),
        attributes=attributes,
        names=_names(document),
        traits=document.texts("traits"),
        sampling=_sampling(document.within("sampling")),
        checks=_checks(document.within("checks")),
        recordings=document.text("recordings") if document.has("recordings") else None,
        text=text,
        forbidden=read_rules(document.within("attribute_rules"), attributes, scheme),
        style=read_style(document.within("style")),
        shots=read_shots(document),
    )
    document.asked.add("recordings")
    document.finish()
    _try_templates(recipe, document)
    return replace(recipe, hash=_content_hash(recipe))


def bundled_recipes(folder: Path) -> dict[str, PromptRecipe]:
    """Every recipe of a folder by its name, in the order of the files' names."""
    found: dict[str, PromptRecipe] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            recipe = parse_recipe(path.read_text("utf-8"), source=path.name)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"the recipe file {path} cannot be read: {error}", hint="a UTF-8 text file") from None
        if recipe.name in found:
            raise InputError(f"two recipes in {folder} are called '{recipe.name}'", hint="give each its own name")
        found[recipe.name] = recipe
    return found


def _scheme(document: Document) -> LabelScheme:
    written = document.value("scheme")
    if written is None or isinstance(written, str):
        name = document.text("scheme")
        if name not in SCHEMES:
            raise document.wrong("scheme", f"'{name}' is not known", f"known: {', '.join(SCHEMES)}; or your own labels")
        return SCHEMES[name]
    own = document.within("scheme")
    name, neutral = own.text("name"), own.text("neutral", "") or None
    labels = own.value("labels")
    try:
        if isinstance(labels, list) and any(isinstance(label, dict) for label in labels):
            rows = [Document({"": label}, document.source, f"scheme.labels[{n}]") for n, label in enumerate(labels)]
            scheme = LabelScheme(name, tuple(_label(row.within("")) for row in rows), neutral)
        else:
            scheme = custom_scheme(name, own.texts("labels", least=2), neutral)
    except InputError as error:
        if error.message.startswith(document.source):
            raise
        raise own.wrong("labels", error.message, error.hint) from None
    own.finish()
    for label in scheme.names:
        if any(c in "[]():\n" for c in label) or len(label) > 40:
            raise own.wrong("labels", f"'{label}' is not a label", "40 characters at most, without brackets and colons")
    return scheme


def _label(row: Document) -> Label:
    label = Label(
        name=row.text("name"),
        definition=row.text("definition", " ").strip(),
        colour=row.text("colour", "#888888"),
        valence=row.number("valence", -1, 1, 0.0),
        arousal=row.number("arousal", -1, 1, 0.0),
    )
    row.finish()
    return label


def _attributes(own: Document) -> dict[str, tuple[str, ...]]:
    for name in own.values:
        if not name.isidentifier() or name.startswith("_"):
            raise own.wrong(name, "is not a name that a template can use", "letters, digits and _, no _ in front")
    return {name: own.texts(name, least=1) for name in own.values}


def _names(document: Document) -> tuple[str, ...]:
    names = document.texts("names", least=2)
    for name in names:
        if len(name) > 40 or name != name.strip() or any(c in '[](){}<>:*_#|`"\n\t' or c.isdigit() for c in name):
            raise document.wrong("names", f"'{name[:40]}' cannot be a speaker", "a plain name of 40 characters at most")
    if len({name.casefold() for name in names}) != len(names):
        raise document.wrong("names", "has a name twice, but for its case", "each name once")
    return names


def _sampling(own: Document) -> Sampling:
    sampling = Sampling(
        temperature=own.number("temperature", 0.0, 2.0, DEFAULT_SAMPLING.temperature),
        top_p=own.number("top_p", 0.01, 1.0, DEFAULT_SAMPLING.top_p),
        max_tokens=own.count("max_tokens", 16, 32_768, DEFAULT_SAMPLING.max_tokens),
    )
    own.finish()
    return sampling


def _checks(own: Document) -> CheckSettings:
    checks = CheckSettings(
        max_words=own.count("max_words", 3, 1_000, DEFAULT_CHECKS.max_words),
        near_duplicate=own.number("near_duplicate", 0.1, 1.0, DEFAULT_CHECKS.near_duplicate),
        own_label_word=own.truth("own_label_word", DEFAULT_CHECKS.own_label_word),
    )
    own.finish()
    return checks


def _try_templates(recipe: PromptRecipe, document: Document) -> None:
    """Render once for a sample plan, so that a template that cannot work is refused now and not in a run."""
    names = recipe.scheme.names
    sequence = (names[0], names[1], names[0], names[1])
    speakers = tuple(Speaker(name, recipe.traits[0] if recipe.traits else "") for name in recipe.names[:2])
    sample = LabelPlan(
        id="sample",
        ordinal=0,
        speakers=speakers,
        turns=4,
        sequence=sequence if recipe.label_mode is LabelMode.SEQUENCE else (),
        budget={} if recipe.label_mode is LabelMode.FREE else {names[0]: 2, names[1]: 2},
        expected={names[0]: 2.0, names[1]: 2.0},
        turn_speakers=tuple(speakers[n % 2].name for n in range(4))
        if recipe.label_mode is LabelMode.SEQUENCE or recipe.style.speakers
        else (),
        attributes={name: values[0] for name, values in recipe.attributes.items()},
        words=(2, 9, 5, 8) if recipe.style.words else (),
        avoid_openers=("oh no",) if recipe.style.openers else (),
    )
    try:
        render(recipe, sample, (SAMPLE_SHOT,) * recipe.shots.k if recipe.shots else ())
    except ErcError as error:
        raise InputError(f"{document.source}: {error.message}", hint=error.hint) from None


def _content_hash(recipe: PromptRecipe) -> str:
    content: dict[str, Any] = {
        "format": FORMAT,
        "recipe": recipe.name,
        "scheme": recipe.scheme.to_json(),
        "target": str(recipe.target),
        "label_mode": str(recipe.label_mode),
        "protocol": str(recipe.protocol),
        "system": recipe.system,
        "user": recipe.user,
        "attributes": _lists(recipe.attributes),
        "names": list(recipe.names),
        "traits": list(recipe.traits),
        "sampling": asdict(recipe.sampling),
        "checks": asdict(recipe.checks),
        "recordings": recipe.recordings,
        **style_content(recipe),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _lists(mapping: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(values) for name, values in mapping.items()}
