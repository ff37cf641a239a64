"""Recorded dialogues as lessons: what a recipe would ask, and a reply that its checks accept."""

import random

import pytest

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import Completion, LabelMode
from erc_engine.errors import InputError
from erc_engine.generation.checks import judge_reply
from erc_engine.generation.lessons import drill, lesson, plan_of, stretch_of
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


def test_a_drill_says_in_its_prompt_who_speaks_and_how_often(recipes, recordings):
    draw = random.Random(1)
    for _ in range(20):
        taught = drill(recipes["tiny-meld"], recordings, draw)
        lines = taught.reply.splitlines()
        prompt = taught.messages[1].content
        assert prompt.endswith(" ".join(line.split()[0] for line in lines))
        assert all(line.split()[1] in prompt for line in lines)


def test_a_drill_in_few_words_says_so(recipes, recordings):
    taught = drill(recipes["tiny-meld"], recordings, random.Random(1), few_words=True)
    assert taught.messages[1].content.startswith("in few words\n")
    texts = [line.partition(": ")[2] for line in taught.reply.splitlines()]
    assert {len(text.split()) for text in texts} <= {1, 2, 3}


def test_a_drill_has_turns_of_many_recordings_with_their_labels(recipes, recordings):
    where = {turn.text: recording.id for recording in recordings for turn in recording.turns}
    labels = {turn.text: turn.label for recording in recordings for turn in recording.turns}
    taught = drill(recipes["tiny-meld"], recordings, random.Random(2))
    parsed = parse(taught.reply, recipes["tiny-meld"].protocol, recipes["tiny-meld"].scheme).turns
    assert len({where[turn.text] for turn in parsed}) > len(parsed) / 2
    assert [turn.label for turn in parsed] == [labels[turn.text] for turn in parsed]


def test_a_stretch_is_part_of_its_recording_with_those_who_speak_in_it(recordings):
    draw = random.Random(3)
    stretches = [stretch_of(recordings[0], draw) for _ in range(200)]
    whole = recordings[0].turns
    for part in stretches:
        begin = whole.index(part.turns[0])
        assert part.turns == whole[begin : begin + len(part.turns)]
        assert {s.name for s in part.item.speakers} == {t.speaker for t in part.turns}
    assert {len(part.turns) for part in stretches} == set(range(3, len(whole) + 1))
    assert 60 < sum(part.turns[0] == whole[0] for part in stretches) < 180


def test_the_tiny_recipe_tells_who_speaks_and_the_numbers_of_the_turns(recipes, recordings):
    assert recipes["tiny-meld"].label_mode is LabelMode.FREE
    taught = lesson(recipes["tiny-meld"], recordings[0])
    said = [line.split() for line in taught.reply.splitlines()]
    *cast, numbers = taught.messages[1].content.splitlines()[1].partition("1. ")[::2]
    assert set(cast[0].split()) == {words[1] for words in said}
    assert f"1. {numbers}".split() == [words[0] for words in said]


def test_a_recording_of_another_scheme_is_refused(recipes, assets):
    other = Recordings(assets / "recordings").of("iemocap-matched")[0]
    with pytest.raises(InputError, match="has other labels"):
        lesson(recipes["tiny-meld"], other)
