"""Limits, examples and models, held against a workspace. No model is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Licence
from erc_engine.domain.recipe_lint import Severity
from erc_engine.domain.style import ShotSettings
from erc_engine.errors import NotFoundError, RefusedError
from erc_engine.generation.recipes import parse_recipe
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.generation import generate
from erc_engine.workflows.prompt_samples import sample_plans
from erc_engine.workflows.prompt_studio import prompt
from erc_engine.workflows.recipe_lint import lint_recipe, lint_text
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

FAR = "openai:https://models.example.org/v1#big"
NEAR = "openai:http://127.0.0.1:9/v1#small"
SHOWING = """
recipe: showing
scheme: meld
names: [Ana, Bo, Cleo, Dev, Eve, Flo, Gus]
style: {speakers: like}
shots: {from: SOURCE}
system: |
  {% for label in labels %}{{ label.name }}: {{ label.definition }} {% endfor %}
  {% for shot in shots %}{{ shot.text }}
  {% endfor %}
user: >
  {{ turns }} turns: {{ speaker_order|join(", ") }}.
  {% for name, n in budget.items() %}{{ name }} {{ n }} {% endfor %}{{ format }}
"""


def showing(source: str = "sitcom", change: tuple[str, str] = ("", "")) -> str:
    return SHOWING.replace("SOURCE", source).replace(*change) if change[0] else SHOWING.replace("SOURCE", source)


def told(workspace: Workspace, text: str, **given: str) -> list[str]:
    return [f"{f.severity} {f.where}: {f.what}" for f in lint_text(workspace, parse_recipe(text), **given)]


def add_private(workspace: Workspace) -> None:
    train = [
        dialogue("Ana: The goat ate my hat. [anger]", "Bo: Which hat? [neutral]", "Ana: Mine. [anger]", id=f"g{n}")
        for n in range(4)
    ]
    private = corpus(*train, name="private", licence=Licence("on request", may_leave_machine=False))
    save_corpus(workspace, Loaded(private, (), "invented"))


def test_a_sound_recipe_has_nothing_but_its_size(sitcom: Workspace) -> None:
    [found] = told(sitcom, showing(), like="sitcom", model=NEAR)
    assert found.startswith("note templates: the prompt has up to ")
    assert found.endswith("tokens (estimated at 4 characters a token)")


def test_a_recipe_that_cannot_be_read_is_one_finding_with_the_reason(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(showing(change=("{{ turns }}", "{{ turms }}")))
    report = lint_recipe(workspace, str(path))
    [finding] = report.findings
    assert (finding.severity, report.errors) == (Severity.ERROR, 1)
    assert "'turms' is not a value of a prompt" in finding.what
    assert finding.to_do.startswith("did you mean 'turns'?")
    with pytest.raises(NotFoundError):
        lint_recipe(workspace, "no-such-recipe")


def test_examples_that_are_not_here_or_do_not_fit_are_errors(sitcom: Workspace) -> None:
    assert told(sitcom, showing("nowhere"))[0].startswith("error shots: ")
    save_corpus(sitcom, Loaded(corpus(dialogue("Ana: Hm. [joy]", "Bo: Hm? [joy]"), name="tiny"), (), "invented"))
    assert "has 1 dialogues fit to be examples" in told(sitcom, showing("tiny"))[0]


def test_private_text_is_not_shown_to_a_model_elsewhere(sitcom: Workspace) -> None:
    add_private(sitcom)
    assert told(sitcom, showing("private"), model=FAR)[0] == (
        f"error shots: text of 'private' (on request) may not leave this machine, and '{FAR}' is elsewhere"
    )
    assert not [f for f in told(sitcom, showing("private"), model=NEAR) if f.startswith("error")]
    assert "note shots: text of 'private' (on request) may not leave this machine" in told(sitcom, showing("private"))


def test_a_run_refuses_it_before_anything_is_stored(sitcom: Workspace, tmp_path: Path) -> None:
    add_private(sitcom)
    path = tmp_path / "showing.yaml"
    path.write_text(showing("private"))
    with pytest.raises(RefusedError, match="may not leave this machine"):
        generate(
            sitcom, recipe=str(path), like="sitcom", utterances=20, model=FAR, seed=1, name="made", allow_address=True
        )  # fmt: skip
    assert not sitcom.store.corpora.exists("made")


def test_limits_that_contradict_the_corpus_are_found(sitcom: Workspace) -> None:
    text = showing(change=("style:", "sampling: {max_tokens: 120}\nchecks: {max_words: 10}\nstyle:"))
    found = "\n".join(told(sitcom, text.replace(", Cleo, Dev, Eve, Flo, Gus", ""), like="sitcom"))
    assert "warning sampling.max_tokens: dialogues of more than 6 turns are never asked for" in found
    assert "warning checks.max_words: " in found
    assert "warning names: 2 names, but " in found
    assert "take more than 120 tokens when written in lines/1" in found


def test_a_model_that_reads_no_prompt_cannot_follow_style(sitcom: Workspace) -> None:
    found = "\n".join(told(sitcom, showing(), like="sitcom", model="replay:"))
    assert "error recordings: names none that 'replay:' could serve" in found
    assert "warning style: 'replay:' reads no prompt" in found


def test_a_local_model_counts_tokens_by_its_own_tokenizer(sitcom: Workspace, tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    words.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 256}')
    recipe = parse_recipe(showing())
    longest = max(
        sum(len(m.content.split()) for m in prompt(sitcom, recipe, plan))
        for plan in sample_plans(sitcom, recipe, "sitcom", seed=1, count=12)
    )
    sitcom = replace(sitcom, settings=replace(sitcom.settings, models={"mine": f"{tmp_path}?window=2"}))
    for spec in ("hf:mine", f"hf:{tmp_path}?device=cpu"):
        found = told(sitcom, showing(), like="sitcom", model=spec)
        assert f"note templates: the prompt has up to {longest:,} tokens (counted by the model's tokenizer)" in found
    assert f"prompt and reply may take {longest + 1024:,} tokens, the model 256" in found[0]


def test_a_recipe_may_show_examples_of_an_imported_train_split_in_the_studio(sitcom: Workspace) -> None:
    base = find_recipe(sitcom, "meld-balanced")
    shown = replace(base, shots=ShotSettings("sitcom", k=1), user=base.user + "{{ shots[0].text }}")
    [plan] = sample_plans(sitcom, shown, "sitcom", seed=2)
    source, _, name = plan.shots[0].partition(":")
    train = {d.id: d for d in sitcom.store.corpora.get("sitcom").split("train")}  # type: ignore[arg-type]
    assert source == "sitcom"
    assert train[name].utterances[0].text in prompt(sitcom, shown, plan)[1].content
