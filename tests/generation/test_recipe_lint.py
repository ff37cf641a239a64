"""What a recipe's text shows without a model or a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erc_engine.domain.generation import LabelMode
from erc_engine.domain.labels import custom_scheme
from erc_engine.domain.recipe_lint import Severity
from erc_engine.domain.style import ShotSettings, StyleSettings
from erc_engine.errors import InputError
from erc_engine.generation.prompt_size import estimate, tokenizer_of
from erc_engine.generation.recipe_lint import lint
from erc_engine.generation.recipes import bundled_recipes, parse_recipe
from tests.generation.builders import recipe
from tests.generation.test_recipes import SMALL

LABELS = "{% for label in labels %}{{ label.name }}: {{ label.definition }} {% endfor %}"
WHOLE = (
    '{{ turns }} {{ speakers|join(", ", "name") }} {{ budget.items()|length }} {{ attributes.setting }} {{ format }}'
)


def found(user: str = WHOLE, system: str = LABELS, **changes: Any) -> list[tuple[str, str, str]]:
    return [(str(f.severity), f.where, f.what) for f in lint(recipe(user=user, system=system, **changes))]


def said(*given: Any, **changes: Any) -> str:
    return "\n".join(" | ".join(each) for each in found(*given, **changes))


def test_a_whole_recipe_has_no_finding() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        ("{{ format }}", "error | templates | the reply's form (lines/1) is never told"),
        ("{{ turns }}", "error | templates | the number of turns is never told"),
        ('{{ speakers|join(", ", "name") }}', "error | templates | the speakers are never named"),
        ("{{ budget.items()|length }}", "error | templates | label mode budget, but how often"),
        ("{{ attributes.setting }}", "warning | attributes.setting | is drawn for each dialogue, but no template"),
    ],
)
def test_a_value_that_replies_are_checked_against_must_be_told(left_out: str, told: str) -> None:
    assert told in said(WHOLE.replace(left_out, ""))
    assert len(found(WHOLE.replace(left_out, ""))) == 1


def test_in_mode_sequence_the_plan_tells_turns_and_speakers() -> None:
    told = "{% for t in plan %}{{ t.speaker }} {{ t.label }}{% endfor %}{{ attributes.setting }}{{ format }}"
    assert found(told, label_mode=LabelMode.SEQUENCE) == []
    assert "label mode sequence, but the label of each turn" in said(WHOLE, label_mode=LabelMode.SEQUENCE)


def test_an_unknown_value_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InputError) as error:
        parse_recipe(SMALL.replace("{{ turns }}", "{{ trns }}"))
    assert error.value.hint.startswith("did you mean 'turns'?")


@pytest.mark.parametrize(
    ("text", "word", "label"),
    [
        ("No suprise here.", "suprise", "surprise"),
        ("Use [joi] twice.", "joi", "joy"),
        ("Use [glad].", "glad", ""),
        ("{% for t in plan %}{% if t.label == 'feer' %}x{% endif %}{% endfor %}", "feer", "fear"),
        ("{% if budget.sadnes is defined %}x{% endif %}", "sadnes", "sadness"),
    ],
)
def test_a_label_that_is_spelt_wrongly_is_found(text: str, word: str, label: str) -> None:
    [finding] = lint(recipe(user=f"{WHOLE} {text}", system=LABELS))
    assert finding.what == f"'{word}' is not a label of meld"
    assert finding.to_do.startswith(f"write '{label}'" if label else "labels: neutral")


def test_words_that_are_near_a_label_but_words_are_not_taken_for_it() -> None:
    assert (
        found(f"{WHOLE} A surprised year, dear; neutrals feel joyful. {{% if budget.joy is defined %}}x{{% endif %}}")
        == []
    )


def test_missing_definitions_are_named() -> None:
    bare = custom_scheme("mine", ("calm", "tense"), "calm")
    assert "warning | scheme.labels | no definition of calm, tense" in said(scheme=bare)


def test_attributes_and_names_that_give_labels_away_are_found() -> None:
    text = said(
        attributes={"setting": ("at a sad funeral", "on a ferry"), "one": ("only",)},
        user=WHOLE + "{{ attributes.one }}",
        names=("Ana", "Joy"),
        traits=("angry",),
    )
    assert "warning | attributes.setting | 'at a sad funeral' names the label sadness" in text
    assert "note | attributes.one | has one value" in text
    assert "warning | names | 'Joy' is a speaker and a label" in text
    assert "warning | traits | 'angry' names the label anger" in text


def test_a_value_that_is_ruled_out_beside_its_label_is_no_finding() -> None:
    ruled = {"setting": {"at a sad funeral": ("sadness",)}}
    assert found(attributes={"setting": ("at a sad funeral", "on a ferry")}, forbidden=ruled) == []


def test_style_that_is_asked_for_must_be_told_and_the_other_way_round() -> None:
    asked = {"style": StyleSettings(words=True, speakers=True, openers=3), "shots": ShotSettings("mine")}
    assert [where for severity, where, _ in found(**asked) if severity == "error"] == [
        "style.words", "style.speakers", "style.openers", "shots",
    ]  # fmt: skip
    told = WHOLE + "{{ words.said }}{{ speaker_order|join }}{{ avoid_openers|join }}{{ shots|length }}"
    assert found(told, **asked) == []
    assert [what for _, _, what in found(told)] == [
        f"use {name}, which is always empty here" for name in ("words", "speaker_order", "avoid_openers", "shots")
    ]


def test_the_bundled_recipes_have_no_errors(assets: Path) -> None:
    found = {
        name: [f.what for f in lint(bundled) if f.severity is Severity.ERROR]
        for name, bundled in bundled_recipes(assets / "recipes").items()
    }
    taught = found.pop("tiny-meld")  # its model was trained on the form and the labels, so its prompt tells neither
    assert [what.partition(":")[0] for what in taught] == [
        "the reply's form (lines/1) is never told",
        "the labels are never listed",
    ]
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_tokens_are_estimated_and_said_to_be() -> None:
    assert (estimate().tokens("x" * 9), estimate().exact) == (3, False)
    assert estimate().said == "estimated at 4 characters a token"


def test_tokens_are_counted_by_a_tokenizer_at_hand(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"goat": 0, "[UNK]": 1}, unk_token="[UNK]"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 64}')
    count = tokenizer_of(tmp_path)
    assert (count.tokens("goat eats goat !"), count.exact, count.context) == (4, True, 64)
    with pytest.raises(InputError, match=r"has no tokenizer\.json"):
        tokenizer_of(tmp_path / "nothing")
