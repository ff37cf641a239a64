"""Targets from published counts alone."""

from __future__ import annotations

import pytest

from erc_engine.corpora.published import VERSIONS
from erc_engine.domain.generation import TargetMode
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError
from erc_engine.generation.published_target import published_target

IEMOCAP = next(v for v in VERSIONS if v.benchmark == "iemocap")
MELD = next(v for v in VERSIONS if v.benchmark == "meld")


def test_matched_shares_are_those_of_the_published_train_split() -> None:
    target = published_target(IEMOCAP, scheme("iemocap"), TargetMode.MATCHED)
    assert target.shares["frustrated"] == pytest.approx(1296 / 5163)
    assert target.shares["happy"] == pytest.approx(451 / 5163)
    assert sum(target.shares.values()) == pytest.approx(1)
    assert target.source == "published counts of iemocap (cosmic-split), train"


def test_what_nobody_published_is_not_made_up() -> None:
    target = published_target(MELD, scheme("meld"), TargetMode.MATCHED)
    assert (target.own, target.other, target.places, target.same_speaker) == ({}, {}, {}, 0.0)
    assert target.lengths == dict.fromkeys(range(6, 15), 1 / 9)
    assert target.speakers == {2: 0.5, 3: 0.5}


def test_iemocap_has_two_actors() -> None:
    assert published_target(IEMOCAP, scheme("iemocap"), TargetMode.BALANCED).speakers == {2: 1.0}


def test_balanced_is_uniform_and_custom_takes_given_shares() -> None:
    assert set(published_target(IEMOCAP, scheme("iemocap"), TargetMode.BALANCED).shares.values()) == {1 / 6}
    mixed = published_target(IEMOCAP, scheme("iemocap"), TargetMode.CUSTOM, {"sad": 3, "happy": 1})
    assert (mixed.shares["sad"], mixed.shares["happy"], mixed.shares["angry"]) == (0.75, 0.25, 0.0)


def test_a_repair_needs_the_train_split_itself() -> None:
    with pytest.raises(InputError, match="cannot be repaired"):
        published_target(IEMOCAP, scheme("iemocap"), TargetMode.REPAIR)
