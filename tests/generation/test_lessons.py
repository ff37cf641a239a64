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
    """Of two or three speakers, as many as the smallest cast has."""
    every = Recordings(assets / "recordings").of("meld-matched")
    return tuple(r for r in every if len(r.item.speakers) < 4)


@pytest.mark.parametrize("name", ["tiny-meld", "meld-matched"])
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


def test_a_drill_says_in_its_prompt_who_speaks_and_how_often_and_only_that_is_learned(recipes, recordings):
    draw = random.Random(1)
    for recording in recordings[:20]:
        taught = drill(recipes["tiny-meld"], recording, draw)
        lines = taught.reply.splitlines()
        prompt = taught.messages[1].content
        assert prompt.startswith(f"{len(lines)} turns. ")
        assert all(line.split(" ")[1] in prompt for line in lines)
        assert "".join(text for text, learned in taught.learned if not learned).count("]") == 0
        assert all(text.endswith("]:") for text, learned in taught.learned if learned)


def test_the_tiny_recipe_tells_no_labels(recipes, recordings):
    assert recipes["tiny-meld"].label_mode is LabelMode.FREE
    assert "[" not in lesson(recipes["tiny-meld"], recordings[0]).messages[1].content


def test_a_recording_of_another_scheme_is_refused(recipes, assets):
    other = Recordings(assets / "recordings").of("iemocap-matched")[0]
    with pytest.raises(InputError, match="has other labels"):
        lesson(recipes["tiny-meld"], other)
