from __future__ import annotations

from erc_engine.corpora.overlaps import (
    Texts,
    repeated_dialogues,
    scene_windows,
    shared_dialogues,
    shared_episodes,
    shared_scenes,
    shared_utterances,
    shared_windows,
)
from erc_engine.domain.conversation import Dialogue, Split
from tests.builders import corpus, dialogue

LONG = "we should really leave before the rain starts tonight"


def texts(*dialogues: Dialogue, name: str = "c") -> Texts:
    return Texts.of(corpus(*dialogues, name=name), dialogues[0].split)


def trained(*turns: str, id: str = "a") -> Dialogue:
    return dialogue(*turns, id=id, split=Split.TRAIN)


def of_test(*turns: str, id: str = "t") -> Dialogue:
    return dialogue(*turns, id=id, split=Split.TEST)


def test_equal_utterances_of_five_words_are_counted_whatever_their_case_and_signs() -> None:
    right = texts(trained("Ana: Don’t you dare leave! [joy]", "Bo: Hey! [joy]"))
    left = texts(
        of_test("Ana: don't YOU dare leave... [fear]", "Bo: Hey? [joy]", "Bo: Nothing like it, is there? [joy]")
    )
    overlap = shared_utterances(left, right)
    assert (overlap.left, overlap.right, overlap.unit) == ("c:test", "c:train", "utterances of 5 or more words")
    assert (overlap.count, overlap.total, overlap.examples) == (1, 2, ("t:0 = a:0",))
    anything = shared_utterances(left, right, any_length=True)
    assert (anything.count, anything.total, anything.examples) == (2, 3, ("t:0 = a:0", "t:1 = a:1"))


def test_wordless_utterances_share_nothing() -> None:
    overlap = shared_utterances(texts(of_test("Ana: ?! [joy]")), texts(trained("Ana: ... [joy]")), any_length=True)
    assert (overlap.count, overlap.total) == (0, 1)


def test_eight_words_in_a_row_are_enough() -> None:
    right = texts(trained(f"Ana: Listen, {LONG}, all of us. [joy]"))
    same, seven = "so " + LONG[: LONG.rindex(" ")], " ".join(LONG.split()[:7]) + " soon"
    overlap = shared_windows(texts(of_test(f"Ana: {same} [joy]", f"Bo: {seven} [joy]", "Ana: Hm. [joy]")), right)
    assert (overlap.count, overlap.total, overlap.examples) == (1, 2, ("t:0 = a:0",))


def test_scenes_are_windows_of_three_utterances_with_fifteen_words() -> None:
    turns = ("one two three four five", "six seven eight nine ten", "a b c d e", "f")
    assert list(scene_windows(turns)) == [turns[:3]]
    assert list(scene_windows(("hey", "hey", "hey"))) == []


def test_a_scene_shown_again_is_found_inside_another_dialogue() -> None:
    scene = [f"Ana: {LONG} [joy]", "Bo: Rain, again, in June? [joy]", "Ana: In June, yes. [joy]"]
    right = texts(trained("Bo: Before. [joy]", *scene, id="a"), trained("Bo: Other. [joy]", *scene, id="b"))
    left = texts(of_test(*scene, "Bo: After that. [joy]"))
    overlap = shared_scenes(left, right)
    assert (overlap.count, overlap.total, overlap.examples) == (1, 1, ("t = a",))
    assert list(right.scenes.values()) == [["a", "b"], ["a", "b"]][: len(right.scenes)]


def test_a_dialogue_is_found_whole_inside_a_longer_one_with_its_changed_labels() -> None:
    right = texts(trained("Bo: Before. [joy]", "Ana: You came back? [joy]", "Bo: I did. [fear]", "Ana: So. [joy]"))
    left = texts(of_test("Ana: You came back. [anger]", "Bo: I did! [fear]"))
    (repeated,) = repeated_dialogues(left, right)
    assert (repeated.left.id, repeated.right.id, repeated.start, repeated.relabelled) == ("t", "a", 1, 1)
    assert shared_dialogues(left, right).count == 1


def test_a_short_greeting_counts_only_as_a_whole_dialogue() -> None:
    greeting = ("Ana: Hey. [joy]", "Bo: Hey! [joy]")
    left = texts(of_test(*greeting))
    assert repeated_dialogues(left, texts(trained(*greeting, "Ana: So? [joy]"))) == []
    assert [r.right.id for r in repeated_dialogues(left, texts(trained(*greeting, id="b")))] == ["b"]


def test_single_turns_are_no_repeated_dialogues() -> None:
    assert repeated_dialogues(texts(of_test(f"Ana: {LONG} [joy]")), texts(trained(f"Ana: {LONG} [joy]"))) == []


def test_shared_episodes_count_dialogues() -> None:
    here = [
        dialogue("Ana: Hm. [joy]", id=f"t{n}", split=Split.TEST, episode=e) for n, e in enumerate(["e1", "e2", None])
    ]
    there = dialogue("Ana: Hm. [joy]", id="a", episode="e1")
    overlap = shared_episodes(texts(*here), texts(there))
    assert overlap is not None
    assert (overlap.count, overlap.total, overlap.examples) == (1, 3, ("t0 = a",))
    assert shared_episodes(texts(*here), texts(trained("Ana: Hm. [joy]"))) is None
