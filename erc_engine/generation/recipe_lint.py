"""What a recipe's text shows without a model or a corpus: values not told, labels misspelt, attributes that do nothing.

    lint(recipe)
    # (Finding(ERROR, "templates", "the plan's label counts are never told: …", "…"), …)

A recipe that cannot be read or rendered is refused before (`recipes.parse_recipe`); limits, examples and models are
looked at in `workflows.recipe_lint`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from erc_engine.corpora.text import words
from erc_engine.domain.generation import LabelMode, PromptRecipe
from erc_engine.domain.recipe_lint import Finding, Severity
from erc_engine.generation.label_words import own_label_word
from erc_engine.generation.template_reading import Reading, read_template

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
LONG_NAME = 6  # letters: shorter label names have too many ordinary words one letter away
_BRACKETED = re.compile(r"\[([^\W\d_]+)\]")


def lint(recipe: PromptRecipe) -> tuple[Finding, ...]:
    reading = read_template(recipe.system) | read_template(recipe.user)
    return (
        *_untold(recipe, reading),
        *_spelling(recipe, reading),
        *_definitions(recipe, reading),
        *_attributes(recipe, reading),
        *_people(recipe),
        *_style(recipe, reading),
    )


def _untold(recipe: PromptRecipe, reading: Reading) -> Iterator[Finding]:
    """Values that a reply is checked against, and that the model is never told."""
    told = reading.values
    mode = recipe.label_mode
    if "format" not in told:
        yield Finding(
            ERROR, "templates", f"the reply's form ({recipe.protocol}) is never told", "write {{ format }} at the end"
        )
    if "turns" not in told and not (mode is LabelMode.SEQUENCE and "plan" in told):
        yield Finding(
            ERROR, "templates", "the number of turns is never told, and replies of another length are refused",
            "write {{ turns }}",
        )  # fmt: skip
    if not told & {"speakers", "speaker_order"} and not (mode is LabelMode.SEQUENCE and "plan" in told):
        yield Finding(
            ERROR, "templates", "the speakers are never named, and others are refused",
            'write {{ speakers|join(", ", "name") }}',
        )  # fmt: skip
    if mode is LabelMode.SEQUENCE and "plan" not in told:
        yield Finding(
            ERROR, "templates", "label mode sequence, but the label of each turn is never told",
            "loop over plan: {% for t in plan %}{{ t.number }}. {{ t.speaker }} [{{ t.label }}]{% endfor %}",
        )  # fmt: skip
    if mode is LabelMode.BUDGET and "budget" not in told:
        yield Finding(
            ERROR, "templates", "label mode budget, but how often each label occurs is never told",
            "loop over budget: {% for name, n in budget.items() %}{{ name }} {{ n }} {% endfor %}",
        )  # fmt: skip
    if "labels" not in told:
        severity = ERROR if mode is LabelMode.FREE else WARNING
        yield Finding(
            severity, "templates", "the labels are never listed: the model may write others, which are refused",
            "loop over labels: {% for label in labels %}{{ label.name }}: {{ label.definition }}{% endfor %}",
        )  # fmt: skip


def _spelling(recipe: PromptRecipe, reading: Reading) -> Iterator[Finding]:
    """Label names that a template spells out, but not as the scheme does."""
    known = {name.casefold() for name in recipe.scheme.names}
    said: dict[str, str] = {}
    for word in dict.fromkeys(words(reading.text)):
        for name in recipe.scheme.names:
            if len(name) >= LONG_NAME and word not in known and _is_near(word, name.casefold()):
                said[word] = name
    for word in dict.fromkeys(_BRACKETED.findall(reading.text)):
        if word.casefold() not in known:
            said.setdefault(word, _nearest(word, recipe.scheme.names))
    for of, literal in reading.literals:
        near = _nearest(literal, recipe.scheme.names)
        of_a_label = of == "label" or (of == "name" and near and literal not in recipe.names)
        if of_a_label and literal.casefold() not in known:
            said.setdefault(literal, near)
    for literal in reading.fields.get("budget", frozenset()) - {"items", "keys", "values"}:
        if literal not in recipe.scheme.names:
            said.setdefault(literal, _nearest(literal, recipe.scheme.names))
    for word, name in said.items():
        hint = f"write '{name}'" if name else f"labels: {', '.join(recipe.scheme.names)}"
        yield Finding(WARNING, "templates", f"'{word}' is not a label of {recipe.scheme.name}", hint)


def _is_near(word: str, name: str) -> bool:
    """One letter too few, too many, other or swapped; longer forms of the name (surprised, joyful) are words."""
    if word.startswith(name) or abs(len(word) - len(name)) > 1:
        return False
    return _edits(word, name) == 1


def _nearest(word: str, names: tuple[str, ...]) -> str:
    near = [(_edits(word.casefold(), name.casefold()), name) for name in names]
    found = min(near)
    return found[1] if found[0] <= max(1, len(found[1]) // 3) else ""


def _edits(a: str, b: str) -> int:
    """Damerau-Levenshtein distance: letters put in, left out, changed, or swapped with their neighbour."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _definitions(recipe: PromptRecipe, reading: Reading) -> Iterator[Finding]:
    missing = [label.name for label in recipe.scheme.labels if not label.definition.strip()]
    if missing and reading.reads("definition"):
        yield Finding(
            WARNING, "scheme.labels", f"no definition of {', '.join(missing)}, but the templates write definitions",
            "write labels as {name: …, definition: …}",
        )  # fmt: skip
    elif missing:
        yield Finding(
            NOTE, "scheme.labels", f"no definition of {', '.join(missing)}", "models take labels more alike with one"
        )
    elif "labels" in reading.values and not reading.reads("definition"):
        yield Finding(
            NOTE, "templates", "the definitions of the labels are not written", "write {{ label.definition }}"
        )


