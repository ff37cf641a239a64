"""Pairs found once give the clusters of any threshold."""

from __future__ import annotations

import pytest

from erc_engine.curation.duplicates import find_duplicates
from erc_engine.curation.pair_links import PairLinks
from erc_engine.curation.similar_sets import similar_sets
from erc_engine.curation.word_diff import word_diff
from tests.builders import dialogue

A = dialogue("Ana: The harbour closed before we came.", "Bo: Nobody told us a word.", id="a")
SAME = dialogue("Cy: the harbour closed before we came", "Di: Nobody told us a word", id="b")
NEAR = dialogue("Ana: The harbour closed before we came.", "Bo: Nobody told us a thing.", id="c")
OTHER = dialogue("Ana: My goat ate your homework again.", "Bo: Feed it something better.", id="d")
ALL = [A, SAME, NEAR, OTHER]


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9, 1.0])
def test_clusters_are_those_of_find_duplicates(threshold: float) -> None:
    assert PairLinks.of(ALL).clusters(threshold) == find_duplicates(ALL, threshold=threshold)


def test_dropping_the_first_of_equal_dialogues_keeps_the_others_joined() -> None:
    (cluster,) = PairLinks.of(ALL).clusters(0.7, {"b", "c", "d"})
    assert cluster.members == ("b", "c")


def test_counts_agree_with_the_clusters() -> None:
    links = PairLinks.of(ALL)
    for threshold, clusters, repeats in links.counts():
        found = links.clusters(threshold)
        assert (clusters, repeats) == (len(found), sum(len(c.members) - 1 for c in found))


def test_similar_sets_are_exact() -> None:
    assert list(similar_sets([{"a", "b", "c"}, {"a", "b", "d"}, {"x"}], 0.5)) == [(0, 1, 0.5)]


def test_a_changed_word_is_marked() -> None:
    last = word_diff(A, NEAR)[-1]
    assert [(p.left, p.right) for p in last.pieces if p.kind == "changed"] == [("word.", "thing.")]
