"""Entropy of soft labels and the hardest utterances."""

from __future__ import annotations

import pytest

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import scheme
from erc_engine.labelling.disagreement import entropies, entropy, hardest, mean_entropy
from erc_engine.labelling.soft_labels import soft_labels
from tests.builders import dialogue

MELD = scheme("meld")
DIALOGUES = [
    dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]", "Ana: Sit. [neutral]", id="d1"),
    dialogue("Cy: A wasp! [fear]", "Di: Where? [surprise]", id="d2"),
]


def counts(utterance: str, **votes: int) -> list[Vote]:
    dialogue_id = utterance.split(":")[0]
    return [Vote("c", dialogue_id, utterance, "crowd", AnnotatorKind.ANONYMOUS, k, n) for k, n in votes.items()]


VOTES = [
    *counts("d1:0", joy=5),
    *counts("d1:1", neutral=3, sadness=1, joy=1),
    *counts("d1:2", neutral=1),
    *counts("d2:0", fear=2, surprise=2, anger=1),
]


@pytest.mark.parametrize(
    ("shares", "bits"),
    [
        ({"joy": 1.0}, 0),
        ({"joy": 0.5, "fear": 0.5}, 1),
        ({"joy": 0.6, "fear": 0.2, "anger": 0.2}, 1.371),  # .6 log2(1/.6) + 2 · .2 log2 5 = .4422 + .9288
    ],
)
def test_entropy_is_in_bits(shares: dict[str, float], bits: float) -> None:
    assert entropy(shares) == pytest.approx(bits, abs=5e-4)


def test_each_way_five_votes_fall_has_its_bin_and_one_vote_says_nothing() -> None:
    found = entropies(VOTES, MELD, DIALOGUES)
    assert found is not None
    assert found.votes == {5: 3}
    assert found.most == pytest.approx(2.3219, abs=1e-4)  # log2 5
    # 0 → bin 0; 1.371 → bin 5 (1.25 to 1.5); .8 log2 2.5 + .2 log2 5 = 1.522 → bin 6
    assert [n for n, size in enumerate(found.all.bins) if size] == [0, 5, 6]
    assert found.all.mean.value == pytest.approx((0 + 1.371 + 1.522) / 3, abs=1e-3)
    assert (found.all.mean.n, found.unanimous) == (3, 1)


def test_entropy_of_a_label_is_of_the_utterances_that_have_it() -> None:
    found = entropies(VOTES, MELD, DIALOGUES)
    assert found is not None
    by_label = {each.label: each.mean for each in found.by_label}
    assert by_label["joy"].value == 0
    assert by_label["neutral"].n == 1
    assert by_label["disgust"].reason == "no utterance with two votes has this label"


def test_without_two_votes_anywhere_there_is_no_report() -> None:
    assert entropies(counts("d1:0", joy=1), MELD, DIALOGUES) is None
    assert entropies([], MELD, DIALOGUES) is None


def test_the_hardest_come_first_and_agreed_ones_never() -> None:
    found = hardest(VOTES, MELD, DIALOGUES)
    assert [h.utterance for h in found] == ["d2:0", "d1:1"]
    assert (found[0].text, found[0].label, found[0].given) == ("A wasp!", "fear", {})
    assert list(found[1].votes.items()) == [("neutral", 3), ("joy", 1), ("sadness", 1)]


def test_named_votes_say_who_said_what_and_anchored_ones_are_left_out() -> None:
    votes = [
        Vote("c", "d1", "d1:0", "ana", AnnotatorKind.HUMAN, "joy"),
        Vote("c", "d1", "d1:0", "bo", AnnotatorKind.HUMAN, "surprise"),
        Vote("c", "d1", "d1:0", "cy", AnnotatorKind.HUMAN, "fear", mode="verify"),
    ]
    (found,) = hardest(votes, MELD, DIALOGUES)
    assert found.given == {"ana": "joy", "bo": "surprise"}
    assert found.entropy == 1


def test_the_mean_of_a_dialogue_is_of_turns_with_two_votes() -> None:
    soft = soft_labels(VOTES, MELD)
    assert mean_entropy(soft, DIALOGUES[0]).value == pytest.approx(1.371 / 2, abs=1e-3)
    assert mean_entropy({}, DIALOGUES[0]).reason == "no turn has two votes"
