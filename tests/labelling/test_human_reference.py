"""One annotator against the others, worked out by hand, and EmotionLines' Friends test part."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.loading import load
from erc_engine.domain.conversation import Split
from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import scheme
from erc_engine.labelling.human_reference import leave_one_out
from tests.builders import dialogue

MELD = scheme("meld")
TWO_TURNS = [dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]", id="d1")]


def counts(utterance: str, **votes: int) -> list[Vote]:
    return [Vote("c", "d1", utterance, "crowd", AnnotatorKind.ANONYMOUS, k, n) for k, n in votes.items()]


def test_ties_of_the_others_count_evenly() -> None:
    # a joy taken out leaves 2:2: each of the three joys is half right; an anger taken out leaves 3:1: both are wrong.
    # accuracy (3 · ½) / 5; joy: right 1.5, reference 1.5 + 2, said 3: F1 = 3 / 6.5; anger: F1 0, reference 1.5
    all_, majority, without = leave_one_out(counts("d1:0", joy=3, anger=2), MELD, TWO_TURNS)
    assert all_.accuracy.value == pytest.approx(0.3)
    assert all_.weighted_f1.value == pytest.approx(3 / 6.5 * 3.5 / 5)
    assert all_.tied == pytest.approx(0.6)
    assert all_.untied_f1.value == 0
    assert (all_.utterances, all_.weighted_f1.n, all_.untied_f1.n) == (1, 5, 2)
    assert majority.accuracy.value == all_.accuracy.value
    assert without.weighted_f1.reason == "no utterance is of this kind"


def test_rows_with_and_without_a_majority_stand_apart() -> None:
    votes = [*counts("d1:0", joy=5), *counts("d1:1", joy=2, anger=2, fear=1)]
    all_, majority, without = leave_one_out(votes, MELD, TWO_TURNS)
    assert (all_.utterances, majority.utterances, without.utterances) == (2, 1, 1)
    assert majority.weighted_f1.value == 1
    # joy taken out: anger leads alone, wrong; anger likewise; fear taken out: joy and anger tie, wrong either way
    assert without.accuracy.value == 0


def test_two_votes_are_too_few() -> None:
    assert leave_one_out(counts("d1:0", joy=1, anger=1), MELD, TWO_TURNS) == ()


@pytest.mark.benchmark_data
def test_one_worker_of_friends_against_the_other_four(benchmarks: Path) -> None:
    corpus = load("emotionlines", benchmarks / "EmotionX2018_Friends", "friends").corpus
    part = corpus.split(Split.TEST)
    votes = [
        Vote("friends", d.id, u.id, "crowd", AnnotatorKind.ANONYMOUS, label, n)
        for d in part
        for u in d.utterances
        for label, n in (u.votes or {}).items()
    ]
    all_, majority, without = leave_one_out(votes, corpus.scheme, part)
    assert (all_.utterances, majority.utterances, without.utterances) == (2764, 2223, 541)
    assert all_.weighted_f1.value == pytest.approx(0.590, abs=5e-4)
    assert all_.weighted_f1.interval == (pytest.approx(0.571, abs=3e-3), pytest.approx(0.608, abs=3e-3))
    assert all_.untied_f1.value == pytest.approx(0.634, abs=5e-4)
    assert all_.tied == pytest.approx(0.151, abs=5e-4)
    assert majority.weighted_f1.value == pytest.approx(0.720, abs=5e-4)
    assert without.weighted_f1.value == pytest.approx(0.041, abs=5e-4)
