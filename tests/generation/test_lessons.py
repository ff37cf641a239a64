"""Recorded dialogues as lessons: what a recipe would ask, and a reply that its checks accept."""

import random

import pytest

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import Completion, LabelMode
from erc_engine.errors import InputError
from erc_engine.generation.checks import judge_reply
from erc_engine.generation.lessons import drill, lesson, plan_of
from erc_engine.generation.parsing import parse
from erc_engine.generation.recipes import bundled_recipes
from erc_engine.llm.recordings import Recordings


@pytest.fixture(scope="module")
def recipes(assets):
    return bundled_recipes(assets / "recipes")


@pytest.fixture(scope="module")
def recordings(assets):
    return Recordings(assets / "recordings").of("meld-matched")


@pytest.mark.parametrize("name", ["tiny-meld", "tiny-meld-free", "meld-matched"])
def test_a_lesson_teaches_a_reply_that_the_recipe_accepts(recipes, recordings, name):
    recipe = recipes[name]
    for recording in recordings[:20]:
        taught = lesson(recipe, recording)
        parsed = parse(taught.reply, recipe.protocol, recipe.scheme)
        plan = plan_of(recipe, recording, recording.item.speakers, recording.turns)
        judged = judge_reply(parsed, plan, recipe, Completion(taught.reply), dialogue_id="d")
        assert isinstance(judged, Dialogue), judged


def test_names_change_everywhere_and_labels_stay(recipes, recordings):
    recording = recordings[0]
    old = [s.name for s in recording.item.speakers]
    taught = lesson(recipes["tiny-meld"], recording, random.Random(4))
    assert not any(name in taught.reply or name in taught.messages[1].content for name in old)
    plain = lesson(recipes["tiny-meld"], recording)
    labels = [[line.split("[")[1].split("]")[0] for line in one.reply.splitlines()] for one in (plain, taught)]
    assert labels[0] == labels[1]
    assert taught == lesson(recipes["tiny-meld"], recording, random.Random(4))


def test_a_drill_is_all_in_its_prompt_but_for_a_few_words(recipes, recordings):
    draw = random.Random(1)
    for recording in recordings[:20]:
        taught = drill(recipes["tiny-meld"], recording, draw)
        for line in taught.reply.splitlines():
            head, _, text = line.partition(": ")
            assert head in taught.messages[1].content.splitlines()
            assert 1 <= len(text.split()) <= 3


def test_the_free_recipe_is_not_told_the_labels(recipes, recordings):
    assert recipes["tiny-meld-free"].label_mode is LabelMode.FREE
    assert "[" not in lesson(recipes["tiny-meld-free"], recordings[0]).messages[1].content


def test_a_recording_of_another_scheme_is_refused(recipes, assets):
    other = Recordings(assets / "recordings").of("iemocap-matched")[0]
    with pytest.raises(InputError, match="has other labels"):
        lesson(recipes["tiny-meld"], other)
