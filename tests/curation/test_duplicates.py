"""Duplicate dialogues: planted copies are found, unrelated dialogues are left alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.curation.duplicates import DuplicateIndex, find_duplicates
from erc_engine.domain.conversation import Dialogue
from erc_engine.errors import InputError
from tests.builders import dialogue

KETTLE = ("Ana: Who left the kettle on all night? [anger]", "Bo: Not me, I only drink coffee. [neutral]")
PIGEONS = ("Cy: There are pigeons nesting in my hat! [surprise]", "Di: Charge them rent, then. [joy]")


def changed(each: Dialogue, id: str, change: Callable[[list[str]], list[str]]) -> Dialogue:
    turns = tuple(replace(u, text=" ".join(change(u.text.split()))) for u in each.utterances)
    return replace(each, id=id, utterances=turns)


def test_the_same_words_in_other_case_and_punctuation_are_exact() -> None:
    copy = dialogue("X: who left the KETTLE on, all night", "Y: Not me! I only drink coffee…", id="copy")
    (cluster,) = find_duplicates([dialogue(*KETTLE, id="a"), dialogue(*PIGEONS, id="b"), copy])
    assert (cluster.kind, cluster.keep, cluster.members, cluster.similarity) == ("exact", "a", ("a", "copy"), 1.0)
    assert cluster.example == "Who left the kettle on all night?"


def test_speakers_and_labels_do_not_count() -> None:
    copy = dialogue("Di: Who left the kettle on all night? [joy]", "Ed: Not me, I only drink coffee.", id="copy")
    assert [c.kind for c in find_duplicates([dialogue(*KETTLE, id="a"), copy])] == ["exact"]


def test_the_threshold_is_the_jaccard_similarity_of_different_words() -> None:
    # 13 different words; one replaced: 12 shared of 14 in either
    copy = dialogue("X: Who left the kettle on all day?", "Y: Not me, I only drink coffee.", id="copy")
    pair = [dialogue(*KETTLE, id="a"), copy]
    (cluster,) = find_duplicates(pair, threshold=0.85)
    assert (cluster.kind, cluster.similarity) == ("near", pytest.approx(12 / 14, abs=1e-4))
    assert cluster.example == "Not me, I only drink coffee."
    assert find_duplicates(pair, threshold=0.95) == ()


def test_a_copy_without_half_of_its_turns_is_a_neighbour(recordings: list[Dialogue]) -> None:
    whole = next(d for d in recordings if len(d) == 10)
    half = replace(whole, id="half", utterances=whole.utterances[:6])
    (cluster,) = find_duplicates([whole, half])
    assert cluster.kind == "neighbour"
    assert 0.7 <= cluster.similarity < 1


def test_a_lower_threshold_does_not_loosen_neighbours_below_their_floor(recordings: list[Dialogue]) -> None:
    assert find_duplicates(recordings[:100], threshold=0.4) == ()


def test_a_cluster_is_joined_through_its_members_and_keeps_the_first() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    first = dialogue("A: " + " ".join(words), id="first")
    middle = dialogue("A: " + " ".join([*words[:8], "harmonica", "yesterday"]), id="middle")
    last = dialogue("A: " + " ".join([*words[:6], "umbrella", "tomorrow", "harmonica", "yesterday"]), id="last")
    # first and middle, and middle and last, share 8 of 12; first and last 6 of 14
    (cluster,) = find_duplicates([first, middle, last], threshold=0.6)
    assert (cluster.keep, cluster.members) == ("first", ("first", "middle", "last"))
    assert cluster.similarity == pytest.approx(8 / 12, abs=1e-4)
    assert [c.members for c in find_duplicates([first, last], threshold=0.6)] == []


def test_the_kind_is_the_weakest_that_the_cluster_needs() -> None:
    near = dialogue("X: Who left the kettle on all day?", "Y: Not me, I only drink coffee.", id="near")
    (cluster,) = find_duplicates([dialogue(*KETTLE, id="a"), dialogue(*KETTLE, id="b"), near])
    assert (cluster.kind, cluster.members) == ("near", ("a", "b", "near"))


def test_short_dialogues_are_compared_exactly_only() -> None:
    short = [dialogue("Ana: Hey. Hey!", id="a"), dialogue("Bo: Hey.", id="b"), dialogue("Cy: hey", id="c")]
    assert [c.members for c in find_duplicates(short)] == [("b", "c")]


def test_dialogues_without_words_are_no_duplicates() -> None:
    assert find_duplicates([dialogue("Ana: …", id="a"), dialogue("Bo: …", id="b")]) == ()


def test_nothing_in_nothing_out() -> None:
    assert find_duplicates([]) == ()


@pytest.mark.parametrize("threshold", [0, -1, 1.5, float("nan")])
def test_a_threshold_that_is_no_similarity_is_refused(threshold: float) -> None:
    with pytest.raises(InputError, match="the threshold cannot be"):
        find_duplicates([], threshold=threshold)
    with pytest.raises(InputError, match="the threshold cannot be"):
        DuplicateIndex(threshold)


def test_the_recordings_have_no_duplicates(recordings: list[Dialogue]) -> None:
    assert find_duplicates(recordings) == ()


def test_planted_copies_are_found_and_nothing_else(recordings: list[Dialogue]) -> None:
    """Measured with all 700 of each: precision and recall 1. Here 40 of each."""
    random_ = random.Random(7)
    vocabulary = [word for d in recordings[:200] for u in d.utterances for word in u.text.split()]

    def recased(words: list[str]) -> list[str]:
        return [word.upper().rstrip(",.!?") for word in words]

    def swapped(words: list[str]) -> list[str]:
        for _ in range(max(1, len(words) // 10)):
            i = random_.randrange(max(1, len(words) - 1))
            words[i : i + 2] = words[i : i + 2][::-1]
        return words

    def replaced(words: list[str]) -> list[str]:
        return [random_.choice(vocabulary) if random_.random() < 0.12 else word for word in words]

    chosen = random_.sample(recordings, 120)
    copies = [
        changed(each, f"copy of {each.id}", change)
        for change, part in ((recased, chosen[:40]), (swapped, chosen[40:80]), (replaced, chosen[80:]))
        for each in part
    ]
    clusters = find_duplicates([*recordings, *copies])
    assert sorted(c.members for c in clusters) == sorted((each.id, f"copy of {each.id}") for each in chosen)
    assert [c.kind for c in clusters].count("exact") == 40


def test_a_growing_index_finds_what_was_added_before() -> None:
    seen = DuplicateIndex(0.7)
    first = dialogue(*KETTLE, id="a")
    assert seen.nearest(first) is None
    seen.add(first)
    seen.add(dialogue(*PIGEONS, id="b"))
    assert seen.nearest(dialogue(*KETTLE, id="again")) == ("a", 1.0)
    near = dialogue("X: Who left the kettle on all day?", "Y: Not me, I only drink coffee.", id="c")
    assert seen.nearest(near) == ("a", pytest.approx(12 / 14))
    assert seen.nearest(dialogue("X: Something else happens to everybody in this house.", id="d")) is None
    assert len(seen) == 2


def test_of_equally_similar_dialogues_the_first_added_is_named() -> None:
    seen = DuplicateIndex(0.6)
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    for id in ("x", "y"):
        seen.add(dialogue("A: " + " ".join([*words[:7], id]), id=id))
    assert seen.nearest(dialogue("A: " + " ".join(words), id="z")) == ("x", pytest.approx(7 / 9))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl"]), min_size=1, max_size=8), max_size=12))
def test_clusters_are_disjoint_in_order_and_keep_their_first(texts: list[list[str]]) -> None:
    dialogues = [dialogue("A: " + " ".join(text), id=f"d{n}") for n, text in enumerate(texts)]
    clusters = find_duplicates(dialogues, threshold=0.8)
    order = {d.id: n for n, d in enumerate(dialogues)}
    members = [m for c in clusters for m in c.members]
    assert len(members) == len(set(members))
    for cluster in clusters:
        assert cluster.keep == cluster.members[0]
        assert list(cluster.members) == sorted(cluster.members, key=order.__getitem__)
        assert 0.8 <= cluster.similarity <= 1
    equal = {i for i, a in enumerate(texts) for b in texts[:i] + texts[i + 1 :] if a == b}
    assert {f"d{i}" for i in equal} <= set(members)
