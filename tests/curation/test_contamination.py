"""Benchmark text in generated dialogues is found, whatever little was done to it; clean dialogues stay clean."""

from __future__ import annotations

import random
import time
import tracemalloc
from pathlib import Path

import pytest

from erc_engine.corpora.loading import load
from erc_engine.corpora.text import words
from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.curation import Contamination
from tests.builders import dialogue

TEST = dialogue(
    "Ana: I've never seen so many umbrellas in one small kitchen!",
    "Bo: They were on sale, you know.",
    "Ana: Don't tell me you bought the well-known blue one, and the spotted one, and that enormous striped thing.",
    "Bo: Follows me home.",
    id="t1",
    split=Split.TEST,
)
INDEX = ContaminationIndex([("bench:test", [TEST])])


def kinds(*turns: str, index: ContaminationIndex = INDEX) -> list[str]:
    return [found.kind for found in index.check(dialogue(*turns, id="g"))]


def test_turns_of_five_words_count() -> None:
    assert len(INDEX) == 3  # "Follows me home." is too short
    assert len(ContaminationIndex([("bench:test", [dialogue("A: I like it.", "B: I don't like it.")])])) == 1


def test_the_evidence_says_where_and_what() -> None:
    found = INDEX.check(dialogue("X: Good morning, everybody.", "Y: THEY were on… SALE — you know", id="g"))
    assert found == (Contamination("g", "g:1", "verbatim", "bench:test", "They were on sale, you know.", 1.0),)


def test_apostrophes_and_hyphens_may_be_lost() -> None:
    assert kinds("X: ive never seen so many umbrellas in one small kitchen") == ["verbatim"]


def test_eight_words_in_a_row_inside_a_longer_turn_are_enough() -> None:
    assert kinds("X: My aunt has never seen so many umbrellas in one small drawer, she said to us.") == ["window"]
    assert kinds("X: My aunt has never seen so many umbrellas in one suitcase, she said to us.") == []


def test_a_window_does_not_reach_over_two_turns() -> None:
    assert kinds("X: Well, seen so many umbrellas in", "Y: one small kitchen makes me laugh") == []


@pytest.mark.parametrize(
    "changed",
    [
        "They were on offer, you know.",  # one word changed
        "Those were on sale, you know.",  # the first
        "They were on sale, you see.",  # the last
        "They really were on sale, you know.",  # one added
        "They were on sale, know.",  # one left out
        "They weren't on sale, you know.",  # one changed to one with an apostrophe
    ],
)
def test_one_word_changed_is_a_near_duplicate(changed: str) -> None:
    assert kinds(f"X: {changed}") == ["near"]


def test_a_word_with_a_hyphen_or_an_apostrophe_is_one_word() -> None:
    index = ContaminationIndex([("bench:test", [dialogue("A: Don't wake my half-asleep brother yet.")])])
    assert kinds("X: Never wake my half-asleep brother yet.", index=index) == ["near"]
    assert kinds("X: Don't wake my tired brother yet.", index=index) == ["near"]


def test_two_words_changed_in_a_short_turn_are_not() -> None:
    assert kinds("X: They were on offer, you see.") == []


def test_a_long_turn_reworded_in_places_is_a_near_duplicate() -> None:
    (found,) = INDEX.check(
        dialogue(
            "X: Don't say you bought the well-known blue hat, and the spotted one, and that gigantic striped thing!"
        )
    )
    # of 17 different words (don, t, tell, me, you, …) 14 are kept, and say, hat, gigantic are new: 14 of 20 in either
    assert (found.kind, found.similarity) == ("near", pytest.approx(14 / 20))


def test_only_the_strongest_evidence_of_the_first_source_is_given() -> None:
    index = ContaminationIndex([("one:test", [TEST]), ("two:test", [TEST])])
    assert [(f.kind, f.source) for f in index.check(TEST)] == [("verbatim", "one:test")] * 3


def test_without_sources_everything_is_clean() -> None:
    index = ContaminationIndex([])
    assert len(index) == 0
    assert index.check(TEST) == ()


def test_recordings_share_no_text_with_melds_dev_and_test(benchmarks: Path, recordings: list[Dialogue]) -> None:
    index = _meld(benchmarks)
    turns = sum(len(d) for d in recordings)
    start = time.process_time()
    found = [f for d in recordings for f in index.check(d)]
    milliseconds = (time.process_time() - start) / len(recordings) * 1000
    assert (turns, found) == (7634, [])
    assert milliseconds < 2, f"{milliseconds:.2f} ms a dialogue; 0.3 on a quiet machine"


def test_copies_of_melds_test_turns_are_all_caught(benchmarks: Path) -> None:
    index = _meld(benchmarks)
    test = load("meld", benchmarks / "MELD", "meld").corpus.split(Split.TEST)
    turns = [u.text for d in test for u in d.utterances if sum(map(bool, map(words, u.text.split()))) >= 5]
    random_ = random.Random(3)
    for text in random_.sample(turns, 300):
        tokens = text.split()
        tokens[random_.randrange(len(tokens))] = "marmalade"
        normal = words(text)
        normal[random_.randrange(len(normal))] = "marmalade"
        assert kinds(f"X: {text}", f"X: {text.upper()}", f"X: {' '.join(words(text))}", index=index) == ["verbatim"] * 3
        for changed in (tokens, normal):
            assert len(kinds(f"X: {' '.join(changed)}", index=index)) == 1, " ".join(changed)


def _meld(benchmarks: Path) -> ContaminationIndex:
    corpus = load("meld", benchmarks / "MELD", "meld").corpus
    return ContaminationIndex([(f"meld:{split}", corpus.split(split)) for split in (Split.TEST, Split.DEV)])


def test_one_word_changed_in_a_very_long_turn_is_found_by_a_window_and_costs_no_square_of_memory() -> None:
    long = [f"word{n}" for n in range(4000)]
    tracemalloc.start()
    index = ContaminationIndex([("bench:test", [dialogue("Ana: " + " ".join(long))])])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000_000  # 4000 keys of 32,000 characters were 120 MB
    assert kinds("X: " + " ".join([*long[:2000], "other", *long[2001:]]), index=index) == ["window"]
    for size in (60, 61):
        short = ContaminationIndex([("bench:test", [dialogue("Ana: " + " ".join(long[:size]))])])
        for place in range(size):
            changed = [*long[:place], "other", *long[place + 1 : size]]
            assert kinds("X: " + " ".join(changed), index=short) == ["window"]


def test_the_most_alike_turn_is_that_of_a_comparison_with_every_turn() -> None:
    draw = random.Random(5)
    vocabulary = [f"w{n}" for n in range(40)]
    turns = [draw.sample(vocabulary, draw.randint(8, 16)) for _ in range(300)]
    index = ContaminationIndex([("bench:test", [dialogue(*(f"A: {' '.join(t)}" for t in turns), id="t")])])
    kinds_of_evidence = []
    for _ in range(300):
        kept = draw.choice(turns)
        asked = list(dict.fromkeys(draw.sample(kept, len(kept) - 1) + draw.sample(["new", *vocabulary], 2)))
        if len(asked) < 8:
            continue
        alike = [len({*asked} & {*t}) / len({*asked} | {*t}) for t in turns]
        evidence = index.check(dialogue(f"X: {' '.join(asked)}", id="g"))
        assert bool(evidence) == (max(alike) >= 0.7)
        for e in evidence:
            kinds_of_evidence.append(e.kind)
            assert (e.text, e.similarity) == (" ".join(turns[alike.index(max(alike))]), round(max(alike), 4))
    assert kinds_of_evidence.count("near") > 100
