from __future__ import annotations

from erc_engine.corpora.overlaps import Texts
from erc_engine.corpora.repeats import repeat_faults
from erc_engine.domain.conversation import Corpus, Split
from erc_engine.domain.reports import Fault
from tests.builders import corpus, dialogue


def found(made: Corpus) -> dict[str, Fault]:
    return {f.code: f for f in repeat_faults({s: Texts.of(made, s) for s in Split if made.split(s)})}


def test_repeated_texts_are_counted_in_train_and_told_to_be_usual() -> None:
    made = corpus(
        dialogue("Ana: Hey. [joy]", "Bo: Hey! [neutral]", "Ana: Hey? [joy]", "Bo: So. [joy]", id="a"),
        dialogue("Ana: So. [joy]", "Bo: ... [joy]", "Ana: ?? [joy]", id="b"),
        dialogue("Ana: Hey. [fear]", id="t", split=Split.TEST),
    )
    faults = found(made)
    assert faults["repeated-text"] == Fault(
        "repeated-text", 3, ("a:1", "a:2", "b:0"), "kept; in train; usual for short turns"
    )
    several = faults["repeated-text-labels"]
    assert (several.count, several.examples) == (1, ("a:0",))
    assert several.done.startswith("kept; 3 utterances of train")


def test_dialogues_in_two_splits_are_told_with_their_labels() -> None:
    turns = ("Ana: You came back? [joy]", "Bo: I did. [fear]")
    changed = ("Ana: You came back? [anger]", "Bo: I did. [fear]")
    made = corpus(dialogue(*turns, "Ana: So. [joy]", id="a"), dialogue(*changed, id="t", split=Split.TEST))
    faults = found(made)
    assert faults["repeated-dialogue"].examples == ("t in a",)
    assert faults["relabelled-dialogue"].examples == ("t in a: 1 of 2 labels differ",)


def test_a_dialogue_twice_in_one_split_is_told() -> None:
    turns = ("Ana: You came. [joy]", "Bo: I did. [fear]")
    assert found(corpus(dialogue(*turns, id="a"), dialogue(*turns, id="b")))["repeated-dialogue"].examples == (
        "b in a",
    )


def test_scenes_of_train_in_dev_are_told_with_the_episodes_they_come_from() -> None:
    scene = (
        "Ana: We should leave before the rain. [joy]",
        "Bo: Rain, again, in June? [joy]",
        "Ana: In June, yes, and hail. [joy]",
    )
    made = corpus(
        dialogue(*scene, id="a", episode="s01e05"),
        dialogue("Bo: Remember? [joy]", *scene, id="v", split=Split.DEV, episode="s04e21"),
    )
    fault = found(made)["shared-scene"]
    assert (fault.count, fault.examples) == (1, ("v (windows: 1) in a",))
    assert fault.done == "kept; dialogues: 1, utterances of 5 or more words: 2; from s01e05"


def test_a_corpus_without_repeats_has_no_such_faults() -> None:
    assert found(corpus(dialogue("Ana: One. [joy]", "Bo: Two. [joy]"))) == {}
