"""Votes become shares; ties stay ties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erc_engine.domain.curation import AnnotatorKind, SoftLabel, Vote
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError
from erc_engine.labelling.soft_labels import soft_labels

MELD = scheme("meld")


def votes(*labels: str, utterance: str = "d:0") -> list[Vote]:
    return [Vote("c", "d", utterance, f"a{n}", AnnotatorKind.HUMAN, label) for n, label in enumerate(labels)]


def counts(**labels: int) -> list[Vote]:
    return [Vote("c", "d", "d:0", "anonymous", AnnotatorKind.ANONYMOUS, name, n) for name, n in labels.items()]


def test_shares_are_votes_over_all_votes() -> None:
    found = soft_labels(votes("joy", "joy", "neutral", "joy", "surprise"), MELD)
    assert found == {
        ("d", "d:0"): SoftLabel(
            "d:0", shares={"neutral": 0.2, "joy": 0.6, "surprise": 0.2}, n=5, majority="joy", ties=()
        )
    }


def test_tied_annotators_keep_both_labels() -> None:
    found = soft_labels(votes("joy", "anger", "anger", "joy", "neutral"), MELD)["d", "d:0"]
    assert (found.majority, found.ties) == (None, ("joy", "anger"))
    assert found.shares == {"neutral": 0.2, "joy": 0.4, "anger": 0.4}


def test_the_majority_needs_only_the_most_votes() -> None:
    assert soft_labels(votes("joy", "joy", "anger", "fear", "neutral"), MELD)["d", "d:0"].majority == "joy"


def test_anonymous_counts_weigh_as_many_votes() -> None:
    found = soft_labels(counts(neutral=1, joy=4), MELD)["d", "d:0"]
    assert (found.n, found.shares, found.majority) == (5, {"neutral": 0.2, "joy": 0.8}, "joy")


def test_one_vote_is_a_distribution_too() -> None:
    assert soft_labels(votes("fear"), MELD)["d", "d:0"].shares == {"fear": 1.0}


def test_an_utterance_with_only_anchored_votes_has_no_soft_label() -> None:
    anchored = Vote("c", "d", "d:1", "ana", AnnotatorKind.HUMAN, "joy", mode="verify")
    assert list(soft_labels([*votes("joy"), anchored], MELD)) == [("d", "d:0")]


def test_no_votes_give_no_labels() -> None:
    assert soft_labels([], MELD) == {}


def test_an_unknown_rule_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no rule 'median'") as caught:
        soft_labels(votes("joy"), MELD, rule="median")
    assert caught.value.hint == "rules: share"


@given(st.lists(st.sampled_from(MELD.names), min_size=1, max_size=12))
def test_shares_sum_to_one_and_the_majority_leads_alone(labels: list[str]) -> None:
    found = soft_labels(votes(*labels), MELD)["d", "d:0"]
    assert sum(found.shares.values()) == pytest.approx(1)
    highest = max(found.shares.values())
    leading = [label for label in MELD.names if found.shares.get(label) == highest]
    assert leading == ([found.majority] if found.majority else list(found.ties))
    assert found.majority is None or found.ties == ()