def _attributes(recipe: PromptRecipe, reading: Reading) -> Iterator[Finding]:
    used = reading.fields.get("attributes", frozenset())
    all_used = bool(used & {"items", "values"}) or ("attributes" in reading.values and not used)
    for name, values in recipe.attributes.items():
        where = f"attributes.{name}"
        if len(values) == 1:
            yield Finding(
                NOTE, where, "has one value, so that it varies nothing", "write it into the template, or add values"
            )
        if not all_used and name not in used:
            yield Finding(
                WARNING,
                where,
                "is drawn for each dialogue, but no template uses it",
                f"write {{{{ attributes.{name} }}}}",
            )
        for value in values:
            label = _named_label(recipe, value)
            ruled = recipe.forbidden.get(name, {}).get(value, ())
            if label is not None and label not in ruled:
                yield Finding(
                    WARNING, where, f"'{value}' names the label {label}",
                    f"reword it, or forbid it: attribute_rules: {{forbid: {{{name}: {{{value}: [{label}]}}}}}}",
                )  # fmt: skip


def _named_label(recipe: PromptRecipe, text: str) -> str | None:
    neutral = recipe.scheme.neutral
    return next((name for name in recipe.scheme.names if own_label_word(text, name, neutral) is not None), None)


def _people(recipe: PromptRecipe) -> Iterator[Finding]:
    labels = {name.casefold() for name in recipe.scheme.names}
    for name in recipe.names:
        if name.casefold() in labels:
            yield Finding(
                WARNING, "names", f"'{name}' is a speaker and a label",
                "choose another name: a turn that says it would be refused or give its label away",
            )  # fmt: skip
    for trait in recipe.traits:
        if (label := _named_label(recipe, trait)) is not None:
            yield Finding(WARNING, "traits", f"'{trait}' names the label {label}", "choose another word")


def _style(recipe: PromptRecipe, reading: Reading) -> Iterator[Finding]:
    style, told = recipe.style, reading.values
    wanted = (
        (style.words, "words", "style.words", "write {{ words.said }}, or {{ t.words }} for each turn of plan"),
        (style.speakers, "speaker_order", "style.speakers", 'write {{ speaker_order|join(", ") }}'),
        (style.openers > 0, "avoid_openers", "style.openers", 'write {{ avoid_openers|join("; ") }}'),
        (recipe.shots is not None, "shots", "shots", "write {% for shot in shots %}{{ shot.text }}{% endfor %}"),
    )
    for asked, value, where, hint in wanted:
        reached = value in told or (value in ("words", "speaker_order") and "plan" in told and _in_plan(value, reading))
        if asked and not reached:
            yield Finding(ERROR, where, f"is asked for, but no template tells the model ({value})", hint)
        if value in told and not asked:
            yield Finding(
                WARNING, "templates", f"use {value}, which is always empty here", f"add {where} to the recipe"
            )


def _in_plan(value: str, reading: Reading) -> bool:
    return reading.reads("words" if value == "words" else "speaker")
